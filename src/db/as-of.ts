// The snapshot of each set that speaks for it: the latest, or the last one at or before a time.
import { querySnapshots } from "./query.ts";
import type { SetName } from "./backupsets.ts";
import type { Scope } from "./scope.ts";
import { latestSnapshot, type SnapshotRow } from "./snapshots.ts";

/** Sets that have none are left out. */
export async function snapshotsAsOf(
  scope: Scope,
  sets: readonly SetName[],
  asOfMs: number | undefined,
): Promise<SnapshotRow[]> {
  const found: SnapshotRow[] = [];
  for (const set of sets) {
    const row =
      asOfMs === undefined
        ? await latestSnapshot(scope, set)
        : (await querySnapshots(scope, set, { toMs: asOfMs }, { limit: 1, order: "desc" })).rows[0];
    if (row !== undefined) found.push(row);
  }
  return found;
}
