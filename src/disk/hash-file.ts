// Hashes one file so that a torn read is never taken for a good one: the file's size, times and inode are asked before and after on
// the same descriptor, and every byte of that size must have been read. What changed meanwhile is read
// again, and after the last attempt it is recorded as UNSTABLE.
import { closeSync, readSync } from "node:fs";
import { readAhead } from "./read-ahead.ts";
import { openByPath, openStepwise, type Expected, type Opened } from "./open-regular.ts";
import { troubleText } from "./trouble.ts";
import { isUnchanged, type Facts } from "./facts.ts";
import { factsOfOpen } from "./folder.ts";

/** A file that changes during three reads in a row is being written to. */
const ATTEMPTS = 3;
/** Stays in a core's own cache from the read to the hash. */
const PIECE_BYTES = 1 << 20;
/** One is hashed while the others are read: with two, the hash waited for every turn of the event loop. */
const PIECES = 4;
/** From here on reading overlaps with hashing; below it the waiting costs more than it saves. */
const OVERLAP_BYTES = 8 << 20;

export interface WantedFile {
  /** The folder that scanning started at, exact and absolute. */
  readonly root: string;
  /** Below the root, exact. */
  readonly path: string;
  /** Undefined where inodes mean nothing: then every step of the path is checked instead. */
  readonly expected: Expected | undefined;
}

/** Facts about the file as they were when it was read. */
export type Hashed =
  | { readonly kind: "read"; readonly facts: Facts; readonly digest: Uint8Array }
  | { readonly kind: "failed"; readonly error: string; readonly facts: Facts | undefined };

/** `digest` of the result is one buffer, used again by the next call. */
export type HashFile = (file: WantedFile) => Promise<Hashed> | Hashed;

/** One reader with its buffers. `isCancelled` is asked between pieces; a cancelled file is reported as failed. */
export function fileHasher(isCancelled: () => boolean): HashFile {
  const buffers = Array.from({ length: PIECES }, () => Buffer.allocUnsafeSlow(PIECE_BYTES));
  const hasher = new Bun.CryptoHasher("sha256");
  const digest = new Uint8Array(64);

  return function hashFile(file) {
    try {
      const first = openQuickly(file) ?? openStepwise(file.root, file.path);
      if (first === undefined) return replaced(undefined);
      if (first.facts.sizeBytes >= OVERLAP_BYTES) return hashLarge(file, first);
      return hashSmall(file, first);
    } catch (error) {
      return failed(error, undefined);
    }
  };

  function hashSmall(file: WantedFile, first: Opened): Hashed | Promise<Hashed> {
    let opened: Opened | undefined = first;
    for (let attempt = 1; ; attempt++) {
      const { fd, facts } = opened;
      let isTrue: boolean;
      try {
        isTrue = readWhole(fd, facts.sizeBytes) && isUnchanged(facts, factsOfOpen(fd));
      } catch (error) {
        return failed(error, facts);
      } finally {
        closeSync(fd);
      }
      if (isTrue) return { kind: "read", facts, digest };
      if (attempt === ATTEMPTS) return unstable(facts);
      opened = openStepwise(file.root, file.path);
      if (opened === undefined) return replaced(facts);
      if (opened.facts.sizeBytes >= OVERLAP_BYTES) return hashLarge(file, opened);
    }
  }

  async function hashLarge(file: WantedFile, first: Opened): Promise<Hashed> {
    let opened: Opened | undefined = first;
    for (let attempt = 1; ; attempt++) {
      const { fd, facts } = opened;
      let isTrue: boolean;
      try {
        isTrue = (await readOverlapped(fd, facts.sizeBytes)) && isUnchanged(facts, factsOfOpen(fd));
      } catch (error) {
        return failed(error, facts);
      } finally {
        closeSync(fd);
      }
      if (isTrue) return { kind: "read", facts, digest };
      if (attempt === ATTEMPTS || isCancelled()) return unstable(facts);
      try {
        opened = openStepwise(file.root, file.path);
      } catch (error) {
        return failed(error, facts);
      }
      if (opened === undefined) return replaced(facts);
    }
  }

  /** Whether exactly `sizeBytes` were there. What lies beyond them is seen by isUnchanged. */
  function readWhole(fd: number, sizeBytes: number): boolean {
    const buffer = buffers[0]!;
    const count = readSync(fd, buffer, 0, PIECE_BYTES, null);
    if (count === 0 || count >= sizeBytes) {
      Bun.SHA256.hash(buffer.subarray(0, count), digest);
      return count === sizeBytes;
    }
    let total = 0;
    try {
      for (let last = count; last > 0; last = readSync(fd, buffer, 0, PIECE_BYTES, null)) {
        hasher.update(last === PIECE_BYTES ? buffer : buffer.subarray(0, last));
        total += last;
        if (total >= sizeBytes) break;
      }
    } finally {
      hasher.digest(digest); // also after a failed read, so that the next file starts afresh
    }
    return total === sizeBytes;
  }

  /** The same, reading ahead of the hash. */
  async function readOverlapped(fd: number, sizeBytes: number): Promise<boolean> {
    let total = 0;
    try {
      for await (const piece of readAhead(fd, buffers)) {
        if (total > sizeBytes || isCancelled()) break;
        hasher.update(piece);
        total += piece.length;
      }
    } finally {
      hasher.digest(digest); // also after a failed read, so that the next file starts afresh
    }
    return total === sizeBytes;
  }
}

// --- internal ---

function openQuickly(file: WantedFile): Opened | undefined {
  if (file.expected === undefined) return undefined;
  const folder = file.root.endsWith("/") ? file.root : `${file.root}/`;
  return openByPath(folder + file.path, file.expected);
}

const failed = (error: unknown, facts: Facts | undefined): Hashed => ({
  kind: "failed",
  error: troubleText(error),
  facts,
});

const unstable = (facts: Facts): Hashed => ({
  kind: "failed",
  error: "UNSTABLE: changed while being read",
  facts,
});

const replaced = (facts: Facts | undefined): Hashed => ({
  kind: "failed",
  error: "UNSTABLE: replaced by something else while being scanned",
  facts,
});
