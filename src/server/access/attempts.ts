// Failed sign-ins: who fails often must wait, by the address that asks and by the key or name it asks for. A stranger who guesses
// at somebody's key, or who shares an address with somebody, must not lock them out: an address from which a key, a token or a
// session was right lately is not held to failures with that one. A password may be guessed, unlike a key: there its own failures count all the same.
import { BsvError } from "#core/errors.ts";
import { Recent } from "#server/layers/recent.ts";
import { neighbourhood, Throttle } from "#server/layers/throttle.ts";

/** Addresses from which a key or name was right. */
const MOST_TRUSTED = 10_000;

export class Attempts {
  readonly #failures: Throttle;
  readonly #trusted = new Recent<true>(MOST_TRUSTED);

  constructor(perMinute: number, nowMs?: () => number) {
    const pace = { perSecond: perMinute / 60, burst: perMinute };
    this.#failures = new Throttle("failed sign-ins", pace, nowMs);
  }

  /**
   * Does `signIn`, unless too many before it failed. `name`: the key, token or session it is about, if it says. Throws `rate_limited`; what
   * `signIn` throws as `unauthenticated` counts as a failure.
   */
  async guard<T>(from: string, name: string | undefined, signIn: () => Promise<T>): Promise<T> {
    const address = neighbourhood(from);
    const pair = `${name} ${address}`;
    const isTrusted = name !== undefined && this.#trusted.get(pair) === true;
    if (!isTrusted) {
      this.#failures.check(address);
      if (name !== undefined) this.#failures.check(`name ${name}`);
    }
    try {
      const signedIn = await signIn();
      if (name !== undefined && !isTrusted) this.#trusted.set(pair, true);
      return signedIn;
    } catch (error) {
      if (error instanceof BsvError && error.code === "unauthenticated") {
        this.#failures.note(address);
        if (name !== undefined) this.#failures.note(`name ${name}`);
      }
      throw error;
    }
  }

  /**
   * The same with a password. A try counts from its beginning, and no more once it was right: of many at once, all would else pass
   * before the first has failed. Where it was right lately, only the tries from there count.
   */
  async guardPassword<T>(from: string, name: string, signIn: () => Promise<T>): Promise<T> {
    const address = neighbourhood(from);
    const pair = `${name} ${address}`;
    const counted = this.#trusted.get(pair) === true ? [pair] : [address, `name ${name}`];
    for (const one of counted) this.#failures.check(one);
    for (const one of counted) this.#failures.note(one);
    try {
      const signedIn = await signIn();
      this.#trusted.set(pair, true);
      for (const one of counted) this.#failures.giveBack(one);
      return signedIn;
    } catch (error) {
      if (!(error instanceof BsvError && error.code === "unauthenticated")) {
        for (const one of counted) this.#failures.giveBack(one);
      }
      throw error;
    }
  }
}
