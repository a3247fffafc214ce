// What hashing said of every file that was read, by its number in the order of the walk. Answers come in any order; a million of
// them take 32 MB.
import { DIGEST_BYTES, type HashAnswer, type Odd } from "#disk/hash-batch.ts";

const PER_PAGE = 1 << 16;

export class Digests {
  readonly #pages: Buffer[] = [];
  readonly #odd = new Map<number, Odd>();

  /** `numbers` of the files of a batch, in its order. */
  take(numbers: readonly number[], answer: HashAnswer): void {
    for (const [index, number] of numbers.entries()) {
      const digest = answer.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
      this.#page(number).set(digest, (number % PER_PAGE) * DIGEST_BYTES);
    }
    for (const odd of answer.odd) this.#odd.set(numbers[odd.index]!, odd);
  }

  /** What was not as the walk saw it. */
  odd(number: number): Odd | undefined {
    return this.#odd.get(number);
  }

  hex(number: number): string {
    const at = (number % PER_PAGE) * DIGEST_BYTES;
    return this.#page(number).toString("hex", at, at + DIGEST_BYTES);
  }

  #page(number: number): Buffer {
    return (this.#pages[Math.floor(number / PER_PAGE)] ??= Buffer.alloc(PER_PAGE * DIGEST_BYTES));
  }
}
