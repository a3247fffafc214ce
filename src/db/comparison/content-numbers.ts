// Contents as numbers: the first six bytes of a checksum, exact in a double and seldom the same for two contents. Millions are held
// in eight bytes each, where only what is held more than once is of interest.

/** Contents that may stand more than once. */
export interface RepeatedContents {
  /** May say yes for one that stands alone, never no for one that does not. */
  mayRepeat(checksum: string): boolean;
}

/** How much of a checksum is read for its number: what the index over checksums has of it. */
export const PREFIX_BYTES = 8;

/** Of the prefix that begins there. */
export const contentNumber = (bytes: DataView, at: number): number =>
  bytes.getUint32(at) * 0x10000 + bytes.getUint16(at + 4);

/** A list of numbers that grows: of whole ones below 2^32, or of any. */
export class Numbers<List extends Uint32Array | Float64Array> {
  readonly #make: (size: number) => List;
  #numbers: List;
  #count = 0;

  static small(): Numbers<Uint32Array> {
    return new Numbers((size) => new Uint32Array(size));
  }

  static any(): Numbers<Float64Array> {
    return new Numbers((size) => new Float64Array(size));
  }

  private constructor(make: (size: number) => List) {
    this.#make = make;
    this.#numbers = make(1 << 14);
  }

  get count(): number {
    return this.#count;
  }

  addAll(numbers: readonly number[]): void {
    this.#makeRoom(numbers.length);
    this.#numbers.set(numbers, this.#count);
    this.#count += numbers.length;
  }

  /** Those of some prefixes, side by side. */
  addPrefixes(prefixes: Uint8Array): void {
    const bytes = new DataView(prefixes.buffer, prefixes.byteOffset, prefixes.byteLength);
    this.#makeRoom(prefixes.byteLength / PREFIX_BYTES);
    for (let at = 0; at < prefixes.byteLength; at += PREFIX_BYTES) {
      this.#numbers[this.#count++] = contentNumber(bytes, at);
    }
  }

  /** What was added, not copied. */
  all(): List {
    return this.#numbers.subarray(0, this.#count) as List;
  }

  #makeRoom(more: number): void {
    const needed = this.#count + more;
    if (needed <= this.#numbers.length) return;
    const larger = this.#make(Math.max(needed, this.#numbers.length * 2));
    larger.set(this.all());
    this.#numbers = larger;
  }
}

/** Of ascending numbers those that stand there at least twice, as contents. */
export function repeatedOf(ascending: Float64Array): RepeatedContents {
  let count = 0;
  for (let at = 1; at < ascending.length; at++) {
    const number = ascending[at]!;
    if (number !== ascending[at - 1] || (count > 0 && ascending[count - 1] === number)) continue;
    ascending[count++] = number; // never ahead of what is still to be read
  }
  const repeated = ascending.slice(0, count);
  return {
    mayRepeat: (checksum) =>
      checksum.length < PREFIX_BYTES * 2 ||
      checksum.length % 2 === 1 ||
      has(repeated, Number.parseInt(checksum.slice(0, NUMBER_HEX), 16)),
  };
}

// --- internal ---

const NUMBER_HEX = 12;

function has(ascending: Float64Array, number: number): boolean {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === number;
}
