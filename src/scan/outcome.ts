// What became of the files since the last snapshot, counted while the changes are told; by the rule that `bsv diff` tells them by.
import { compareEntries } from "#core/changes.ts";
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
  /** Lies under something that could not be seen this time, or could not be read, now or before. */
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
    if (old === undefined) {
      this.addedCount++;
      return;
    }
    switch (compareEntries(old, entry, true)?.kind) {
      case "corrupted":
        this.#corrupted(entry, ctimeUs, old, oldCtimeUs);
        break;
      case "modified":
        this.modifiedCount++;
        break;
      case "touched":
        this.touchedCount++;
        break;
      case "unknown":
        this.unknownCount++;
        break;
      case undefined:
        if (entry.error === null) this.confirmedCount++;
    }
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
