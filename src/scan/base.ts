// What the set's last snapshot said, read alongside the walk in the one order.
import type { Entry } from "#core/entry.ts";
import { keyOfPath, type EntryKey } from "#core/order.ts";

/** An entry as it was, with what this disk said of the file when it was last read. */
export interface BaseEntry {
  readonly entry: Entry;
  readonly stamp: Stamp | null;
}

export interface Stamp {
  readonly ctimeUs: number;
  readonly device: number;
  readonly readAtMs: number;
}

export interface KeyedBase extends BaseEntry {
  readonly key: EntryKey;
}

export class BaseCursor {
  readonly #pages: AsyncIterator<readonly BaseEntry[]>;
  #page: readonly BaseEntry[] = [];
  #index = 0;
  #next: KeyedBase | undefined;
  #isAtEnd = false;

  constructor(pages: AsyncIterable<readonly BaseEntry[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Whether `peek` can answer. To be asked before awaiting: an await for each of a million files takes longer than reading them. */
  get isReady(): boolean {
    return this.#isAtEnd || this.#next !== undefined || this.#index < this.#page.length;
  }

  async load(): Promise<void> {
    while (!this.isReady) {
      const result = await this.#pages.next();
      if (result.done === true) this.#isAtEnd = true;
      else [this.#page, this.#index] = [result.value, 0];
    }
  }

  /** The next entry, left where it is; undefined at the end. */
  peek(): KeyedBase | undefined {
    if (this.#next === undefined && this.#index < this.#page.length) {
      const base = this.#page[this.#index++]!;
      const { path, type } = base.entry;
      this.#next = { ...base, key: keyOfPath(path, type === "dir") };
    }
    return this.#next;
  }

  take(): void {
    this.#next = undefined;
  }

  /** Stops early, so that the store keeps nothing open. */
  async close(): Promise<void> {
    await this.#pages.return?.();
  }
}
