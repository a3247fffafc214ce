// What the system says of one file, in the units of entries and stamps: exact integers in doubles.
import { constants, type BigIntStats } from "node:fs";
import { MTIME_LIMIT_US } from "#core/entry.ts";

export interface Facts {
  readonly kind: FileKind;
  readonly links: number;
  readonly device: number;
  /** A decimal string above 2^53−1. */
  readonly inode: number | string;
  readonly sizeBytes: number;
  readonly mtimeUs: number;
  readonly ctimeUs: number;
  /** What the microseconds leave of both times, in nanoseconds. */
  readonly mtimeRestNs: number;
  readonly ctimeRestNs: number;
}

export type FileKind =
  | "file"
  | "folder"
  | "symlink"
  | "fifo"
  | "socket"
  | "device"
  | "unknown_kind";

export function factsOf(stats: BigIntStats): Facts {
  return {
    kind: kindOf(Number(stats.mode)),
    links: Number(stats.nlink),
    device: Number(stats.dev),
    inode: inodeOf(stats.ino),
    sizeBytes: Number(stats.size),
    mtimeUs: withinLimit(Number(floorToMicroseconds(stats.mtimeNs))),
    ctimeUs: withinLimit(Number(floorToMicroseconds(stats.ctimeNs))),
    mtimeRestNs: Number(stats.mtimeNs - floorToMicroseconds(stats.mtimeNs) * 1000n),
    ctimeRestNs: Number(stats.ctimeNs - floorToMicroseconds(stats.ctimeNs) * 1000n),
  };
}

/** Whether nothing was written to a file, and it is still the same one, between two looks at it. */
export function isUnchanged(before: Facts, now: Facts): boolean {
  return (
    now.sizeBytes === before.sizeBytes &&
    now.mtimeUs === before.mtimeUs &&
    now.mtimeRestNs === before.mtimeRestNs &&
    now.ctimeUs === before.ctimeUs &&
    now.ctimeRestNs === before.ctimeRestNs &&
    now.inode === before.inode &&
    now.device === before.device
  );
}

export function kindOf(mode: number): FileKind {
  return KINDS.get(mode & constants.S_IFMT) ?? "unknown_kind";
}

export function inodeOf(inode: bigint): number | string {
  const number = Number(inode);
  return Number.isSafeInteger(number) ? number : String(inode);
}

/** A time as an entry can say it. */
export function withinLimit(us: number): number {
  return Math.min(MTIME_LIMIT_US, Math.max(-MTIME_LIMIT_US, us));
}

// --- internal ---

const KINDS = new Map<number, FileKind>([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "folder"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFIFO, "fifo"],
  [constants.S_IFSOCK, "socket"],
  [constants.S_IFBLK, "device"],
  [constants.S_IFCHR, "device"],
]);

/** Floored also before 1970, where BigInt's division would round up. */
function floorToMicroseconds(ns: bigint): bigint {
  return (ns < 0n ? ns - 999n : ns) / 1000n;
}
