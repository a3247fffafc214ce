// What differs between two moments of a set, from the intervals alone: a version that covers just one of the two. Few
// are found by the indexes on the intervals' ends and sorted; many by one walk through the set in order.
import type { Database } from "bun:sqlite";
import { isSameEntry, type Entry } from "#core/entry.ts";
import { pathOfKey, type EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { Unpacking, type Located, type PackedRows } from "#db/packed-rows.ts";
import {
  covers,
  ENTRY_COLUMNS,
  entryAtPath,
  OPEN_MS,
  type EntryRow,
  type VersionRow,
} from "#db/version.ts";
import { walkOf, walkPage } from "#db/walk.ts";

/** One key at which two moments differ; null where there is nothing. */
export interface Difference {
  key: EntryKey;
  before: Entry | null;
  after: Entry | null;
}

/** Two moments of one set. */
export interface Span {
  setId: number;
  beforeMs: number;
  afterMs: number;
}

/** Versions sorted in memory at most: about 20 MB. Beyond it the set is walked. */
const SORTED_LIMIT = 50_000;
/** Of their paths; usual ones are 5 MB. */
const SORTED_BYTES = 32 * 1024 * 1024;
/** Ends of intervals passed at most: much that came and went between leaves little that differs. */
const LOOKED_AT = 2 * SORTED_LIMIT;

/** All differences, in order, if they are few enough to be found by the indexes and sorted; else undefined: walk. */
export function shortDifferences(database: Database, span: Span): Difference[] | undefined {
  const [low, high] = ends(span);
  const { n } = database
    .query<{ n: number }, number[]>(ENDS_BETWEEN)
    .get(span.setId, low, high, LOOKED_AT)!;
  if (n >= LOOKED_AT) return undefined;
  const rows: Located<SpanRow>[] = [];
  let bytes = 0;
  const query = database.query<EndRow, [number, number, number, number]>(BY_ENDS);
  for (const row of query.iterate(span.setId, low, high, SORTED_LIMIT)) {
    rows.push(located(row, pathText(row.path)));
    bytes += row.path.length + row.name.length;
    if (rows.length >= row.most || bytes > SORTED_BYTES) return undefined;
  }
  return paired(rows, span);
}

/** A page of the walk after a key; `next` is where to go on, undefined at the end. */
export function walkDifferences(
  database: Database,
  span: Span,
  after: EntryKey | undefined,
  pageSize = WALK_PAGE,
): { differences: Difference[]; next: EntryKey | undefined } {
  const { rows, next } = walkRows(database, span, after, pageSize);
  return { differences: paired(rows, span), next };
}

/** The same, as the versions that the differences are made of; each key's together. */
export function walkRows(
  database: Database,
  span: Span,
  after: EntryKey | undefined,
  pageSize: number,
): { rows: Located<SpanRow>[]; next: EntryKey | undefined } {
  const limit = Math.max(pageSize, 3); // two of one key, and one that may have to wait
  const place = { setId: span.setId, after, limit };
  const { rows, isEnd } = walkPage(database, COVERING_ONE, place, ends(span), located);
  if (isEnd) return { rows, next: undefined };
  // The last key's second version may stand on the next page: leave that key to it.
  const last = rows.at(-1)!;
  while (isSameKey(rows.at(-1)!, last)) rows.pop();
  const { folder, version } = rows.at(-1)!;
  return { rows, next: { folder, name: pathText(version.name) } };
}

/** The difference at a key of its one or two versions, in order of time; undefined where a file changed and changed back. */
export function differenceAt(
  span: Span,
  key: EntryKey,
  first: Entry,
  second: Entry | null,
  firstFromMs: number,
): Difference | undefined {
  if (second !== null && isSameEntry(first, second)) return undefined;
  // A pair's first covers the earlier moment; a single one covers whichever it does.
  const isEarly = second !== null || firstFromMs <= Math.min(span.beforeMs, span.afterMs);
  const [early, late] = isEarly ? [first, second] : [null, first];
  return span.beforeMs <= span.afterMs
    ? { key, before: early, after: late }
    : { key, before: late, after: early };
}

/** All differences, inside one transaction in which the reader may write at keys already passed. */
export function* differences(database: Database, span: Span): Generator<Difference> {
  const short = shortDifferences(database, span);
  if (short !== undefined) {
    yield* short;
    return;
  }
  let after: EntryKey | undefined;
  do {
    const page = walkDifferences(database, span, after);
    yield* page.differences;
    after = page.next;
  } while (after !== undefined);
}

/** For the test that pins the plans. */
export const DIFFERENCE_SQL = () => ({ ENDS_BETWEEN, BY_ENDS });

// --- internal ---

/** At most two versions of a key cover one of two moments each, so a page holds whole keys but for its last. */
const WALK_PAGE = 1000;

const ends = (span: Span): [low: number, high: number] => [
  Math.min(span.beforeMs, span.afterMs),
  Math.max(span.beforeMs, span.afterMs),
];

// Of the moments low ?2 and high ?3 of set ?1: versions that began between them and cover high, or ended between them and
// cover low. The two are disjoint, and what lies wholly between them is none of either.
const BEGAN = "v.set_id = ?1 AND v.from_ms > ?2 AND v.from_ms <= ?3 AND v.to_ms > ?3";
const ENDED = `v.set_id = ?1 AND v.to_ms > ?2 AND v.to_ms <= ?3 AND v.to_ms < ${OPEN_MS} AND v.from_ms <= ?2`;

/** `most` is the limit, in the statement so that a test can say that everything is too much. */
type EndRow = SpanRow & { path: Uint8Array; most: number };

const BY_ENDS = `
  SELECT ${ENTRY_COLUMNS}, v.from_ms, f.path, ?4 AS most FROM (
    SELECT v.version_id AS id FROM versions v INDEXED BY versions_by_start WHERE ${BEGAN}
    UNION ALL SELECT v.version_id FROM versions v INDEXED BY versions_by_end WHERE ${ENDED}
    LIMIT ?4) e
  CROSS JOIN versions v ON v.version_id = e.id
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  ORDER BY f.path, v.name, v.from_ms`;

/** Of the indexes alone. */
const ENDS_BETWEEN = `
  SELECT count(*) AS n FROM (
    SELECT 1 FROM versions INDEXED BY versions_by_start
    WHERE set_id = ?1 AND from_ms > ?2 AND from_ms <= ?3
    UNION ALL SELECT 1 FROM versions INDEXED BY versions_by_end
    WHERE set_id = ?1 AND to_ms > ?2 AND to_ms <= ?3 AND to_ms < ${OPEN_MS}
    LIMIT ?4)`;

/** No more columns than are needed: a walk has millions of rows. */
export type SpanRow = EntryRow & Pick<VersionRow, "from_ms">;

export const COVERING_ONE = walkOf<SpanRow>(`(${covers("?6")}) <> (${covers("?7")})`, ["from_ms"]);

const located = (version: SpanRow, folder: string): Located<SpanRow> => ({ version, folder });

/** By their bytes: nothing is decoded twice. */
function isSameKey({ version: a }: Located, { version: b }: Located): boolean {
  if (a.folder_id !== b.folder_id || a.name.length !== b.name.length) return false;
  for (let i = a.name.length - 1; i >= 0; i--) if (a.name[i] !== b.name[i]) return false;
  return true;
}

/** The differences at keys whose versions stand side by side. */
export function paired(rows: readonly Located<SpanRow>[], span: Span): Difference[] {
  const differences: Difference[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const { folder, version } = row;
    const name = pathText(version.name);
    const path = pathOfKey(folder, name);
    const first = entryAtPath(path, version);
    const next = rows[i + 1];
    const isPair = next !== undefined && isSameKey(row, next);
    if (isPair) i++;
    const second = isPair ? entryAtPath(path, next.version) : null;
    const difference = differenceAt(span, { folder, name }, first, second, version.from_ms);
    if (difference !== undefined) differences.push(difference);
  }
  return differences;
}

/** What `paired` makes of the rows. */
export function unpacked(pack: PackedRows, span: Span): Difference[] {
  const rows = new Unpacking(pack);
  const differences: Difference[] = [];
  for (let row = 0; row < rows.count; row++) {
    const folder = rows.folderAt(row);
    const name = rows.nameAt(row);
    const path = pathOfKey(folder, name);
    const fromMs = rows.fromMsAt(row);
    const first = rows.entryAt(row, path);
    const isPair = row + 1 < rows.count && rows.isSameKey(row, row + 1);
    const second = isPair ? rows.entryAt(++row, path) : null;
    const difference = differenceAt(span, { folder, name }, first, second, fromMs);
    if (difference !== undefined) differences.push(difference);
  }
  return differences;
}
