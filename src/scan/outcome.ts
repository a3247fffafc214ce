// What became of the files since the last snapshot, counted while the changes are told; by the rule that `bsv diff` tells them by.
import { compareEntries, type ChangeKind } from "#core/changes.ts";
import type { Entry } from "#core/entry.ts";

/** Content that changed while size and mtime did not: bit rot, or a forged mtime. */
export interface Corruption {
  readonly path: string;
  /** Whether the file's ctime moved since the good reading: `same` speaks for the disk, `changed` for somebody. */
  readonly ctime: "same" | "changed" | "unknown";
  readonly expectedChecksum: string;
  readonly actualChecksum: string;
}

/** Where content came from is not asked here: a move is an addition and a removal. */
export type OutcomeKind = Exclude<ChangeKind, "moved" | "copied">;

/** What is to be said of an entry; null: nothing that matters. */
export function kindOf(entry: Entry, old: Entry | "unseen" | undefined): OutcomeKind | null {
  if (old === undefined) return "added";
  if (old === "unseen") return "unknown";
  return compareEntries(old, entry, true)?.kind ?? null;
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
  /** Could not be seen or not be read, now or before. */
  unknownCount = 0;
  /** Read, hashed and sound. */
  readCount = 0;
  readBytes = 0;
  /** Read and found to be exactly as they were. */
  confirmedCount = 0;
  corruptedCount = 0;
  readonly corrupted: Corruption[] = [];

  count(kind: OutcomeKind | null): void {
    if (kind !== null) this[`${kind}Count`]++;
  }

  read(
    entry: Entry,
    ctimeUs: number | undefined,
    old: Entry | "unseen" | undefined,
    oldCtimeUs?: number,
  ): void {
    if (entry.error === null) {
      this.readCount++;
      this.readBytes += entry.sizeBytes!;
    }
    const kind = kindOf(entry, old);
    this.count(kind);
    if (kind === "corrupted") this.#corrupted(entry, ctimeUs, old as Entry, oldCtimeUs);
    if (kind === null && entry.error === null) this.confirmedCount++;
  }

  // --- internal ---

  #corrupted(entry: Entry, ctimeUs: number | undefined, old: Entry, oldCtimeUs?: number): void {
    if (this.corrupted.length >= MAX_LISTED) return;
    this.corrupted.push({
      path: entry.path,
      ctime: oldCtimeUs === undefined ? "unknown" : oldCtimeUs === ctimeUs ? "same" : "changed",
      expectedChecksum: old.checksum!,
      actualChecksum: entry.checksum!,
    });
  }
}
