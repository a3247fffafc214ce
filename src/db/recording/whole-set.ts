// All of a set at once: every snapshot's own words, and every version with its interval. For proving that what is stored is what
// was recorded, in one walk for all snapshots instead of one for each.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import { MOST_BYTES } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { entryOf, type EntryRow } from "#db/version.ts";
import { walkOf, walkPage } from "#db/walk.ts";

/** A snapshot's row as it stands there, nothing of it read or believed. */
export interface Sealed {
  snapshotId: string;
  timestampMs: number;
  machineId: string;
  setName: string;
  headerText: string;
}

/** Every snapshot of a set, oldest first. */
export async function sealedSnapshots(scope: Scope, set: SetName): Promise<Sealed[]> {
  return view(scope, (database) => {
    const setId = findSetId(scope, set);
    return setId === undefined ? [] : database.query<Sealed, [number]>(SEALED).all(setId);
  });
}

export interface StoredVersion {
  entry: Entry;
  fromMs: number;
  toMs: number;
}

/**
 * Every version of a set, in the one order. A page is one short read and holds whole keys: recording and deleting other
 * snapshots meanwhile moves intervals, but not what they say of the snapshots that stay.
 */
export async function* versionPages(scope: Scope, set: SetName): AsyncGenerator<StoredVersion[]> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return;
  let after: EntryKey | undefined;
  let limit = PAGE_SIZE;
  for (;;) {
    const mostBytes = MOST_BYTES * (limit / PAGE_SIZE);
    const { rows, isEnd } = await view(scope, (database) =>
      walkPage(database, EVERY_VERSION, { setId, after, limit, mostBytes }, [], (row, folder) => ({
        key: { folder, name: pathText(row.name) },
        version: { entry: entryOf(row, folder), fromMs: row.from_ms, toMs: row.to_ms },
      })),
    );
    if (!isEnd) dropLastKey(rows);
    if (rows.length > 0) yield rows.map((row) => row.version);
    if (isEnd) return;
    // A key with more versions than a page holds: a longer page, until it fits.
    limit = rows.length === 0 ? limit * 2 : PAGE_SIZE;
    after = rows.at(-1)?.key ?? after;
  }
}

/** For the test that pins the plans. */
export const WHOLE_SET_SQL = () => ({ SEALED, ...EVERY_VERSION });

// --- internal ---

const PAGE_SIZE = 2000;

const SEALED = `
  SELECT snapshot_id AS snapshotId, timestamp_ms AS timestampMs, machine_id AS machineId,
    backupset_name AS setName, header AS headerText
  FROM snapshots INDEXED BY snapshots_by_time WHERE set_id = ? ORDER BY timestamp_ms`;

const EVERY_VERSION = walkOf<EntryRow & { from_ms: number; to_ms: number }>("true", [
  "from_ms",
  "to_ms",
]);

/** Its other versions may stand on the next page. */
function dropLastKey(rows: { key: EntryKey }[]): void {
  const { folder, name } = rows.at(-1)!.key;
  while (rows.at(-1)?.key.folder === folder && rows.at(-1)?.key.name === name) rows.pop();
}
