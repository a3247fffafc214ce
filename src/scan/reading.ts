// The files of one scan that are being read: gathered into batches for the hash threads, hard links once, at most so many on the
// way that memory stays flat.
import { SEEN_NUMBERS, type HashBatch } from "#disk/hash-batch.ts";
import type { Trouble } from "#core/run.ts";
import type { Facts } from "#disk/facts.ts";
import type { HashPool } from "#disk/hash-pool.ts";
import { Digests } from "./digests.ts";
import type { SeenFile } from "./sighting.ts";

/** A message costs about as much as hashing a small file; this many make that nothing. */
const BATCH_FILES = 256;
/** Larger files travel alone, so that all threads have work to the end. */
const BATCH_BYTES = 4 << 20;

/** So long a reader in a transaction may hold the process up in all, waiting for digests: a hung disk must not hold the store's pen. */
const MOST_BLOCKED_MS = 10_000;
/** What is left to read is expected in less: much less than may be waited for, since writing takes the threads' time. */
const SOON_MS = 4000;
/** How often, in digests that are there, the threads are given more to do while they are written. */
const FEED_EVERY = 64;

/** The digests that were asked for take longer than the event loop may stand still: wait for `finish`, then ask again. */
export class StillReading extends Error {}

export class Reading {
  readonly digests = new Digests();
  /** Read so far, for showing progress. */
  fileCount = 0;
  sizeBytes = 0;
  /** What was given to be read, read by now or not: what a limit counts, for much of it may still wait. */
  givenBytes = 0;
  readonly #pool: HashPool;
  readonly #mostBlockedMs: number;
  readonly #onProgress: () => void;
  readonly #onTrouble: (trouble: Trouble) => void;
  /** By device and inode: where the digest stands, and what was seen of the file. */
  readonly #links = new Map<number, Map<number | string, { number: number; facts: Facts }>>();
  /** The first numbers of the batches on the way, rising. */
  readonly #open = new Set<number>();
  readonly #startedAtMs = performance.now();
  #asked = 0;
  #blockedMs = 0;
  #failure: { error: unknown } | undefined;
  #waiting: (() => void)[] = [];
  #batch: SeenFile[] = [];
  #batchBytes = 0;
  #next = 0;
  /** All digests before this number are there. */
  #settled = 0;

  constructor(
    pool: HashPool,
    onProgress: () => void,
    onTrouble: (trouble: Trouble) => void,
    mostBlockedMs = MOST_BLOCKED_MS,
  ) {
    this.#mostBlockedMs = mostBlockedMs;
    this.#pool = pool;
    this.#onProgress = onProgress;
    this.#onTrouble = onTrouble;
  }

  /** Has the file read; returns the number its digest will stand at. */
  add(file: SeenFile): number {
    const known = this.#linked(file);
    if (known !== undefined) return known;
    const last = this.#batch.at(-1);
    const isOther =
      last !== undefined &&
      (last.base !== file.base || last.prefix !== file.prefix || last.hasInodes !== file.hasInodes);
    const isFull =
      this.#batch.length >= BATCH_FILES || this.#batchBytes + file.facts.sizeBytes > BATCH_BYTES;
    if (isOther || isFull) this.#send();
    this.#batch.push(file);
    this.#batchBytes += file.facts.sizeBytes;
    this.givenBytes += file.facts.sizeBytes;
    return this.#next++;
  }

  /** Waits while too much is on the way. */
  async room(): Promise<void> {
    await this.#pool.room();
    this.#mustGoOn();
  }

  /** Waits until everything is read. */
  async finish(): Promise<void> {
    this.#send();
    while (this.#open.size > 0) await this.#answer();
    this.#mustGoOn();
  }

  /** Waits until, at the speed so far, everything will soon be read. */
  async nearEnd(): Promise<void> {
    this.#send();
    while (this.#leftMs() > SOON_MS) await this.#answer();
    this.#mustGoOn();
  }

  /** Waits for the digest of this number while the event loop stands still. Throws `StillReading`, and what stopped the reading. */
  settle(number: number): void {
    this.#mustGoOn(); // it may have been stopped while the store was waited for
    if (++this.#asked % FEED_EVERY === 0) this.#pool.takeAnswers(0); // or the threads would idle
    while (number >= this.#settled) {
      const leftMs = this.#mostBlockedMs - this.#blockedMs;
      if (leftMs <= 0) throw new StillReading();
      const startedAtMs = performance.now();
      this.#pool.takeAnswers(leftMs);
      this.#blockedMs += performance.now() - startedAtMs;
      this.#mustGoOn();
    }
  }

  // --- internal ---

  /** The number of another name of the same file, unless it has changed since; notes this one if there is none. */
  #linked({ facts, hasInodes }: SeenFile): number | undefined {
    if (facts.links < 2 || !hasInodes) return undefined;
    let device = this.#links.get(facts.device);
    if (device === undefined) this.#links.set(facts.device, (device = new Map()));
    const known = device.get(facts.inode);
    if (known !== undefined && isAsSeen(known.facts, facts)) return known.number;
    device.set(facts.inode, { number: this.#next, facts });
    return undefined;
  }

  #send(): void {
    const files = this.#batch;
    if (files.length === 0) return;
    // What is on the way keeps no file's object alive: there may be 100,000 of them.
    const { length: count } = files;
    const { prefix } = files[0]!;
    const first = this.#next - count;
    const batch = batchOf(files);
    let bytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#open.add(first);
    this.#pool.hash(batch, {
      hashed: (answer) => {
        this.digests.take(first, answer);
        for (const { index, error } of answer.odd) {
          if (error === null) continue;
          bytes -= batch.seen[index * SEEN_NUMBERS + 1]!;
          this.#onTrouble({ path: prefix + batch.paths.split("\0")[index]!, error });
        }
        this.fileCount += count;
        this.sizeBytes += bytes;
        this.#close(first);
        this.#onProgress();
      },
      failed: (error) => {
        this.#failure ??= { error }; // thrown by whoever waits next
        this.#close(first);
      },
    });
  }

  #close(first: number): void {
    this.#open.delete(first);
    this.#settled = this.#open.values().next().value ?? this.#next - this.#batch.length;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #mustGoOn(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** How long what is on the way will take, by what was read so far. */
  #leftMs(): number {
    if (this.#open.size === 0) return 0;
    const bytes = (this.givenBytes - this.sizeBytes) / Math.max(1, this.sizeBytes);
    const files = (this.#next - this.fileCount) / Math.max(1, this.fileCount);
    return (performance.now() - this.#startedAtMs) * Math.max(bytes, files);
  }
}

// --- internal ---

function batchOf(files: readonly SeenFile[]): HashBatch {
  const seen = new Float64Array(files.length * SEEN_NUMBERS);
  const inodes = new BigUint64Array(files.length);
  for (const [index, { facts }] of files.entries()) {
    const at = index * SEEN_NUMBERS;
    seen[at] = facts.device;
    seen[at + 1] = facts.sizeBytes;
    seen[at + 2] = facts.mtimeUs;
    seen[at + 3] = facts.ctimeUs;
    inodes[index] = BigInt(facts.inode);
  }
  const { base: root, hasInodes } = files[0]!;
  return { root, paths: files.map((file) => file.path).join("\0"), seen, inodes, hasInodes };
}

/** Two names of one file are looked at one after the other: what was written between the two is another content. */
function isAsSeen(before: Facts, now: Facts): boolean {
  return (
    before.sizeBytes === now.sizeBytes &&
    before.mtimeUs === now.mtimeUs &&
    before.ctimeUs === now.ctimeUs
  );
}
