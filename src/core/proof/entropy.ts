// How mixed a lot of words is: Shannon, A Mathematical Theory of Communication (1948), section 6.

export class Entropy {
  readonly #counts = new Map<string, number>();
  #others = 0;
  #total = 0;

  add(word: string): void {
    this.#total++;
    const known = this.#counts.get(word);
    if (known === undefined && this.#counts.size >= MOST_WORDS) this.#others++;
    else this.#counts.set(word, (known ?? 0) + 1);
  }

  /** In bits: 0 for one kind only, log2(n) for n equally frequent ones. */
  bits(): number {
    let bits = (this.#others / Math.max(1, this.#total)) * Math.log2(Math.max(1, this.#total));
    for (const count of this.#counts.values()) {
      const share = count / this.#total;
      bits -= share * Math.log2(share);
    }
    return Math.round(bits * 1000) / 1000;
  }
}

// --- internal ---

/** So many different words are told apart; more are all taken for one of a kind. */
const MOST_WORDS = 20_000;
