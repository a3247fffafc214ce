// Which contents stand in more than one version of some sets: one pass along the index over checksums, which gives them in order.
// A large comparison asks here before it looks anything up; most contents stand alone, and nothing can have moved. A content is
// known by the first six bytes of its checksum: exact in a double, and seldom the same for two.
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";

/** Contents that may stand more than once. */
export interface RepeatedContents {
  /** May say yes for one that stands alone, never no for one that does not. */
  mayRepeat(checksum: string): boolean;
}

/** Undefined where other sets make up most of the index: then single questions are cheaper. */
export async function repeatedContents(
  scope: Scope,
  setIds: readonly [number, number],
  fileCount: number,
): Promise<RepeatedContents | undefined> {
  const { n } = await view(scope, (database) => database.query<{ n: number }, []>(SIZE).get()!);
  if (n > fileCount * MOST_OTHERS) return undefined;
  const repeated: number[] = [];
  let previous = -1;
  for (let start: Uint8Array | null = new Uint8Array(); start !== null;) {
    const from: Uint8Array = start;
    const { prefixes, end } = await view(scope, (database) =>
      database.query<PrefixPage, [Uint8Array, number, number]>(PREFIXES).get(from, ...setIds)!,
    );
    for (const number of numbersOf(prefixes)) {
      if (number === previous && repeated.at(-1) !== number) repeated.push(number);
      previous = number;
    }
    // The last one's others may stand on the next page, which begins behind it.
    if (end !== null && repeated.at(-1) !== previous) repeated.push(previous);
    start = end;
    await Bun.sleep(0);
  }
  const ascending = Float64Array.from(repeated);
  return {
    mayRepeat: (checksum) =>
      checksum.length < PREFIX_BYTES * 2 ||
      checksum.length % 2 === 1 ||
      has(ascending, Number.parseInt(checksum.slice(0, NUMBER_HEX), 16)),
  };
}

/** The statements, for the test that pins their plans. */
export const REPEATED_SQL = () => ({ SIZE, PREFIXES });

// --- internal ---

/** What the index over checksums has of each. */
const PREFIX_BYTES = 8;
const NUMBER_HEX = 12;
const STEP = 20_000;
/** Index entries for each file of the two snapshots, up to which the pass is worth it. */
const MOST_OTHERS = 8;

/** The prefixes side by side; where to go on, null at the end. */
interface PrefixPage {
  prefixes: Uint8Array | null;
  end: Uint8Array | null;
}

const SIZE = "SELECT coalesce(max(version_id), 0) AS n FROM versions";
// Blobs only: what foreign writers gave as half bytes is text, and sorts before. The limit keeps the subquery apart, or SQLite
// would fetch each row to compute what stands in the index. One value for a page costs a tenth of as many rows.
const PREFIXES = `
  SELECT CAST(group_concat(p, '') FILTER (WHERE length(p) = ${PREFIX_BYTES}) AS BLOB) AS prefixes,
    CASE count(*) WHEN ${STEP} THEN max(p) END AS end
  FROM (
    SELECT substr(checksum, 1, 8) AS p FROM versions INDEXED BY versions_by_checksum
    WHERE substr(checksum, 1, 8) > ?1 AND checksum IS NOT NULL AND set_id IN (?2, ?3)
    LIMIT ${STEP})`;

function* numbersOf(prefixes: Uint8Array | null): Generator<number> {
  if (prefixes === null) return;
  const bytes = new DataView(prefixes.buffer, prefixes.byteOffset, prefixes.byteLength);
  for (let at = 0; at < prefixes.byteLength; at += PREFIX_BYTES) {
    yield bytes.getUint32(at) * 0x10000 + bytes.getUint16(at + 4);
  }
}

function has(ascending: Float64Array, number: number): boolean {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === number;
}
