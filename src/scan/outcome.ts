// What became of the files since the last snapshot, counted while the changes are told.
import type { Entry } from "#core/entry.ts";

/** Content that changed while size and mtime did not: bit rot, or a forged mtime. */
export interface Corruption {
  readonly path: string;
  /** Whether the file's ctime moved since the good reading: `same` speaks for the disk, `changed` for somebody. */
  readonly ctime: "same" | "changed" | "unknown";
  readonly expectedChecksum: string;
  readonly actualChecksum: string;
}

/** So many are listed by name; all are counted. */
const MAX_LISTED = 10_000;

export class Outcome {
  addedCount = 0;
  /** Content, or what else makes it another entry. */
  modifiedCount = 0;
  /** Same content, other metadata. */
  touchedCount = 0;
  removedCount = 0;
  /** Was known, and lies under something that could not be seen this time. */
  unknownCount = 0;
  /** Read, hashed and sound. */
  readCount = 0;
  readBytes = 0;
  /** Read and found to be exactly as they were. */
  confirmedCount = 0;
  corruptedCount = 0;
  readonly corrupted: Corruption[] = [];

  gone(isUnknown: boolean): void {
    if (isUnknown) this.unknownCount++;
    else this.removedCount++;
  }

  put(isNew: boolean): void {
    if (isNew) this.addedCount++;
    else this.modifiedCount++;
  }

  read(
    entry: Entry,
    ctimeUs: number | undefined,
    old: Entry | undefined,
    oldCtimeUs?: number,
  ): void {
    if (entry.error === null) {
      this.readCount++;
      this.readBytes += entry.sizeBytes!;
    }
    if (old === undefined) this.addedCount++;
    else if (isCorrupted(entry, old)) this.#corrupted(entry, ctimeUs, old, oldCtimeUs);
    else if (entry.checksum !== old.checksum || entry.error !== old.error) this.modifiedCount++;
    else if (entry.mtimeUs !== old.mtimeUs || entry.inode !== old.inode) this.touchedCount++;
    else if (entry.error === null) this.confirmedCount++;
  }

  // --- internal ---

  #corrupted(entry: Entry, ctimeUs: number | undefined, old: Entry, oldCtimeUs?: number): void {
    this.corruptedCount++;
    if (this.corrupted.length >= MAX_LISTED) return;
    this.corrupted.push({
      path: entry.path,
      ctime: oldCtimeUs === undefined ? "unknown" : oldCtimeUs === ctimeUs ? "same" : "changed",
      expectedChecksum: old.checksum!,
      actualChecksum: entry.checksum!,
    });
  }
}

/** Only digests of one length say anything about each other. */
function isCorrupted(entry: Entry, old: Entry): boolean {
  return (
    entry.checksum !== null &&
    entry.checksum.length === old.checksum?.length &&
    entry.checksum !== old.checksum &&
    entry.sizeBytes === old.sizeBytes &&
    entry.mtimeUs === old.mtimeUs
  );
}
