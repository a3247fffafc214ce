// judge: says of a snapshot whether it is plausible after the one before it, when it is recorded; and of those that nobody has judged
// yet. A verdict is about a snapshot and never a reason not to store it: what was seen was seen.
import { damageOf, findAnomalies, WINDOW } from "#core/proof/anomalies.ts";
import { BsvError } from "#core/errors.ts";
import type { Measures } from "#core/proof/measures.ts";
import type { Run } from "#core/run.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { measure, measureUpTo } from "#db/comparison/measure.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import {
  findVerdict,
  lastPlausible,
  pastOf,
  saveVerdict,
  snapshotBefore,
  unjudged,
} from "#db/proof/verdicts.ts";

/**
 * Judges a new snapshot, after those before it that still wait for it. Undefined: it could not be judged now, or the one before it could
 * not, whose doubt it may have to inherit; the next one to judge goes on there.
 */
export async function judge(
  scope: Scope,
  row: SnapshotRow,
  run: Run,
  catchUpMs = CATCH_UP_MS,
): Promise<Verdict | undefined> {
  const startedAt = performance.now();
  for (const older of unjudged(scope, row, { untilMs: row.timestampMs - 1, among: WINDOW })) {
    if (performance.now() - startedAt > catchUpMs) return undefined;
    if ((await judgeOne(scope, older, run)) === undefined) return undefined;
  }
  return judgeOne(scope, row, run);
}

/** Judges all of a set that these rules have not judged yet. */
export async function judgeSet(scope: Scope, set: SetName, run: Run): Promise<void> {
  for (const row of unjudged(scope, set)) {
    run.signal.throwIfAborted();
    await judgeOne(scope, row, run);
  }
}

// --- internal ---

/** A store with a long past that nobody judged must not keep its first new snapshot waiting. */
const CATCH_UP_MS = 5000;

/** Deleted while it was measured, it or the one before; no room for the verdict; others kept the pen for too long. */
const CAN_WAIT: ReadonlySet<string> = new Set(["gone", "disk_full", "locked"]);

async function judgeOne(scope: Scope, row: SnapshotRow, run: Run): Promise<Verdict | undefined> {
  try {
    const before = snapshotBefore(scope, row);
    const step = before === undefined ? null : await measure(scope, before, row);
    const past = pastOf(scope, row);
    const doubt = step === null ? undefined : inheritedDoubt(scope, before!);
    const undone = doubt === undefined ? undefined : await undoing(scope, row, doubt, step!);
    // A restore is no less of a change than what it undoes: what it amounts to is what differs from before the doubt.
    const measures = undone ?? step;
    const reasons = measures === null ? [] : findAnomalies(measures, row.timestampMs, past);
    const follows = undone === undefined ? (doubt ?? null) : null;
    await saveVerdict(scope, row, { reasons, follows, measures, judgedAtMs: run.now() });
    return findVerdict(scope, row.snapshotId);
  } catch (error) {
    // The snapshot is stored, and whoever sent it must hear so. The next one to judge has another look.
    if (error instanceof BsvError && CAN_WAIT.has(error.code)) return undefined;
    throw error;
  }
}

/** The suspicious snapshot whose mark is borne by what comes after this one. */
function inheritedDoubt(scope: Scope, before: SnapshotRow): string | undefined {
  const earlier = findVerdict(scope, before.snapshotId);
  if (earlier?.verdict !== "suspicious") return undefined;
  const isOwn = earlier.reasons.length > 0 && earlier.accepted === null;
  return isOwn ? earlier.snapshotId : earlier.follows!;
}

/** So much of the damage may still differ from the last plausible snapshot: work goes on meanwhile. */
const LEFT = 0.1;

/** What differs from the last plausible snapshot before the doubtful one, if what that one did is undone. */
async function undoing(
  scope: Scope,
  row: SnapshotRow,
  doubtfulId: string,
  step: Measures,
): Promise<Measures | undefined> {
  const [doubtful, verdict] = [
    await findSnapshot(scope, doubtfulId),
    findVerdict(scope, doubtfulId),
  ];
  if (doubtful === undefined || verdict?.measures == null) return undefined;
  const damage = damageOf(verdict.measures);
  if (damage === 0) return undefined;
  // A restore may take days, and a comparison some seconds: it is made each time that another tenth has been worked on.
  const since = pastOf(scope, row, doubtful.timestampMs);
  const earlier = since.reduce((sum, { measures }) => sum + workOf(measures), 0);
  const tenths = (work: number) => Math.floor(work / (damage * LEFT));
  if (tenths(earlier + workOf(step)) === tenths(earlier)) return undefined;
  const good = lastPlausible(scope, row, doubtful.timestampMs);
  return good && measureUpTo(scope, good, row, damage * LEFT);
}

/** What may have brought something back; with a root that is looked at again comes what was unknown before. */
const workOf = ({ added, modified, moved, unknown }: Measures): number =>
  added + modified + moved + unknown;
