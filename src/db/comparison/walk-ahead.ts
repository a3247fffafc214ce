// The differences of two moments of a set, read in a thread of its own while those before them are told.
import type { EntryKey } from "#core/order.ts";
import type { PackedRows } from "#db/packed-rows.ts";
import { unpacked, type Difference, type Span } from "./difference.ts";

/** To read the next page. */
export interface WalkOrder {
  readonly file: string;
  readonly span: Span;
  readonly pageSize: number;
}

export type WalkPage =
  | { readonly rows: PackedRows; readonly next: EntryKey | undefined }
  | "failed";

export class WalkAhead {
  readonly #order: WalkOrder;
  readonly #worker: Worker;
  readonly #whenClosed = Promise.withResolvers<void>();
  readonly #pages: WalkPage[] = [];
  #trouble: Error | undefined;
  #wake = (): void => {};
  #isOver = false;

  constructor(file: string, span: Span, pageSize: number) {
    this.#order = { file, span, pageSize };
    this.#worker = new Worker(new URL(WORKER, import.meta.url));
    this.#worker.onmessage = ({ data }: MessageEvent<WalkPage>) => {
      this.#pages.push(data);
      this.#wake();
    };
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#trouble ??= new Error(`The thread that reads ahead: ${event.message}`);
      this.#wake();
    });
    this.#worker.addEventListener("close", () => {
      this.#trouble ??= new Error("The thread that reads ahead has ended");
      this.#wake();
      this.#whenClosed.resolve();
    });
    for (let nr = 0; nr < AHEAD; nr++) this.#worker.postMessage(this.#order);
  }

  /** The next page; undefined when it could not be read there, and from then on. */
  async next(): Promise<{ differences: Difference[]; next: EntryKey | undefined } | undefined> {
    if (this.#isOver) return undefined;
    while (this.#pages.length === 0) {
      if (this.#trouble !== undefined) throw this.#trouble;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const page = this.#pages.shift()!;
    this.#isOver = page === "failed" || page.next === undefined;
    if (page === "failed") return undefined;
    this.#worker.postMessage(this.#order);
    return { differences: unpacked(page.rows, this.#order.span), next: page.next };
  }

  /** Resolves when the store is closed there. */
  close(): Promise<void> {
    this.#worker.postMessage("close");
    return this.#whenClosed.promise;
  }
}

// --- internal ---

/** Pages that wait, a megabyte each. */
const AHEAD = 3;

declare const BSV_WALK_WORKER: string | undefined;
const WORKER = typeof BSV_WALK_WORKER === "undefined" ? "./walk-worker.ts" : BSV_WALK_WORKER;
