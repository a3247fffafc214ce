// Which contents may stand in more than one version, told by the first 8 bytes of their checksums: the index over them, in its own
// order, page by page. No row is read, and what stands there once is passed by.
import type { Database } from "bun:sqlite";
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";

/** What the index over checksums has of each. */
export const PREFIX_BYTES = 8;

/** So much of a checksum; text where a foreign writer's hex had half a byte. */
export type Prefix = Uint8Array | string;

/** Two sets, or one twice. */
type SetIds = readonly [number, number];

/**
 * Prefixes that more than one version may have, and that of the empty content; of all versions, or of those of some sets. Pages may
 * be empty.
 */
export async function* repeatedPrefixes(
  scope: Scope,
  { setIds, step = STEP }: { setIds?: SetIds; step?: number } = {},
): AsyncGenerator<Prefix[]> {
  // SQLite sorts all text before all bytes.
  for (const [first, end] of [
    ["", new Uint8Array()],
    [new Uint8Array(), new Uint8Array(PREFIX_BYTES + 1).fill(255)],
  ] as const) {
    for (let start: Prefix | undefined = first; start !== undefined;) {
      const from: Prefix = start;
      const page: Page = await view(scope, (database) =>
        pageBehind(database, [from, step, end, ...(setIds ?? [])]),
      );
      yield page.repeated;
      start = page.last;
    }
  }
}

/** The statements, for the test that pins their plans. */
export const REPEATED_PREFIXES_SQL = () => ({ JOINED, SINGLE, JOINED_OF_SETS, SINGLE_OF_SETS });

// --- internal ---

interface Page {
  readonly repeated: Prefix[];
  /** Undefined at the end. */
  readonly last: Prefix | undefined;
}

interface Joined {
  readonly count: number;
  readonly prefixes: Uint8Array | null;
}

/** So many take some 3 ms. */
const STEP = 20_000;

/** What the SHA-256 of nothing begins with: the one content that is looked at even when it stands there once. */
const EMPTY = Uint8Array.fromHex("e3b0c44298fc1c14");
const EMPTY_WORDS = new Uint32Array(EMPTY.slice().buffer);

// The limit keeps the subquery apart, or SQLite would fetch each row to compute what stands in the index.
const page = (more: string) => `
  SELECT substr(checksum, 1, 8) AS p FROM versions INDEXED BY versions_by_checksum
  WHERE substr(checksum, 1, 8) > ?1 AND checksum IS NOT NULL${more} LIMIT ?2`;
const joinedPage = (more: string) =>
  `SELECT count(*) AS count, CAST(group_concat(p, '') AS BLOB) AS prefixes FROM (${page(more)})`;
const UP_TO = " AND substr(checksum, 1, 8) < ?3";
const OF_SETS = " AND set_id IN (?4, ?5)";

// Of bytes, which come last. One value for a page costs a tenth of as many rows.
const JOINED = joinedPage("");
const JOINED_OF_SETS = joinedPage(OF_SETS);

/** Of text, or where not all have 8 bytes. */
const SINGLE = page(UP_TO);
const SINGLE_OF_SETS = page(UP_TO + OF_SETS);

type Parameters = [start: Prefix, step: number, end: Uint8Array, ...setIds: number[]];

function pageBehind(database: Database, parameters: Parameters): Page {
  const [start, step] = parameters;
  const isOfSets = parameters.length > 3;
  if (typeof start !== "string") {
    const find = database.query<Joined, (Prefix | number)[]>(isOfSets ? JOINED_OF_SETS : JOINED);
    const { count, prefixes } = find.get(...parameters.slice(0, find.paramsCount))!;
    if (prefixes === null) return { repeated: [], last: undefined };
    if (prefixes.length === count * PREFIX_BYTES) return joined(prefixes, count === step);
  }
  const find = database.query(isOfSets ? SINGLE_OF_SETS : SINGLE);
  const prefixes = (find.values(...parameters) as [Prefix][]).map(([prefix]) => prefix);
  return single(prefixes, prefixes.length === step);
}

/** A loop as plain as can be: a process that asks once runs it before it is compiled. */
function joined(prefixes: Uint8Array, isFull: boolean): Page {
  const words = new Uint32Array(prefixes.slice().buffer);
  const repeated: Prefix[] = [];
  const push = (nr: number) => repeated.push(prefixes.slice(nr * 4, nr * 4 + PREFIX_BYTES));
  const last = words.length - 2;
  const [emptyStart, emptyRest] = EMPTY_WORDS;
  let isRun = false;
  for (let nr = 0; nr < last; nr += 2) {
    if (words[nr] !== words[nr + 2] || words[nr + 1] !== words[nr + 3]) {
      if (words[nr] === emptyStart && words[nr + 1] === emptyRest && !isRun) push(nr);
      isRun = false;
    } else if (!isRun) {
      isRun = true;
      push(nr);
    }
  }
  // The last one's others may stand on the next page, which begins behind it.
  if (!isRun && (isFull || isEqual(prefixes.subarray(-PREFIX_BYTES), EMPTY))) push(last);
  return { repeated, last: isFull ? prefixes.slice(-PREFIX_BYTES) : undefined };
}

function single(prefixes: readonly Prefix[], isFull: boolean): Page {
  const repeated: Prefix[] = [];
  let isRun = false;
  for (const [nr, prefix] of prefixes.entries()) {
    const next = prefixes[nr + 1];
    const isNextSame = next === undefined ? isFull : isEqual(prefix, next);
    if (!isRun && (isNextSame || isEqual(prefix, EMPTY))) repeated.push(prefix);
    isRun = isNextSame;
  }
  return { repeated, last: isFull ? prefixes.at(-1) : undefined };
}

function isEqual(a: Prefix, b: Prefix): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return Buffer.compare(a, b) === 0;
}
