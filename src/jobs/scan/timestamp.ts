// The timestamp of a scan: now, or just after the last snapshot when the clock is behind it.
import type { SetName } from "#db/backupsets.ts";
import { querySnapshots } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot, type SnapshotRow } from "#db/snapshots.ts";

/** Rises within a set whatever the clock does (design §3); `parent` is the newest recorded snapshot. */
export async function nextTimestamp(
  scope: Scope,
  set: SetName,
  parent: SnapshotRow | undefined,
  nowMs: number,
): Promise<number> {
  return freeTimestamp(scope, set, Math.max(nowMs, 1 + (await lastTimestamp(scope, set, parent))));
}

// --- internal ---

/** The newest time of the set that a correct clock could have given, or that a scan gave knowingly; 0 if there is none. */
async function lastTimestamp(
  scope: Scope,
  set: SetName,
  parent: SnapshotRow | undefined,
): Promise<number> {
  const latest = await latestSnapshot(scope, set);
  const known = [latest, parent].filter((row) => row !== undefined);
  const trusted = known.filter((row) => !row.isFutureDated || isDatedBySkew(row));
  return Math.max(0, ...trusted.map((row) => row.timestampMs));
}

/** Ahead of its clock only to stay after the one before: the next one stays after it in turn. */
function isDatedBySkew({ headerText }: SnapshotRow): boolean {
  return "clock_skew_ms" in (JSON.parse(headerText) as object);
}

/** The first time from here on that no snapshot of the set has: one with a wrong date must not stop a scan. */
async function freeTimestamp(scope: Scope, set: SetName, fromMs: number): Promise<number> {
  for (let timestampMs = fromMs; ; timestampMs++) {
    const when = { fromMs: timestampMs, toMs: timestampMs };
    const { rows } = await querySnapshots(scope, set, when, { limit: 1, order: "asc" });
    if (rows.length === 0) return timestampMs;
  }
}
