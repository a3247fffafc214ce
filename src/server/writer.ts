// The server's one pen, seen from the HTTP thread: deeds wait in a bounded line and are done one at a time in a thread of
// their own. Should that thread die, its deed has failed, the store is as before, and a new thread takes the next.
import { assert, BsvError } from "#core/errors.ts";
import type { Sight } from "#db/scope.ts";
import {
  arrived,
  type DeedName,
  type Deeds,
  type Opening,
  type Order,
  type Report,
} from "./deeds.ts";
import type { Pen } from "./house.ts";

/** Bodies that wait lie on disk, so the line is short: who comes later is asked to come again. */
const MAX_WAITING = 32;
/** A thread that dies at once, again and again, must not become a busy loop. */
const RESTART_MS = 500;

declare const BSV_WRITER_WORKER: string | undefined;
const WORKER = typeof BSV_WRITER_WORKER === "string" ? BSV_WRITER_WORKER : "./writer-worker.ts";

interface Waiting {
  readonly order: Order;
  readonly done: (outcome: Deeds[DeedName]["outcome"]) => void;
  readonly failed: (error: unknown) => void;
}

export class Writer implements Pen {
  readonly #opening: Opening;
  readonly #worker: string | URL;
  #thread: Worker | undefined;
  #isReady = false;
  #isClosing = false;
  #current: Waiting | undefined;
  readonly #waiting: Waiting[] = [];
  readonly #whenOpened = Promise.withResolvers<void>();
  readonly #whenGone = Promise.withResolvers<void>();

  /** `worker`: another thread's file, for tests of its death. */
  private constructor(opening: Opening, worker: string | URL) {
    this.#opening = opening;
    this.#worker = worker;
    this.#start();
  }

  /** Opens the store in a thread of its own. Throws what opening throws. */
  static async open(
    opening: Opening,
    worker: string | URL = new URL(WORKER, import.meta.url),
  ): Promise<Writer> {
    const writer = new Writer(opening, worker);
    try {
      await writer.#whenOpened.promise;
      return writer;
    } catch (error) {
      writer.#isClosing = true;
      throw error;
    }
  }

  get isReady(): boolean {
    return this.#isReady && this.#waiting.length < MAX_WAITING;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Does one deed, after those that came before it. Throws what it throws; `store_busy` when the line is full. */
  do<N extends DeedName>(
    name: N,
    order: Deeds[N]["order"],
    sight: Sight = { owner: null },
  ): Promise<Deeds[N]["outcome"]> {
    if (this.#isClosing) throw new BsvError("interrupted", "The server is stopping");
    if (this.#waiting.length >= MAX_WAITING) {
      throw new BsvError("store_busy", "Too many snapshots are waiting to be stored");
    }
    return new Promise<Deeds[N]["outcome"]>((done, failed) => {
      const waiting = { order: { name, order, sight } as Order, done, failed } as Waiting;
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /** Closes the store; a deed that is not done by now is undone, as by a crash. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const isBusy = this.#current !== undefined;
    this.#refuseAll(new BsvError("interrupted", "The server is stopping"));
    if (this.#thread === undefined) return;
    if (isBusy) this.#thread.terminate();
    else this.#thread.postMessage("close");
    await this.#whenGone.promise;
  }

  // --- internal ---

  #start(): void {
    const thread = new Worker(this.#worker);
    this.#thread = thread;
    thread.onmessage = ({ data }: MessageEvent<Report>) => this.#told(data);
    let lastWords = "it ended without a word";
    thread.onerror = (event) => {
      lastWords = event.message;
    };
    thread.addEventListener("close", () => this.#died(lastWords));
    thread.postMessage(this.#opening);
  }

  #told(report: Report): void {
    if (report.kind === "ready") {
      this.#isReady = true;
      this.#whenOpened.resolve();
    } else if (this.#current === undefined) {
      assert(report.kind === "failed", "an outcome belongs to a deed");
      this.#refuseAll(arrived(report.error)); // the store could not be opened
      this.#whenOpened.reject(arrived(report.error));
      this.#thread?.terminate();
    } else {
      const { done, failed } = this.#current;
      this.#current = undefined;
      if (report.kind === "done") done(report.outcome);
      else failed(arrived(report.error));
    }
    this.#next();
  }

  #next(): void {
    if (!this.#isReady || this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.#thread?.postMessage(this.#current.order);
  }

  #died(lastWords: string): void {
    this.#thread = undefined;
    this.#isReady = false;
    this.#whenGone.resolve();
    const error = new BsvError("internal", `The writer's thread died: ${lastWords}`);
    this.#whenOpened.reject(error);
    this.#current?.failed(error);
    this.#current = undefined;
    if (!this.#isClosing) setTimeout(() => this.#start(), RESTART_MS).unref();
  }

  #refuseAll(error: BsvError): void {
    for (const { failed } of [this.#current, ...this.#waiting.splice(0)].filter(isThere)) {
      failed(error);
    }
    this.#current = undefined;
  }
}

// --- internal ---

const isThere = (waiting: Waiting | undefined): waiting is Waiting => waiting !== undefined;
