// How many files there are of each size. A folder holds at most so many contents of one size as it has files of it: what was lost from a
// copy is not made up for by other files that came, unless they are as long.
import { firstFrom } from "#core/sorted.ts";

export class Sizes {
  #sizes = new Float64Array(1024);
  #count = 0;
  #isSorted = true;

  add(sizeBytes: number): void {
    if (this.#count === this.#sizes.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#sizes);
      this.#sizes = wider;
    }
    this.#sizes[this.#count++] = sizeBytes;
    this.#isSorted = false;
  }

  /** How many have this size. */
  count(sizeBytes: number): number {
    const sizes = this.#sizes.subarray(0, this.#count);
    if (!this.#isSorted) sizes.sort();
    this.#isSorted = true;
    return firstFrom(sizes, sizeBytes + 1) - firstFrom(sizes, sizeBytes);
  }
}

/** Whether all contents that are asked for have room among the files of a folder. */
export class Room {
  readonly #there: Sizes;
  readonly #asked: Sizes;
  /** Only of sizes that more files ask for than there are. */
  readonly #contents = new Map<number, Set<string>>();

  /** `asked`: the files whose contents will be asked for. */
  constructor(there: Sizes, asked: Sizes) {
    this.#there = there;
    this.#asked = asked;
  }

  /** Once more for the same content, it takes no more room. */
  has(checksum: string, sizeBytes: number): boolean {
    const room = this.#there.count(sizeBytes);
    if (room >= Math.max(1, this.#asked.count(sizeBytes))) return true;
    const contents = this.#contents.get(sizeBytes) ?? new Set();
    this.#contents.set(sizeBytes, contents.add(checksum));
    return contents.size <= room;
  }
}
