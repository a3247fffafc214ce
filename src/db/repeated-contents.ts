// Which contents stand in more than one version of some sets: one pass along the index over checksums, a number of 8 bytes for each.
// A large comparison asks here before it looks anything up; most contents stand alone, and nothing can have moved.
import { view } from "./atomic.ts";
import type { Scope } from "./scope.ts";

/** May say yes for one that stands alone, never no for one that does not. */
export interface RepeatedContents {
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
  const found = new Numbers();
  let last: Uint8Array = new Uint8Array();
  for (;;) {
    const page = await view(scope, (database) =>
      database.query<null, [Uint8Array, number, number]>(PREFIXES).values(last, ...setIds),
    );
    let previous = -1;
    for (const [prefix] of page as unknown as [Uint8Array][]) {
      const number = numberOf(prefix);
      if (number === previous) found.add(number);
      previous = number;
      last = prefix;
    }
    if (page.length < STEP) break;
    found.add(previous); // its others may stand on the next page, which begins behind it
    await Bun.sleep(0);
  }
  return {
    mayRepeat: (checksum) =>
      checksum.length < PREFIX_HEX ||
      checksum.length % 2 === 1 ||
      found.has(Number.parseInt(checksum.slice(0, NUMBER_HEX), 16)),
  };
}

/** The statements, for the test that pins their plans. */
export const REPEATED_SQL = () => ({ SIZE, PREFIXES });

// --- internal ---

const STEP = 20_000;
const PREFIX_HEX = 16;
const NUMBER_HEX = 12;
/** Index entries for each file of the two snapshots, up to which the pass is worth it. */
const MOST_OTHERS = 8;

const SIZE = "SELECT coalesce(max(version_id), 0) AS n FROM versions";
// Blobs only: what foreign writers gave as half bytes is text, and sorts before. The limit keeps the subquery apart, or SQLite
// would fetch each row to compute what stands in the index.
const PREFIXES = `
  SELECT p FROM (
    SELECT substr(checksum, 1, 8) AS p FROM versions INDEXED BY versions_by_checksum
    WHERE substr(checksum, 1, 8) > ?1 AND checksum IS NOT NULL AND set_id IN (?2, ?3)
    LIMIT ${STEP})`;

/** The first six bytes: exact in a double, and seldom the same for two contents. */
function numberOf(prefix: Uint8Array): number {
  const high = (prefix[0]! << 16) | (prefix[1]! << 8) | prefix[2]!;
  return high * 0x1000000 + ((prefix[3]! << 16) | (prefix[4]! << 8) | prefix[5]!);
}

/** Ascending numbers, 8 bytes each. */
class Numbers {
  #numbers = new Float64Array(1 << 16);
  #count = 0;

  add(number: number): void {
    if (this.#count > 0 && this.#numbers[this.#count - 1] === number) return;
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#count++] = number;
  }

  has(number: number): boolean {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle]! < number) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#numbers[low] === number;
  }
}
