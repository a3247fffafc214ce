// The files of one scan that are being read: gathered into batches for the hash threads, hard links once, at most so many on the
// way that memory stays flat.
import { SEEN_NUMBERS } from "#disk/hash-batch.ts";
import type { Trouble } from "#core/run.ts";
import type { Facts } from "#disk/facts.ts";
import type { HashPool } from "#disk/hash-pool.ts";
import { Digests } from "./digests.ts";
import type { SeenFile } from "./sighting.ts";

/** A message costs about as much as hashing a small file; this many make that nothing. */
const BATCH_FILES = 256;
/** Larger files travel alone, so that all threads have work to the end. */
const BATCH_BYTES = 4 << 20;

export class Reading {
  readonly digests = new Digests();
  /** Read so far, for showing progress. */
  fileCount = 0;
  sizeBytes = 0;
  /** What was given to be read, read by now or not: what a limit counts, for much of it may still wait. */
  givenBytes = 0;
  readonly #pool: HashPool;
  readonly #onProgress: () => void;
  readonly #onTrouble: (trouble: Trouble) => void;
  /** By device and inode: where the digest stands, and what was seen of the file. */
  readonly #links = new Map<number, Map<number | string, { number: number; facts: Facts }>>();
  readonly #tasks = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  #batch: SeenFile[] = [];
  #batchBytes = 0;
  #numbers: number[] = [];
  #next = 0;

  constructor(pool: HashPool, onProgress: () => void, onTrouble: (trouble: Trouble) => void) {
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
      last !== undefined && (last.base !== file.base || last.hasInodes !== file.hasInodes);
    const isFull =
      this.#batch.length >= BATCH_FILES || this.#batchBytes + file.facts.sizeBytes > BATCH_BYTES;
    if (isOther || isFull) this.#send();
    this.#batch.push(file);
    this.#batchBytes += file.facts.sizeBytes;
    this.givenBytes += file.facts.sizeBytes;
    this.#numbers.push(this.#next);
    return this.#next++;
  }

  /** Waits while too much is on the way. */
  async room(): Promise<void> {
    await this.#pool.room();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits until everything is read. */
  async finish(): Promise<void> {
    this.#send();
    await Promise.all(this.#tasks);
    if (this.#failure !== undefined) throw this.#failure.error;
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
    if (this.#batch.length === 0) return;
    const task = this.#hash(this.#batch, this.#numbers, this.#batchBytes);
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
    this.#batch = [];
    this.#batchBytes = 0;
    this.#numbers = [];
  }

  async #hash(
    files: readonly SeenFile[],
    numbers: readonly number[],
    bytes: number,
  ): Promise<void> {
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
    const paths = files.map((file) => file.path).join("\0");
    try {
      const answer = await this.#pool.hash({ root, paths, seen, inodes, hasInodes });
      this.digests.take(numbers, answer);
      for (const { index, error } of answer.odd) {
        if (error === null) continue;
        bytes -= files[index]!.facts.sizeBytes;
        this.#onTrouble({ path: files[index]!.entryPath, error });
      }
    } catch (error) {
      this.#failure ??= { error }; // thrown by whoever waits next
      return;
    }
    this.fileCount += files.length;
    this.sizeBytes += bytes;
    this.#onProgress();
  }
}

// --- internal ---

/** Two names of one file are looked at one after the other: what was written between the two is another content. */
function isAsSeen(before: Facts, now: Facts): boolean {
  return (
    before.sizeBytes === now.sizeBytes &&
    before.mtimeUs === now.mtimeUs &&
    before.ctimeUs === now.ctimeUs
  );
}
