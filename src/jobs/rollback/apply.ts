// Carries a plan out, from copies whose bytes are proved. Nothing stands half-written under its name at any moment, and what a killed
// run left is done by the next: what is right already is kept, what was put aside is found again. Order: content that would be
// overwritten before it is needed is put aside; then files are restored; deletions come last, and only if they are wanted.
import { BsvError } from "#core/errors.ts";
import { RollbackTally, type RollbackStep } from "#core/rollback.ts";
import type { Run } from "#core/run.ts";
import { lockSet } from "#db/lock.ts";
import type { Scope } from "#db/scope.ts";
import { Spool } from "#disk/spool.ts";
import type { RollbackInput } from "./roots.ts";
import { RollbackPlan } from "./rollback.ts";
import type { ApplyCounts } from "./outcomes.ts";
import { Restoring } from "./restoring.ts";
import type { SpaceOfRoot } from "./space.ts";

export interface ApplyInput extends RollbackInput {
  /** Take away what the snapshot has not, if its content is recorded. */
  readonly isDeleting: boolean;
}

export interface ApplySummary {
  readonly plan: RollbackTally;
  readonly done: ApplyCounts;
  readonly isComplete: boolean;
}

export async function applyRollback(
  scope: Scope,
  input: ApplyInput,
  run: Run,
): Promise<ApplySummary> {
  const lock = await lockSet(input.dataDir, input.target, "rolled back");
  const { machineId, setName } = input.target;
  // No set's name holds a `+`.
  const spool = new Spool<RollbackStep>(`${input.dataDir}/spool/${machineId}/${setName}+rollback`);
  try {
    const plan = await RollbackPlan.open(scope, input, run);
    const restoring = new Restoring(plan, input.isDeleting, run);
    const tally = new RollbackTally();
    for await (const steps of plan.pages()) {
      for (const step of steps) {
        tally.add(step);
        restoring.expect(step);
        if (step.action !== "keep") spool.append(step);
      }
    }
    refuseFullDisk(plan.space());
    const done = await restoring.carryOut(() => spool.values());
    const { unavailableCount, refusedCount, untimedCount, unknownCount } = done;
    const leftCount = unavailableCount + refusedCount + untimedCount + unknownCount;
    return { plan: tally, done, isComplete: leftCount === 0 && !plan.isBlind };
  } finally {
    spool.remove();
    lock.release();
  }
}

// --- internal ---

/** Better now than half-way; what is there already needs no more room when it is tried again. */
function refuseFullDisk(roots: readonly SpaceOfRoot[]): void {
  const full = roots.find((root) => !root.isEnoughNow);
  if (full === undefined) return;
  const { path, neededNowBytes, freeBytes } = full;
  throw new BsvError("disk_full", `${path} needs ${neededNowBytes} bytes, ${freeBytes} are free`, {
    hint: "Make room, or bring back a part with --path",
    details: { path, needed_bytes: neededNowBytes, free_bytes: freeBytes },
  });
}
