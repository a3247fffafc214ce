// A set of moments as disjoint half-open intervals, gathered from many that overlap.

export interface Interval {
  fromMs: number;
  /** Infinity while it lasts. */
  toMs: number;
}

export class Intervals {
  /** By start the furthest end: versions begin and end at snapshots, so this stays as small as their number. */
  readonly #ends = new Map<number, number>();

  add(fromMs: number, toMs: number | null): void {
    const end = toMs ?? Infinity;
    if (end > (this.#ends.get(fromMs) ?? -Infinity)) this.#ends.set(fromMs, end);
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
