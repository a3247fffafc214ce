// How many files there are of each size. A folder holds at most so many contents of one size as it has files of it: what was lost from a
// copy is not made up for by other files that came, unless they are as long.

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
    if (!this.#isSorted) this.#sizes.subarray(0, this.#count).sort();
    this.#isSorted = true;
    return this.#firstNotBelow(sizeBytes + 1) - this.#firstNotBelow(sizeBytes);
  }

  // --- internal ---

  #firstNotBelow(sizeBytes: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sizes[middle]! < sizeBytes) low = middle + 1;
      else high = middle;
    }
    return low;
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
