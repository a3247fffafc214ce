// Deletes what retention does not keep, one snapshot after another, newest first: so that the long intervals of what stays
// are moved once, not once for each. Each is a transaction of its own: stopped or killed at any moment, what is deleted is
// deleted whole, the rest is whole, and the next prune goes on.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Tombstone } from "#db/recording/erase.ts";
import type { PrunePlan } from "#db/retention/prune-plan.ts";
import type { Scope } from "#db/scope.ts";
import { deleteWitness } from "./delete.ts";

export interface PruneInput {
  readonly plans: readonly PrunePlan[];
  /** The number of snapshots that somebody has agreed to lose. */
  readonly confirmed: number | undefined;
  readonly dataDir: string;
  /** Written on each tombstone. */
  readonly why: (plan: PrunePlan) => string;
  /** Told of each, when it is gone. */
  readonly deleted?: (plan: PrunePlan, tombstone: Tombstone) => void;
}

/** How many snapshots the plans would delete. */
export const goingIn = (plans: readonly PrunePlan[]): number =>
  plans.reduce((sum, plan) => sum + plan.fates.goingMs.length, 0);

/** Throws `usage` for a plan, of this store or of a remote, that keeps nothing of a set. */
export function refuseKeepingNone(plans: readonly Fates[]): void {
  for (const { set, verdicts } of plans) {
    if (verdicts.length === 0 || verdicts.some(({ isKept }) => isKept)) continue;
    throw new BsvError("usage", `The rules keep no snapshot of ${set.machineId}/${set.setName}`, {
      hint: "Nothing was deleted; add a rule that keeps some, or use bsv delete for those that shall go",
    });
  }
}

/** Throws `usage` for a plan that keeps nothing of a set, and for one that needs to be confirmed and is not. */
export function checkPlans(plans: readonly PrunePlan[], confirmed: number | undefined): void {
  refuseKeepingNone(plans);
  const going = goingIn(plans);
  if (confirmed !== undefined && confirmed !== going) {
    throw new BsvError(
      "usage",
      `${going} ${going === 1 ? "snapshot" : "snapshots"} would go, not ${confirmed}`,
      {
        hint: "Nothing was deleted; look again with --dry-run",
        details: { going, confirmed },
      },
    );
  }
  const alarms = plans.flatMap(({ set, alarms }) =>
    alarms.map((alarm) => `${set.machineId}/${set.setName}: ${alarm}`),
  );
  if (alarms.length === 0 || confirmed !== undefined) return;
  throw new BsvError("usage", `This needs a confirmation. ${alarms.join("; ")}`, {
    hint: `Nothing was deleted; look with --dry-run, and if all of it shall go, say --yes-remove=${going}`,
    details: { going, alarms },
  });
}

export async function prune(
  scope: Scope,
  { plans, confirmed, dataDir, why, deleted }: PruneInput,
  run: Run,
): Promise<{ deleted: number }> {
  checkPlans(plans, confirmed);
  const total = goingIn(plans);
  let done = 0;
  for (const plan of plans) {
    for (const { snapshot, isKept } of plan.verdicts) {
      if (isKept) continue;
      run.signal.throwIfAborted();
      const row = { ...plan.set, ...snapshot };
      const tombstone = await deleteWitness(scope, { row, dataDir, why: why(plan) }, run);
      deleted?.(plan, tombstone);
      run.monitor.progress({ phase: "prune", files: ++done, bytes: 0, totalFiles: total });
      await Bun.sleep(0); // a transaction does not let signals through
    }
  }
  return { deleted: done };
}

// --- internal ---

interface Fates {
  readonly set: SetName;
  readonly verdicts: readonly { readonly isKept: boolean }[];
}
