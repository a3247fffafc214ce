// How often something may happen for each of many names: a bucket for each that refills at a steady rate. The table is bounded:
// when it is full, names that were quiet longest are forgotten, which costs them nothing, for their buckets have refilled most.
import { isIP } from "node:net";
import { BsvError } from "#core/errors.ts";
import { Recent } from "./recent.ts";

export interface Pace {
  /** In the long run; Infinity: no limit. */
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

/** Some 10 MB of names, at worst. */
const MOST_NAMES = 65_536;

export class Throttle {
  readonly #pace: Pace;
  readonly #what: string;
  readonly #buckets = new Recent<{ left: number; atMs: number }>(MOST_NAMES);
  readonly #nowMs: () => number;

  /** `what`: as in "Too many requests". */
  constructor(what: string, pace: Pace, nowMs: () => number = () => performance.now()) {
    this.#what = what;
    this.#pace = pace;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** One more for this name. Throws `rate_limited` if it has none left. */
  take(name: string): void {
    if (this.#pace.perSecond === Infinity) return;
    this.check(name);
    this.note(name);
  }

  /** Throws what `take` would throw, and takes nothing. */
  check(name: string): void {
    const left = this.#left(name);
    if (left >= 1) return;
    const retryAfterS = Math.max(1, Math.ceil((1 - left) / this.#pace.perSecond));
    throw new BsvError("rate_limited", `Too many ${this.#what}`, {
      hint: `Come again in ${retryAfterS} s`,
      details: { retry_after_s: retryAfterS },
    });
  }

  /** It happened, whether or not it might. */
  note(name: string): void {
    if (this.#pace.perSecond === Infinity) return;
    const left = Math.max(0, this.#left(name) - 1);
    this.#buckets.set(name, { left, atMs: this.#nowMs() });
  }

  /** One that was noted shall not count. */
  giveBack(name: string): void {
    if (this.#pace.perSecond === Infinity) return;
    const left = Math.min(this.#pace.burst, this.#left(name) + 1);
    this.#buckets.set(name, { left, atMs: this.#nowMs() });
  }

  // --- internal ---

  #left(name: string): number {
    const { perSecond, burst } = this.#pace;
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.left + ((this.#nowMs() - bucket.atMs) / 1000) * perSecond);
  }
}

/** Who an address stands for: one itself, but of IPv6 a whole /64, which is what one customer is given. */
export function neighbourhood(address: string): string {
  if (!address.includes(":") || isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array.from({ length: zeros }, () => "0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
