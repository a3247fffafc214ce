// The plan of a prune: a verdict on every snapshot of a set, what would be gone for good, and what speaks against doing it
// without a word. A plan reads, it changes nothing.
import {
  alarms,
  isAnomalous,
  judgeSnapshots,
  type Candidate,
  type Verdict,
} from "#core/retention/prune-plan.ts";
import type { RetentionPolicy } from "#core/retention/retention.ts";
import type { SetName } from "#db/backupsets.ts";
import { countGone, gonePages, type Fates } from "./gone-versions.ts";
import { querySnapshots } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { isComplete, type SnapshotRow } from "#db/snapshots.ts";

export interface PrunePlan {
  readonly set: SetName;
  /** Newest first. */
  readonly verdicts: readonly Verdict[];
  readonly fates: Fates;
  /** What would be recorded nowhere any more. */
  readonly gone: { readonly versions: number; readonly bytes: number };
  /** Reasons to have it confirmed; none: it may be done. */
  readonly alarms: readonly string[];
}

export async function prunePlan(
  scope: Scope,
  { machineId, setName }: SetName,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<PrunePlan> {
  const set = { machineId, setName };
  const verdicts = await fateVerdicts(scope, set, policy, nowMs);
  const fates = fatesOf(verdicts);
  const warnings = alarms(verdicts);
  if (fates.goingMs.length > 0 && (await losesContent(scope, set, verdicts, fates))) {
    warnings.push(
      "among the newest snapshots are suspicious ones, and the last one holding some content would go",
    );
  }
  return { set, verdicts, fates, gone: await countGone(scope, set, fates), alarms: warnings };
}

/** The plan's verdicts alone, newest first: what would be gone has to be counted version by version. */
export async function fateVerdicts(
  scope: Scope,
  set: SetName,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<Verdict[]> {
  return judgeSnapshots(await candidatesOf(scope, set), policy, nowMs);
}

/** The times of those that stay and of those that go. */
export function fatesOf(verdicts: readonly Verdict[]): Fates {
  const times = (isMeant: (verdict: Verdict) => boolean): number[] =>
    verdicts
      .filter(isMeant)
      .map(({ snapshot }) => snapshot.timestampMs)
      .reverse();
  return {
    keptMs: times(({ isKept }) => isKept),
    goingMs: times(({ isKept }) => !isKept),
    blindMs: times(({ snapshot }) => !snapshot.isComplete),
  };
}

// --- internal ---

async function candidatesOf(scope: Scope, set: SetName): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: 1000, order: "desc" as const, cursor };
    const { rows, nextCursor } = await querySnapshots(scope, set, {}, page);
    candidates.push(...rows.map(candidateOf));
    cursor = nextCursor ?? undefined;
    if (cursor !== undefined) await new Promise((resolve) => setImmediate(resolve)); // a server has others to answer
  } while (cursor !== undefined);
  return candidates;
}

/** Without its header: those of a whole set may be gigabytes. */
function candidateOf(row: SnapshotRow): Candidate {
  const { headerText: _, ...rest } = row;
  return { ...rest, isComplete: isComplete(row) };
}

async function losesContent(
  scope: Scope,
  set: SetName,
  verdicts: readonly Verdict[],
  fates: Fates,
): Promise<boolean> {
  if (!isAnomalous(verdicts)) return false;
  for await (const page of gonePages(scope, set, fates)) {
    if (page.some((version) => version.isContentKept === false)) return true;
  }
  return false;
}
