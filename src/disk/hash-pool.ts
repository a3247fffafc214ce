// A fixed number of hash threads, kept for the process' life. Batches wait here in order; a thread that dies is replaced and its
// files are tried once more, each alone, so that one file that kills its reader costs only itself.
import { BsvError } from "#core/errors.ts";
import { DIGEST_BYTES, SEEN_NUMBERS, type HashAnswer, type HashBatch } from "./hash-batch.ts";
import type { HashTask } from "./hash-worker.ts";

/** Set by the build: in the compiled binary the worker is a file of its own, beside the binary's root. */
declare const BSV_HASH_WORKER: string | undefined;

/** So many batches may wait for each thread; more would only fill memory. */
const QUEUE_PER_THREAD = 16;
/** So many deaths without one answer between them are a bug of ours, not of a file. */
const MAX_DEATHS = 16;

let shared: HashPool | undefined;

/** The pool of this process. Threads are never stopped, so one pool serves every scan. */
export function hashPool(threads: number): HashPool {
  if (shared?.threadCount !== threads) shared = new HashPool(threads);
  return shared;
}

interface Job {
  readonly batch: HashBatch;
  /** A second attempt, of one file alone. */
  readonly isRetry: boolean;
  readonly resolve: (answer: HashAnswer) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  worker: Worker;
  job: Job | undefined;
}

export class HashPool {
  readonly #threads: Thread[];
  readonly #url: string | URL;
  #queue: Job[] = [];
  #waiting: (() => void)[] = [];
  #deaths = 0;
  #broken: BsvError | undefined;
  readonly #generations = new Int32Array(new SharedArrayBuffer(4));

  constructor(threads: number, workerUrl: string | URL = defaultWorkerUrl()) {
    this.#url = workerUrl;
    this.#threads = Array.from({ length: threads }, () => this.#thread());
  }

  get threadCount(): number {
    return this.#threads.length;
  }

  hash(batch: HashBatch): Promise<HashAnswer> {
    return this.#enqueue(batch, false);
  }

  /** Resolves when another batch may come. */
  async room(): Promise<void> {
    while (this.#queue.length >= QUEUE_PER_THREAD * this.#threads.length) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Rejects everything that waits or is being read; threads stop at their next piece. */
  cancel(reason: unknown): void {
    Atomics.add(this.#generations, 0, 1);
    const jobs = [...this.#queue, ...this.#threads.flatMap((thread) => thread.job ?? [])];
    this.#queue = [];
    for (const job of jobs) job.reject(reason);
    this.#wake();
  }

  // --- internal ---

  #enqueue(batch: HashBatch, isRetry: boolean): Promise<HashAnswer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, isRetry, resolve, reject });
      this.#feed();
    });
  }

  #thread(): Thread {
    const thread: Thread = { worker: this.#worker(() => thread), job: undefined };
    return thread;
  }

  #worker(thread: () => Thread): Worker {
    const worker = new Worker(this.#url);
    worker.unref(); // idle threads keep no process alive
    let isDead = false;
    const die = (cause: unknown) => {
      if (isDead) return;
      isDead = true;
      this.#bury(thread(), cause);
    };
    worker.addEventListener("message", (event: MessageEvent<HashAnswer>) => {
      const { job } = thread();
      thread().job = undefined;
      this.#deaths = 0;
      worker.unref();
      job?.resolve(event.data);
      this.#feed();
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      die(event.error ?? event.message);
    });
    worker.addEventListener("close", () => die("it ended"));
    return worker;
  }

  #feed(): void {
    for (const thread of this.#threads) {
      if (thread.job !== undefined) continue;
      const job = this.#queue.shift();
      if (job === undefined) break;
      thread.job = job;
      thread.worker.ref();
      const task: HashTask = {
        batch: job.batch,
        generations: this.#generations,
        generation: Atomics.load(this.#generations, 0),
      };
      thread.worker.postMessage(task);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #bury(thread: Thread, cause: unknown): void {
    const { job } = thread;
    thread.job = undefined;
    this.#deaths++;
    if (this.#deaths > MAX_DEATHS) {
      this.#broken = new BsvError("internal", `Hash threads keep dying: ${String(cause)}`, {
        cause,
      });
      job?.reject(this.#broken);
      this.cancel(this.#broken);
      return;
    }
    thread.worker = this.#worker(() => thread);
    if (job !== undefined) void this.#again(job, cause);
    this.#feed();
  }

  async #again(job: Job, cause: unknown): Promise<void> {
    if (job.isRetry) {
      const error = `EHASH: the reading thread died twice: ${String(cause)}`;
      job.resolve({
        digests: new Uint8Array(DIGEST_BYTES),
        odd: [{ index: 0, error, facts: undefined }],
      });
      return;
    }
    try {
      const answers = await Promise.all(
        singles(job.batch).map((batch) => this.#enqueue(batch, true)),
      );
      job.resolve({
        digests: Buffer.concat(answers.map((answer) => answer.digests)),
        odd: answers.flatMap((answer, index) => answer.odd.map((odd) => ({ ...odd, index }))),
      });
    } catch (error) {
      job.reject(error);
    }
  }
}

/** One batch for each file of this one. */
function singles(batch: HashBatch): HashBatch[] {
  return batch.paths.split("\0").map((paths, index) => ({
    ...batch,
    paths,
    seen: batch.seen.slice(index * SEEN_NUMBERS, (index + 1) * SEEN_NUMBERS),
    inodes: batch.inodes.slice(index, index + 1),
  }));
}

function defaultWorkerUrl(): URL {
  const file = typeof BSV_HASH_WORKER === "undefined" ? "./hash-worker.ts" : BSV_HASH_WORKER;
  return new URL(file, import.meta.url);
}
