// A fixed number of hash threads, kept for the process' life. Batches wait here in order; a thread that dies is replaced and its
// files are tried once more, each alone, so that one file that kills its reader costs only itself. Answers come with the event loop,
// or are taken by a caller that holds it up.
import { receiveMessageOnPort } from "node:worker_threads";
import { BsvError } from "#core/errors.ts";
import { DIGEST_BYTES, SEEN_NUMBERS, type HashAnswer, type HashBatch } from "./hash-batch.ts";
import type { HashStart, HashTask } from "./hash-thread.ts";

/** Set by the build: in the compiled binary the worker is a file of its own, beside the binary's root. */
declare const BSV_HASH_WORKER: string | undefined;

/** So many batches may wait, 13 MB of them: a walk of some 100,000 small files is over while they are still being read. */
const MOST_WAITING = 512;
/** So many deaths without one answer between them are a bug of ours, not of a file. */
const MAX_DEATHS = 16;

let shared: HashPool | undefined;

/** The pool of this process. Threads are never stopped, so one pool serves every scan. */
export function hashPool(threads: number): HashPool {
  if (shared?.threadCount !== threads) shared = new HashPool(threads);
  return shared;
}

/** Told what became of a batch: called at once, not in a later turn. */
export interface HashClient {
  hashed(answer: HashAnswer): void;
  failed(error: unknown): void;
}

interface Job {
  readonly batch: HashBatch;
  /** A second attempt, of one file alone. */
  readonly isRetry: boolean;
  readonly client: HashClient;
}

interface Thread {
  worker: Worker;
  port: MessagePort;
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
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));

  constructor(threads: number, workerUrl: string | URL = defaultWorkerUrl()) {
    this.#url = workerUrl;
    this.#threads = Array.from({ length: threads }, () => this.#thread());
  }

  get threadCount(): number {
    return this.#threads.length;
  }

  hash(batch: HashBatch, client: HashClient): void {
    this.#enqueue({ batch, isRetry: false, client });
  }

  /** Takes the answers that are there, without the event loop; if there are none, waits for one, so long at most. */
  takeAnswers(waitMs: number): void {
    const before = Atomics.load(this.#answered, 0);
    if (this.#takeAll()) return;
    Atomics.wait(this.#answered, 0, before, waitMs);
    this.#takeAll();
  }

  /** Resolves when another batch may come. */
  async room(): Promise<void> {
    while (this.#queue.length >= MOST_WAITING) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Rejects everything that waits or is being read; threads stop at their next piece. */
  cancel(reason: unknown): void {
    Atomics.add(this.#generations, 0, 1);
    const jobs = this.#queue;
    this.#queue = [];
    for (const thread of this.#threads) {
      if (thread.job === undefined) continue;
      jobs.push(thread.job);
      thread.job = { ...thread.job, client: NOBODY }; // its answer still comes
    }
    for (const job of jobs) job.client.failed(reason);
    this.#wake();
  }

  // --- internal ---

  #enqueue(job: Job): void {
    if (this.#broken !== undefined) return job.client.failed(this.#broken);
    this.#queue.push(job);
    this.#feed();
  }

  #thread(): Thread {
    const thread: Thread = { ...this.#start(() => thread), job: undefined };
    return thread;
  }

  #start(thread: () => Thread): Pick<Thread, "worker" | "port"> {
    const worker = new Worker(this.#url);
    const { port1: port, port2 } = new MessageChannel();
    port.onmessage = ({ data }: { data: HashAnswer }) => this.#take(thread(), data);
    const start: HashStart = { port: port2, answered: this.#answered };
    worker.postMessage(start, [port2]);
    worker.unref(); // idle threads keep no process alive
    let isDead = false;
    const die = (cause: unknown) => {
      if (isDead) return;
      isDead = true;
      port.close();
      this.#bury(thread(), cause);
    };
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      die(event.error ?? event.message);
    });
    worker.addEventListener("close", () => die("it ended"));
    return { worker, port };
  }

  #takeAll(): boolean {
    let isAny = false;
    for (const thread of this.#threads) {
      for (;;) {
        const answer = receiveMessageOnPort(thread.port) as { message: HashAnswer } | undefined;
        if (answer === undefined) break;
        isAny = true;
        this.#take(thread, answer.message);
      }
    }
    return isAny;
  }

  #take(thread: Thread, answer: HashAnswer): void {
    const { job, worker } = thread;
    thread.job = undefined;
    this.#deaths = 0;
    worker.unref();
    this.#feed();
    job?.client.hashed(answer);
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
      thread.port.postMessage(task);
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
      job?.client.failed(this.#broken);
      this.cancel(this.#broken);
      return;
    }
    Object.assign(
      thread,
      this.#start(() => thread),
    );
    if (job !== undefined) this.#again(job, cause);
    this.#feed();
  }

  #again({ batch, isRetry, client }: Job, cause: unknown): void {
    if (isRetry) {
      const error = `EHASH: the reading thread died twice: ${String(cause)}`;
      client.hashed({
        digests: new Uint8Array(DIGEST_BYTES),
        odd: [{ index: 0, error, facts: undefined }],
      });
      return;
    }
    const all = new Gathering(batch.paths.split("\0").length, client);
    for (const [index, single] of singles(batch).entries()) {
      this.#enqueue({ batch: single, isRetry: true, client: all.clientOf(index) });
    }
  }
}

const NOBODY: HashClient = { hashed() {}, failed() {} };

/** The answers to single files, made into that to their batch. */
class Gathering {
  readonly #answers: HashAnswer[];
  readonly #client: HashClient;
  #missing: number;

  constructor(count: number, client: HashClient) {
    this.#answers = Array.from({ length: count });
    this.#missing = count;
    this.#client = client;
  }

  clientOf(index: number): HashClient {
    return {
      hashed: (answer) => {
        this.#answers[index] = answer;
        if (--this.#missing === 0) this.#client.hashed(this.#answer());
      },
      failed: (error) => this.#client.failed(error),
    };
  }

  #answer(): HashAnswer {
    return {
      digests: Buffer.concat(this.#answers.map(({ digests }) => digests)),
      odd: this.#answers.flatMap(({ odd }, index) => odd.map((one) => ({ ...one, index }))),
    };
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
