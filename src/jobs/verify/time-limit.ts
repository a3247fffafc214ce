// The end of `--max-time`: asked at every piece, and told to whoever waits, a slow tool or a huge file among them. What it leaves
// unread is so by wish; it is never missing, and never ok.
import { CopyCut } from "#copies/copy.ts";

export class TimeLimit {
  /** What the time cut off, and why. */
  readonly cut = new CopyCut("unread", "MAX_TIME: the time was over");
  readonly #controller = new AbortController();
  readonly #endsAtMs: number;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** From now on; undefined: there is no limit. */
  constructor(maxMs: number | undefined) {
    this.#endsAtMs = performance.now() + (maxMs ?? Infinity);
    if (maxMs === undefined || maxMs > LONGEST_TIMER_MS) return;
    this.#timer = setTimeout(() => this.#end(), maxMs);
  }

  /** Aborted with `cut` when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws `cut`: a loop that never waits lets no timer in. */
  check(): void {
    if (this.#endsAtMs === Infinity) return;
    if (performance.now() >= this.#endsAtMs) this.#end();
    this.signal.throwIfAborted();
  }

  /** Waits no longer than there is time; what was begun is left to itself. */
  async within<T>(work: Promise<T>): Promise<T> {
    let leave: (() => void) | undefined;
    const over = new Promise<never>((_, reject) => {
      leave = () => reject(this.cut);
      if (this.signal.aborted) leave();
      else this.signal.addEventListener("abort", leave);
    });
    work.catch(() => undefined); // thrown below, unless the time was over first: then nobody waits for it
    try {
      return await Promise.race([work, over]);
    } finally {
      this.signal.removeEventListener("abort", leave!);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  // --- internal ---

  #end(): void {
    this.#controller.abort(this.cut);
  }
}

/** What a timer can count to: 24 days. A longer limit is met by `check`. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
