// The router: hono's, which takes a path apart at every question, and before it the answers to the paths that were asked for lately.
// (Its quicker one, a single regular expression, can't have a name and a parameter in one place, as `latest` and `{snapshot_id}` are.)
import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";
import { Recent } from "./layers/recent.ts";

export class KnownPaths<T> implements Router<T> {
  readonly name = "KnownPaths";
  readonly #router = new TrieRouter<T>();
  readonly #known = new Recent<Result<T>>(MOST_PATHS);

  add(method: string, path: string, handler: T): void {
    this.#router.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    const question = `${method} ${path}`;
    const known = this.#known.get(question);
    if (known !== undefined) return known;
    const found = this.#router.match(method, path);
    if (path.length <= LONGEST_PATH) this.#known.set(question, found);
    return found;
  }
}

// --- internal ---

/** Some 2 MB, at worst. */
const MOST_PATHS = 2000;
const LONGEST_PATH = 256;
