// What hashing said of every file that was read, by its number in the order of the walk. Answers come in any order; a million of
// them take 32 MB.
import { DIGEST_BYTES, type HashAnswer, type Odd } from "#disk/hash-batch.ts";

const PER_PAGE = 1 << 16;

export class Digests {
  readonly #pages: Buffer[] = [];
  readonly #odd = new Map<number, Odd>();

  /** Of a batch whose files have the numbers from `first` on. */
  take(first: number, { digests, odd }: HashAnswer): void {
    for (let at = 0; at < digests.length;) {
      const number = first + at / DIGEST_BYTES;
      const place = (number % PER_PAGE) * DIGEST_BYTES;
      const piece = digests.subarray(at, at + PER_PAGE * DIGEST_BYTES - place);
      this.#page(number).set(piece, place);
      at += piece.length;
    }
    for (const one of odd) this.#odd.set(first + one.index, one);
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
