// What is said between the scan and its hash workers: hundreds of files at once, because a message costs more than a small file.
import type { Facts } from "./facts.ts";

export const DIGEST_BYTES = 32;

/** Numbers of one file in `HashBatch.seen`: device, size, mtime and ctime in microseconds. */
export const SEEN_NUMBERS = 4;

export interface HashBatch {
  /** The folder that scanning started at, exact. */
  readonly root: string;
  /** Paths below the root, exact, joined by NUL, which no name can hold. */
  readonly paths: string;
  /** As the walk saw the files. */
  readonly seen: Float64Array;
  /** Beside `seen`, because they may be larger than a double can say. */
  readonly inodes: BigUint64Array;
  readonly hasInodes: boolean;
}

/** A file that could not be read as the walk saw it: gone, unreadable, unstable, or (`error` null) a newer one. */
export interface Odd {
  readonly index: number;
  readonly error: string | null;
  /** As the file was when it was read, where that differs from the walk. */
  readonly facts: Facts | undefined;
}

export interface HashAnswer {
  /** `DIGEST_BYTES` for each file; zeros where there is an error. */
  readonly digests: Uint8Array;
  readonly odd: readonly Odd[];
}
