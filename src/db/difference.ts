// What differs between two moments of a set, from the intervals alone: a version that covers just one of the two. Few
// are found by the indexes on the intervals' ends and sorted; many by one walk through the set in order.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import { isSameEntry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { covers, entryOf, VERSION_COLUMNS, type VersionValues } from "./version.ts";

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

/** Whether the indexes find all that differs within the limit. */
export function isShort(database: Database, span: Span): boolean {
  const [low, high] = ends(span);
  const count = database
    .query<{ n: number }, [number, number, number, number]>(COUNT)
    .get(span.setId, low, high, SORTED_LIMIT)!.n;
  return count < SORTED_LIMIT;
}

/** All differences, in order: for a span that `isShort`. */
export function shortDifferences(database: Database, span: Span): Difference[] {
  const [low, high] = ends(span);
  const rows = database
    .query<null, [number, number, number]>(BY_ENDS)
    .values(span.setId, low, high) as PathedValues[];
  return [...paired(rows, span)];
}

/** A page of the walk after a key; `next` is where to go on, undefined at the end. */
export function walkDifferences(
  database: Database,
  span: Span,
  after: EntryKey | undefined,
): { differences: Difference[]; next: EntryKey | undefined } {
  const [low, high] = ends(span);
  const rows: PathedValues[] = [];
  if (after !== undefined) {
    rows.push(
      ...(database
        .query<null, [number, number, number, Buffer, Buffer, number]>(WALK_FOLDER)
        .values(
          span.setId,
          low,
          high,
          pathBytes(after.folder),
          pathBytes(after.name),
          WALK_PAGE,
        ) as PathedValues[]),
    );
  }
  if (rows.length < WALK_PAGE) {
    const start = pathBytes(after?.folder ?? "");
    rows.push(
      ...(database
        .query<null, [number, number, number, Buffer, number]>(
          after === undefined ? WALK_ALL : WALK_LATER,
        )
        .values(span.setId, low, high, start, WALK_PAGE - rows.length) as PathedValues[]),
    );
  }
  if (rows.length < WALK_PAGE) return { differences: [...paired(rows, span)], next: undefined };
  // The last key's second version may stand on the next page: leave that key to it.
  const last = rows.at(-1)!;
  while (rows.length > 0 && isSameKey(rows.at(-1)!, last)) rows.pop();
  const end = rows.at(-1)!;
  return {
    differences: [...paired(rows, span)],
    next: { folder: pathText(end[12]), name: pathText(end[2]) },
  };
}

/** All differences, inside one transaction in which the reader may write at keys already passed. */
export function* differences(database: Database, span: Span): Generator<Difference> {
  if (isShort(database, span)) {
    yield* shortDifferences(database, span);
    return;
  }
  let after: EntryKey | undefined;
  do {
    const page = walkDifferences(database, span, after);
    yield* page.differences;
    after = page.next;
  } while (after !== undefined);
}

/** The statements, for the test that pins their plans. */
export const DIFFERENCE_SQL = () => ({ COUNT, BY_ENDS, WALK_FOLDER, WALK_LATER, WALK_ALL });

// --- internal ---

type PathedValues = [...VersionValues, folderPath: Uint8Array];

const WALK_PAGE = 1000;

const ends = (span: Span): [low: number, high: number] => [
  Math.min(span.beforeMs, span.afterMs),
  Math.max(span.beforeMs, span.afterMs),
];

// Of the moments low ?2 and high ?3 of set ?1: versions that began between them and cover high, or ended between them and
// cover low. The two are disjoint, and what lies wholly between them is none of either.
const BEGAN =
  "v.set_id = ?1 AND v.from_ms > ?2 AND v.from_ms <= ?3 AND (v.to_ms IS NULL OR v.to_ms > ?3)";
const ENDED = "v.set_id = ?1 AND v.to_ms > ?2 AND v.to_ms <= ?3 AND v.from_ms <= ?2";

const COUNT = `
  SELECT count(*) AS n FROM (
    SELECT 1 FROM versions v INDEXED BY versions_by_start WHERE ${BEGAN}
    UNION ALL SELECT 1 FROM versions v INDEXED BY versions_by_end WHERE ${ENDED}
    LIMIT ?4)`;

const BY_ENDS = `
  SELECT ${VERSION_COLUMNS}, f.path FROM (
    SELECT v.version_id AS id FROM versions v INDEXED BY versions_by_start WHERE ${BEGAN}
    UNION ALL SELECT v.version_id FROM versions v INDEXED BY versions_by_end WHERE ${ENDED}) e
  CROSS JOIN versions v ON v.version_id = e.id
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  ORDER BY f.path, v.name, v.from_ms`;

const COVERS_ONE = `(${covers("?2")}) <> (${covers("?3")})`;

const WALK_FOLDER = `
  SELECT ${VERSION_COLUMNS}, f.path FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?4 AND v.name > ?5 AND ${COVERS_ONE}
  ORDER BY v.name, v.from_ms LIMIT ?6`;

const walkFrom = (comparison: string): string => `
  SELECT ${VERSION_COLUMNS}, f.path FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path ${comparison} ?4 AND ${COVERS_ONE}
  ORDER BY f.path, v.name, v.from_ms LIMIT ?5`;
const WALK_LATER = walkFrom(">");
const WALK_ALL = walkFrom(">=");

const isSameKey = (a: PathedValues, b: PathedValues): boolean =>
  a[1] === b[1] && Buffer.compare(a[2], b[2]) === 0;

/** Makes one difference of a key's one or two versions; none where a file changed and changed back. */
function* paired(rows: readonly PathedValues[], span: Span): Generator<Difference> {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const folder = pathText(row[12]);
    const key = { folder, name: pathText(row[2]) };
    const next = rows[i + 1];
    const isPair = next !== undefined && isSameKey(row, next);
    if (isPair) i++;
    const first = entryOf(row as unknown as VersionValues, folder);
    const second = isPair ? entryOf(next as unknown as VersionValues, folder) : null;
    if (second !== null && isSameEntry(first, second)) continue;
    // By `from_ms`, a pair's first covers the earlier moment; a single one covers whichever it does.
    const [early, late] =
      second !== null || row[3] <= Math.min(span.beforeMs, span.afterMs)
        ? [first, second]
        : [null, first];
    yield span.beforeMs <= span.afterMs
      ? { key, before: early, after: late }
      : { key, before: late, after: early };
  }
}
