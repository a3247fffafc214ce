// The list of entries at one moment of a set, in the one order, page by page: inside a folder by name, folder after
// folder by path. Both are walks along an index, so a page costs what it holds, wherever it starts.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { covers, entryOf, VERSION_COLUMNS, type VersionValues } from "./version.ts";

export interface Listed {
  key: EntryKey;
  entry: Entry;
  versionId: number;
}

/** What stands in a page of the moment `atMs`, after a key. */
export interface ListingPlace {
  setId: number;
  atMs: number;
  after: EntryKey | undefined;
  limit: number;
}

/** One page: shorter than its limit only at the end. */
export function listPage(database: Database, place: ListingPlace): Listed[] {
  const page: Listed[] = [];
  const { setId, atMs, after, limit } = place;
  if (after !== undefined) {
    const folderId = database
      .query<{ folder_id: number }, [number, Buffer]>(FOLDER)
      .get(setId, pathBytes(after.folder))?.folder_id;
    if (folderId !== undefined) {
      const rest = database.query<null, [number, Buffer, number, number]>(REST_OF_FOLDER);
      for (const row of rest.values(folderId, pathBytes(after.name), atMs, limit)) {
        page.push(listed(row as VersionValues, after.folder));
      }
    }
  }
  if (page.length === limit) return page;
  const start = pathBytes(after?.folder ?? "");
  const sql = after === undefined ? ALL_FOLDERS : LATER_FOLDERS;
  const rows = database
    .query<null, [number, Buffer, number, number]>(sql)
    .values(setId, start, atMs, limit - page.length) as [...VersionValues, Uint8Array][];
  let folderId = -1;
  let folder = "";
  for (const row of rows) {
    const values = row as unknown as VersionValues;
    if (values[1] !== folderId) {
      folderId = values[1];
      folder = pathText(row[12]);
    }
    page.push(listed(values, folder));
  }
  return page;
}

/** The whole list, inside one transaction; reads by pages, so that the reader may write meanwhile. */
export function* listing(database: Database, setId: number, atMs: number): Generator<Listed> {
  let after: EntryKey | undefined;
  for (;;) {
    const page = listPage(database, { setId, atMs, after, limit: PAGE_SIZE });
    yield* page;
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)!.key;
  }
}

/** The statements, for the test that pins their plans. */
export const LISTING_SQL = () => ({ REST_OF_FOLDER, LATER_FOLDERS, ALL_FOLDERS });

// --- internal ---

const PAGE_SIZE = 1000;

const FOLDER = "SELECT folder_id FROM folders WHERE set_id = ? AND path = ?";

const REST_OF_FOLDER = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
  WHERE v.folder_id = ?1 AND v.name > ?2 AND ${covers("?3")}
  ORDER BY v.name LIMIT ?4`;

// CROSS JOIN: folders first. SQLite's own choice was a thousand times slower in a trial.
const foldersFrom = (comparison: string): string => `
  SELECT ${VERSION_COLUMNS}, f.path FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path ${comparison} ?2 AND ${covers("?3")}
  ORDER BY f.path, v.name LIMIT ?4`;
const LATER_FOLDERS = foldersFrom(">");
const ALL_FOLDERS = foldersFrom(">=");

function listed(row: VersionValues, folder: string): Listed {
  return {
    key: { folder, name: pathText(row[2]) },
    entry: entryOf(row, folder),
    versionId: row[0],
  };
}
