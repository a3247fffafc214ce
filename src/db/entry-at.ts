// The one entry that a snapshot has at a path.
import type { Entry } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { view } from "./atomic.ts";
import { momentOf } from "./owned.ts";
import type { Scope } from "./scope.ts";
import { covers, ENTRY_COLUMNS, entryOf, type EntryRow } from "./version.ts";

/** Undefined if there is none. Throws `gone` when the snapshot is deleted meanwhile. */
export function entryAt(
  scope: Scope,
  snapshotId: string,
  path: string,
): Promise<Entry | undefined> {
  return view(scope, (database) => {
    const { setId, atMs } = momentOf(scope, snapshotId, "gone");
    const { folder, name } = keyOfPath(path, false);
    const find = database.query<EntryRow, [number, Uint8Array, Uint8Array, number]>(AT);
    const row = find.get(setId, pathBytes(folder), pathBytes(name), atMs);
    return row === null ? undefined : entryOf(row, folder, name);
  });
}

/** The statement, for the test that pins its plan. */
export const ENTRY_AT_SQL = () => ({ AT });

// --- internal ---

const AT = `
  SELECT ${ENTRY_COLUMNS} FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")}`;
