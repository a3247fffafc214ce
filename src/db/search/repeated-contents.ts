// Which contents stand in more than one version of some sets: a large comparison asks here before it looks anything up; most contents
// stand alone, and nothing can have moved. A content is known by the first six bytes of its checksum: exact in a double, and seldom
// the same for two.
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";
import { PREFIX_BYTES, repeatedPrefixes } from "./repeated-prefixes.ts";

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
  for await (const prefixes of repeatedPrefixes(scope, { setIds })) {
    for (const prefix of prefixes) {
      // What is shorter is always asked about.
      if (prefix.length < PREFIX_BYTES || typeof prefix === "string") continue;
      const number = numberOf(prefix);
      if (repeated.at(-1) !== number) repeated.push(number);
    }
    await Bun.sleep(0); // lets others in
  }
  const numbers = new Numbers(repeated);
  return {
    mayRepeat: (checksum) =>
      checksum.length < PREFIX_BYTES * 2 ||
      checksum.length % 2 === 1 ||
      numbers.has(Number.parseInt(checksum.slice(0, NUMBER_HEX), 16)),
  };
}

/** The statement, for the test that pins its plan. */
export const REPEATED_SQL = () => ({ SIZE });

// --- internal ---

const NUMBER_HEX = 12;
/** Index entries for each file of the two snapshots, up to which the pass is worth it. */
const MOST_OTHERS = 8;

const SIZE = "SELECT coalesce(max(version_id), 0) AS n FROM versions";

function numberOf(prefix: Uint8Array): number {
  const bytes = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  return bytes.getUint32(0) * 0x10000 + bytes.getUint16(4);
}

/** Numbers in order, with where those of each first two bytes begin: of hashes, so few are looked through. */
class Numbers {
  readonly #ascending: Float64Array;
  readonly #starts = new Uint32Array(FIRST_TWO + 1);

  constructor(ascending: readonly number[]) {
    this.#ascending = Float64Array.from(ascending);
    for (const number of ascending) this.#starts[Math.floor(number / REST) + 1]!++;
    for (let nr = 0; nr < FIRST_TWO; nr++) this.#starts[nr + 1]! += this.#starts[nr]!;
  }

  has(number: number): boolean {
    const first = Math.floor(number / REST);
    let [low, high] = [this.#starts[first]!, this.#starts[first + 1]!];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ascending[middle]! < number) low = middle + 1;
      else high = middle;
    }
    return this.#ascending[low] === number;
  }
}

const FIRST_TWO = 0x10000;
const REST = 0x1_0000_0000;
