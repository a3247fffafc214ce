// A set of moments as disjoint half-open intervals, gathered from many that overlap.

export interface Interval {
  fromMs: number;
  toMs: number;
}

export class Intervals {
  /** By start the furthest end: versions begin and end at snapshots, so this stays as small as their number. */
  readonly #ends = new Map<number, number>();

  add(fromMs: number, toMs: number): void {
    if (toMs > (this.#ends.get(fromMs) ?? -1)) this.#ends.set(fromMs, toMs);
  }

  /** What was added, in order, joined where it touches. */
  joined(): Interval[] {
    const joined: Interval[] = [];
    for (const [fromMs, toMs] of [...this.#ends].sort(([a], [b]) => a - b)) {
      const last = joined.at(-1);
      if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
      else joined.push({ fromMs, toMs });
    }
    return joined;
  }
}
