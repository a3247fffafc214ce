// Bytes that come in pieces, taken in the sizes a format asks for. What is at hand is given at once, without waiting: most of an
// archive's entries are smaller than a piece.
import { CopyCut } from "./copy.ts";

export type Pieces = AsyncIterator<Uint8Array>;

export class ByteStream {
  /** How many bytes were taken. */
  position = 0;
  readonly #pieces: Pieces;
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isAtEnd = false;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  /** The next bytes, exactly so many: of use until the next call. Undefined at the end; throws `CopyCut` in the middle. */
  take(count: number): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#piece.length - this.#at >= count) return this.#cut(count);
    return this.#gather(count);
  }

  /** Gives the next bytes piece by piece. Throws `CopyCut` if there are not so many. */
  give(count: number, to: (piece: Uint8Array) => void): void | Promise<void> {
    if (this.#piece.length - this.#at < count) return this.#giveSlowly(count, to);
    if (count > 0) to(this.#cut(count));
  }

  /** Reads on to the end, so that whoever writes is not cut off. */
  async drain(): Promise<void> {
    this.#at = this.#piece.length;
    while (await this.#next()) this.#at = this.#piece.length;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  // --- internal ---

  #cut(count: number): Uint8Array {
    const start = this.#at;
    this.#at += count;
    this.position += count;
    return this.#piece.subarray(start, this.#at);
  }

  async #gather(count: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const some = Math.min(count - filled, this.#piece.length - this.#at);
      whole.set(this.#cut(some), filled);
      filled += some;
      if (filled < count && !(await this.#next())) {
        if (filled === 0) return undefined;
        throw endsEarly(this.position);
      }
    }
    return whole;
  }

  async #giveSlowly(count: number, to: (piece: Uint8Array) => void): Promise<void> {
    for (let left = count; left > 0;) {
      const some = Math.min(left, this.#piece.length - this.#at);
      if (some > 0) to(this.#cut(some));
      left -= some;
      if (left > 0 && !(await this.#next())) throw endsEarly(this.position);
    }
  }

  async #next(): Promise<boolean> {
    while (!this.#isAtEnd) {
      const { done, value } = await this.#pieces.next();
      if (done === true) this.#isAtEnd = true;
      else if (value.length > 0) {
        [this.#piece, this.#at] = [value, 0];
        return true;
      }
    }
    return false;
  }
}

// --- internal ---

const endsEarly = (position: number): CopyCut =>
  new CopyCut("unverifiable", `CUT: it ends in the middle of an entry, after ${position} bytes`);
