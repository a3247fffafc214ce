// What differs between two moments of a set that lie far apart, for whoever wants all of it. It is found in the order in which rows
// were written, which is how they lie on the disk, and only what differs is then fetched, folder by folder in the one order: the walk
// (difference.ts) passes every version that came and went between, each at a place of its own.
import type { Database } from "bun:sqlite";
import { comparePaths, type EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import { Numbers, PREFIX_BYTES, repeatedOf, type RepeatedContents } from "./content-numbers.ts";
import { paired, type Difference, type Located, type Span } from "./difference.ts";
import type { Scope } from "#db/scope.ts";
import { storeState } from "#db/store-state.ts";
import { covers, type VersionRow } from "#db/version.ts";

/** Found, not read: the versions that cover just one of the two moments, by folder. */
export interface WideDifference {
  readonly span: Span;
  /** Folders in the one order; the versions of folder `n` are `ids[starts[n]]` up to `ids[starts[n + 1]]`. */
  readonly folders: Float64Array;
  readonly starts: Uint32Array;
  readonly ids: Uint32Array;
  /** The contents of both moments that stand there more than once. */
  readonly repeated: RepeatedContents;
  /** Of the store when they were found. Another writer may join versions, and then an id is no more. */
  readonly state: string;
}

/** Undefined where there is too much to hold, most of the store is about other sets, or somebody else writes. */
export async function findWide(
  scope: Scope,
  span: Span,
  fileCount: number,
): Promise<WideDifference | undefined> {
  const moments = [span.beforeMs, span.afterMs].toSorted((a, b) => a - b);
  const { size, most, largest, state } = await view(scope, (database) => ({
    ...database
      .query<{ size: number; most: number; largest: number }, [number]>(SIZE)
      .get(fileCount)!,
    state: storeState(database),
  }));
  if (fileCount > MOST_ENTRIES || size > most || largest >= 2 ** 32) return undefined;
  const [ids, folderIds, contents] = [Numbers.small(), Numbers.small(), Numbers.any()];
  for (let at = 0; at < size; at += STEP) {
    const found = await view(scope, (database) =>
      database.query<FoundRow, number[]>(FOUND).get(span.setId, at, at + STEP, ...moments)!,
    );
    ids.addAll(JSON.parse(found.ids) as number[]);
    folderIds.addAll(JSON.parse(found.folders) as number[]);
    if (found.prefixes !== null) contents.addPrefixes(found.prefixes);
    await Bun.sleep(0);
  }
  const folders = await view(scope, (database) => {
    if (storeState(database) !== state) return undefined;
    const rows = database.query(FOLDERS).values(span.setId) as [number][];
    return Float64Array.from(rows, ([id]) => id);
  });
  if (folders === undefined) return undefined;
  const repeated = repeatedOf(contents.all().sort());
  return { span, folders, ...byFolder(folders, folderIds.all(), ids.all()), repeated, state };
}

/**
 * The differences of some folders from the one at `first` on, and at which to go on; `last` is a key behind which nothing of them
 * stands. Undefined when the store has changed since they were found. Call inside a transaction.
 */
export function readWide(
  database: Database,
  { span, folders, starts, ids, state }: WideDifference,
  first: number,
): { differences: Difference[]; last: EntryKey | undefined; next: number | undefined } | undefined {
  if (storeState(database) !== state) return undefined;
  let end = first;
  while (end < folders.length && starts[end]! - starts[first]! < STRETCH) end++;
  const wanted = `[${ids.subarray(starts[first], starts[end]).join(",")}]`;
  const rows = database.query<FetchedRow, [string]>(BY_IDS).all(wanted);
  const located: Located[] = [];
  for (let at = 0; at < rows.length;) {
    const folderId = rows[at]!.folder_id;
    const { path } = database.query<{ path: Uint8Array }, [number]>(FOLDER_PATH).get(folderId)!;
    const folder = pathText(path);
    const inFolder: Located[] = [];
    for (; rows[at]?.folder_id === folderId; at++) {
      inFolder.push({ version: rows[at]!, folder, name: nameOf(database, rows[at]!) });
    }
    inFolder.sort(byNameAndTime);
    for (const one of inFolder) located.push(one);
  }
  const last = located.at(-1);
  return {
    differences: [...paired(located, span)],
    last: last && { folder: last.folder, name: last.name },
    next: end < folders.length ? end : undefined,
  };
}

/** The statements, for the test that pins their plans. */
export const WIDE_SQL = () => ({ SIZE, FOUND, FOLDERS, BY_IDS });

// --- internal ---

/** Versions passed in one go: some milliseconds. */
const STEP = 20_000;
/** Versions fetched in one go, with the rest of the last one's folder. */
const STRETCH = 2_000;
/** Of both snapshots together: some 200 MB. */
const MOST_ENTRIES = 8_000_000;
/** Versions in the store for each entry, up to which reading them all is worth it. */
const MOST_OTHERS = 8;

/** A version with its name as text: bytes cost a third of the time. */
type FetchedRow = Omit<VersionRow, "name" | "to_ms"> & { text: string };

interface FoundRow {
  ids: string;
  folders: string;
  prefixes: Uint8Array | null;
}

/** `most` is in the statement so that a test can take this way, or keep off it. */
const SIZE = `SELECT coalesce(max(version_id), 0) AS size, ?1 * ${MOST_OTHERS} AS most,
  max(coalesce(max(version_id), 0), coalesce((SELECT max(folder_id) FROM folders), 0)) AS largest FROM versions`;
// One value for a step costs a tenth of as many rows.
const FOUND = `
  SELECT json_group_array(v.version_id) FILTER (WHERE (${covers("?4")}) <> (${covers("?5")})) AS ids,
    json_group_array(v.folder_id) FILTER (WHERE (${covers("?4")}) <> (${covers("?5")})) AS folders,
    CAST(group_concat(substr(v.checksum, 1, ${PREFIX_BYTES}), '') FILTER (
      WHERE typeof(v.checksum) = 'blob' AND length(v.checksum) >= ${PREFIX_BYTES}) AS BLOB) AS prefixes
  FROM versions v NOT INDEXED
  WHERE v.version_id > ?2 AND v.version_id <= ?3 AND v.set_id = ?1
    AND ((${covers("?4")}) OR (${covers("?5")}))`;
const FOLDERS =
  "SELECT folder_id FROM folders INDEXED BY folders_by_path WHERE set_id = ?1 ORDER BY path";
const BY_IDS = `
  SELECT v.folder_id, CAST(v.name AS TEXT) AS text, v.type, v.size, v.mtime_us, v.inode, v.checksum, v.target, v.error,
    v.version_id, v.from_ms
  FROM json_each(?1) e CROSS JOIN versions v ON v.version_id = e.value`;
const NAME = "SELECT name FROM versions WHERE version_id = ?";
const FOLDER_PATH = "SELECT path FROM folders WHERE folder_id = ?";

/** A text that shows a damaged name, or may, is read again as bytes. */
function nameOf(database: Database, { text, version_id: id }: FetchedRow): string {
  if (!text.includes("\ufffd")) return text;
  return pathText(database.query<{ name: Uint8Array }, [number]>(NAME).get(id)!.name);
}

/** Puts the ids into the order of their folders; within one they keep their own. */
function byFolder(
  folders: Float64Array,
  folderIds: Uint32Array,
  ids: Uint32Array,
): Pick<WideDifference, "starts" | "ids"> {
  const places = new Map<number, number>();
  folders.forEach((id, at) => places.set(id, at));
  const starts = new Uint32Array(folders.length + 1);
  for (const id of folderIds) starts[places.get(id)! + 1]!++;
  for (let at = 1; at < starts.length; at++) starts[at]! += starts[at - 1]!;
  const next = starts.slice();
  const ordered = new Uint32Array(ids.length);
  ids.forEach((id, at) => {
    const folder = places.get(folderIds[at]!)!;
    ordered[next[folder]!++] = id;
  });
  return { starts, ids: ordered };
}

const byNameAndTime = (a: Located, b: Located): number =>
  comparePaths(a.name, b.name) || a.version.from_ms - b.version.from_ms;
