// Whether a file must be read again. Its checksum is carried only if size, mtime, ctime and inode are those of the last time it
// was read, and mtime and ctime lay well before that: a change in the same tick of the clock as the read would
// leave no trace (git's racy rule).
import type { Entry } from "#core/entry.ts";
import type { SeenFile } from "./sighting.ts";
import type { BaseEntry } from "./base.ts";

/** FAT's clock ticks every 2 s, the coarsest there is. */
const RACY_MS = 2000;

export function canCarry(entry: Entry, file: SeenFile, base: BaseEntry): boolean {
  const { entry: old, stamp } = base;
  if (stamp === null || old.type !== "file" || old.checksum === null) return false;
  const { ctimeUs } = file.facts;
  const settledUs = (stamp.readAtMs - RACY_MS) * 1000;
  return (
    old.sizeBytes === entry.sizeBytes &&
    old.mtimeUs === entry.mtimeUs &&
    old.inode === entry.inode &&
    stamp.ctimeUs === ctimeUs &&
    ctimeUs <= settledUs &&
    old.mtimeUs! <= settledUs
  );
}
