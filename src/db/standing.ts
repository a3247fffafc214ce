// Whether anything stands at a key in a moment.
import type { Database } from "bun:sqlite";
import { keyOfPath, type EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { view } from "./atomic.ts";
import { momentOf } from "./owned.ts";
import type { Scope } from "./scope.ts";
import type { SnapshotRow } from "./snapshots.ts";
import { covers } from "./version.ts";

/** Call inside a transaction. */
export function isStanding(
  database: Database,
  { setId, atMs }: { setId: number; atMs: number },
  { folder, name }: EntryKey,
): boolean {
  const find = database.query<unknown, [number, Uint8Array, Uint8Array, number]>(STANDS);
  return find.get(setId, pathBytes(folder), pathBytes(name), atMs) !== null;
}

/** How many of the paths a snapshot has, as files or symlinks. */
export function countStanding(
  scope: Scope,
  row: SnapshotRow,
  paths: readonly string[],
): Promise<number> {
  return view(scope, (database) => {
    const { setId, atMs } = momentOf(scope, row.snapshotId, "gone");
    return paths.filter((path) => isStanding(database, { setId, atMs }, keyOfPath(path, false)))
      .length;
  });
}

/** The statement, for the test that pins its plan. */
export const STANDING_SQL = () => ({ STANDS });

// --- internal ---

const STANDS = `
  SELECT 1 FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")}`;
