// How much goes on at once, for each name and for all together. What is over the limit is refused at once: a queue would only hide it.
import { BsvError } from "#core/errors.ts";
import { neighbourhood } from "./throttle.ts";
import type { Layer } from "./visit.ts";

export class AtOnce {
  readonly #what: string;
  readonly #most: number;
  readonly #mostEach: number;
  readonly #each = new Map<string, number>();
  #all = 0;

  /** `what`: as in "Too many requests at once". */
  constructor(what: string, most: { all: number; each: number }) {
    this.#what = what;
    this.#most = most.all;
    this.#mostEach = most.each;
  }

  get all(): number {
    return this.#all;
  }

  /** One more; call what it returns, once, when it is over. Throws `rate_limited` for a name that has too many, else `store_busy`. */
  begin(name: string): () => void {
    const own = this.#each.get(name) ?? 0;
    if (own >= this.#mostEach) {
      throw new BsvError("rate_limited", `Too many ${this.#what} at once: ${own}`);
    }
    if (this.#all >= this.#most) {
      throw new BsvError("store_busy", `Too many ${this.#what} at once: ${this.#all}`);
    }
    this.#each.set(name, own + 1);
    this.#all++;
    return () => {
      this.#all--;
      const left = this.#each.get(name)! - 1;
      if (left === 0) this.#each.delete(name);
      else this.#each.set(name, left);
    };
  }

  async during<T>(name: string, act: () => Promise<T>): Promise<T> {
    const end = this.begin(name);
    try {
      return await act();
    } finally {
      end();
    }
  }
}

/** Requests, from their first byte to the last of their answers. */
export function fewAtOnce(requests: AtOnce): Layer {
  return (visit, next) => {
    visit.atEnd.push(requests.begin(neighbourhood(visit.from)));
    return next();
  };
}
