// A walk through a set's versions in the one order, page by page: inside a folder by name and time, folder after folder
// by path. Both follow an index, so a page costs what it passes, wherever it starts, and nothing is sorted.
import type { Database } from "bun:sqlite";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { MOST_BYTES } from "./page.ts";
import { ENTRY_COLUMNS, type EntryRow } from "./version.ts";

/** The statements of a walk over the versions for which a condition holds, giving rows of a shape. */
export interface Walk<Row extends EntryRow> {
  shape?: Row;
  restOfFolder: string;
  laterFolders: string;
  allFolders: string;
}

export interface WalkPlace {
  setId: number;
  /** The last version that was passed; without `fromMs`, all versions of the key were. */
  after: (EntryKey & { fromMs?: number }) | undefined;
  limit: number;
  /** Of paths; how long they are may be their sender's to choose. */
  mostBytes?: number;
}

export interface WalkedPage<T> {
  rows: T[];
  /** Whether nothing comes behind it; a page that is not the last may be shorter than its limit. */
  isEnd: boolean;
}

/** `condition` is about `v`; its own parameters are `?6` and on. `columns` are what `Row` has beside the entry's. */
export function walkOf<Row extends EntryRow>(condition: string, columns: string[] = []): Walk<Row> {
  const selected = [ENTRY_COLUMNS, ...columns.map((column) => `v.${column}`)].join(", ");
  // CROSS JOIN: folders first. SQLite's own choice was a thousand times slower in a trial.
  const from = (comparison: string): string => `
    SELECT ${selected} FROM folders f INDEXED BY folders_by_path
    CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
    WHERE f.set_id = ?1 AND f.path ${comparison} ?2 AND ${condition}`;
  return {
    restOfFolder: `${from("=")} AND (v.name, v.from_ms) > (?4, ?5) ORDER BY v.name, v.from_ms LIMIT ?3`,
    laterFolders: `${from(">")} ORDER BY f.path, v.name, v.from_ms LIMIT ?3`,
    allFolders: `${from(">=")} ORDER BY f.path, v.name, v.from_ms LIMIT ?3`,
  };
}

/** One page, each row made into what the caller wants; three rows at least, unless it is the end. */
export function walkPage<Row extends EntryRow, T>(
  database: Database,
  walk: Walk<Row>,
  { setId, after, limit, mostBytes = MOST_BYTES }: WalkPlace,
  parameters: readonly (number | Uint8Array)[],
  make: (row: Row, folder: string) => T,
): WalkedPage<T> {
  const page: T[] = [];
  let bytes = 0;
  const isFull = () => page.length >= limit || (bytes > mostBytes && page.length >= LEAST_ROWS);
  const folderPath = database.query<{ path: Uint8Array }, [number]>(FOLDER_PATH);
  const start = pathBytes(after?.folder ?? "");
  const name = pathBytes(after?.name ?? "");
  const fromMs = after?.fromMs ?? Number.MAX_SAFE_INTEGER;
  const read = (sql: string): void => {
    const statement = database.query<Row, (number | Uint8Array)[]>(sql);
    const values = [setId, start, limit - page.length, name, fromMs, ...parameters];
    let folderId = -1;
    let folder = "";
    for (const row of statement.iterate(...values.slice(0, statement.paramsCount))) {
      if (row.folder_id !== folderId) {
        folderId = row.folder_id;
        folder = pathText(folderPath.get(folderId)!.path);
      }
      page.push(make(row, folder));
      bytes += folder.length + row.name.length;
      if (isFull()) return;
    }
  };
  if (after === undefined) {
    read(walk.allFolders);
  } else {
    read(walk.restOfFolder);
    if (!isFull()) read(walk.laterFolders);
  }
  return { rows: page, isEnd: !isFull() };
}

// --- internal ---

/** Of two versions a key at most, three are of two keys: who leaves the last key to the next page comes on. */
const LEAST_ROWS = 3;

const FOLDER_PATH = "SELECT path FROM folders WHERE folder_id = ?";
