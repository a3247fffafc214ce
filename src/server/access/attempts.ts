// Failed sign-ins: who fails often must wait, by the address that asks and by the key or name it asks for. A stranger who guesses
// at somebody's key, or who shares an address with somebody, must not lock them out: an address from which a key was right lately
// is not held to failures with that key.
import { readApiKey } from "#core/access/access.ts";
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
   * Does `signIn`, unless too many before it failed. `name`: the key or user it is about, if it says. Throws `rate_limited`; what
   * `signIn` throws as `unauthenticated` counts as a failure.
   */
  async guard<T>(from: string, name: string | undefined, signIn: () => Promise<T>): Promise<T> {
    const address = neighbourhood(from);
    const pair = `${name} ${address}`;
    if (name === undefined || this.#trusted.get(pair) !== true) {
      this.#failures.check(address);
      if (name !== undefined) this.#failures.check(`name ${name}`);
    }
    try {
      const signedIn = await signIn();
      if (name !== undefined) this.#trusted.set(pair, true);
      return signedIn;
    } catch (error) {
      if (error instanceof BsvError && error.code === "unauthenticated") {
        this.#failures.note(address);
        if (name !== undefined) this.#failures.note(`name ${name}`);
      }
      throw error;
    }
  }
}

/** The id of the key that a request says it has, right or wrong. */
export function claimedKey({ headers }: Request): string | undefined {
  const said = headers.get("x-api-key") ?? headers.get("authorization") ?? "";
  return readApiKey(said.replace(/^bearer +/i, "").trim())?.keyId;
}
