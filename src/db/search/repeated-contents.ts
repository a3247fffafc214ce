// Which contents stand in more than one version of some sets: one pass along the index over checksums, which gives them in order.
// A large comparison asks here before it looks anything up; most contents stand alone, and nothing can have moved.
import { view } from "#db/atomic.ts";
import {
  Numbers,
  PREFIX_BYTES,
  repeatedOf,
  type RepeatedContents,
} from "#db/comparison/content-numbers.ts";
import type { Scope } from "#db/scope.ts";

/** Undefined where other sets make up most of the index: then single questions are cheaper. */
export async function repeatedContents(
  scope: Scope,
  setIds: readonly [number, number],
  fileCount: number,
): Promise<RepeatedContents | undefined> {
  const { n } = await view(scope, (database) => database.query<{ n: number }, []>(SIZE).get()!);
  if (n > fileCount * MOST_OTHERS) return undefined;
  const found = Numbers.any();
  for (let last: Uint8Array | null = new Uint8Array(); last !== null;) {
    const start: Uint8Array = last;
    const { prefixes, end } = await view(scope, (database) =>
      database.query<PrefixPage, [Uint8Array, number, number]>(PREFIXES).get(start, ...setIds)!,
    );
    if (prefixes !== null) found.addPrefixes(prefixes);
    // The last one's others may stand on the next page, which begins behind it.
    if (prefixes !== null && end !== null) found.addPrefixes(prefixes.slice(-PREFIX_BYTES));
    last = end;
    await Bun.sleep(0);
  }
  return repeatedOf(found.all());
}

/** The statements, for the test that pins their plans. */
export const REPEATED_SQL = () => ({ SIZE, PREFIXES });

// --- internal ---

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
