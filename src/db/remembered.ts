// Answers that are costly to find: the last few are kept, and whoever asks while one is being found waits for that one. What is kept
// must depend on nothing but its key and on what the scope sees: ids of snapshots, which never change, and the state of the store where more matters.
import type { Database } from "bun:sqlite";
import { sightText, type Scope } from "./scope.ts";

export class Remembered<T> {
  readonly #most: number;
  readonly #isSmall: (answer: T) => boolean;
  /** By store, the one asked for last at the end. */
  readonly #known = new WeakMap<Database, Map<string, Promise<T>>>();

  /** At most so many answers, and only small ones: bounds the memory. */
  constructor(most: number, isSmall: (answer: T) => boolean) {
    this.#most = most;
    this.#isSmall = isSmall;
  }

  /** What is known for one who asks is not for another who sees less. */
  async get(scope: Scope, what: string, find: () => Promise<T>): Promise<T> {
    const { database } = scope.store;
    const key = `${sightText(scope)} ${what}`;
    let known = this.#known.get(database);
    if (known === undefined) this.#known.set(database, (known = new Map()));
    const answer = known.get(key) ?? find();
    known.delete(key);
    known.set(key, answer);
    for (const oldest of known.keys()) {
      if (known.size <= this.#most) break;
      known.delete(oldest);
    }
    try {
      const found = await answer;
      if (!this.#isSmall(found)) forget(known, key, answer);
      return found;
    } catch (error) {
      forget(known, key, answer);
      throw error;
    }
  }
}

// --- internal ---

function forget<T>(known: Map<string, Promise<T>>, key: string, answer: Promise<T>): void {
  if (known.get(key) === answer) known.delete(key);
}
