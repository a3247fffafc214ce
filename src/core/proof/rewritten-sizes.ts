// What a cipher does to sizes: a header makes all files grow alike, whole blocks make all sizes multiples of 16.

export class RewrittenSizes {
  readonly #growths = new Map<number, number>();
  readonly #remainders = {
    before: Array.from({ length: 16 }, () => 0),
    after: Array.from({ length: 16 }, () => 0),
  };

  add(before: number, after: number): void {
    const growth = after - before;
    if (growth !== 0 && (this.#growths.has(growth) || this.#growths.size < MOST_GROWTHS)) {
      this.#growths.set(growth, (this.#growths.get(growth) ?? 0) + 1);
    }
    this.#remainders.before[before % 16]!++;
    this.#remainders.after[after % 16]!++;
  }

  /** Pages of a database have round sizes before, too: only what became so is told. */
  uniform(): number {
    const { before, after } = this.#remainders;
    const grownAlike = Math.max(0, ...this.#growths.values());
    return Math.max(grownAlike, Math.max(...after) - Math.max(...before));
  }
}

// --- internal ---

/** So many different growths are told apart; a cipher has one, or few. */
const MOST_GROWTHS = 20_000;
