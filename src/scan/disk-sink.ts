// The findings of a survey for a comparison: what is not as it was recorded. A file is read where its metadata differ, or where this
// disk knows that they may deceive; else it is taken for unread, not for equal.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import type { BaseEntry } from "./base.ts";
import type { Reading } from "./reading.ts";
import type { SeenFile } from "./sighting.ts";
import type { Old, Sink } from "./survey.ts";

export interface DiskFinding {
  readonly key: EntryKey;
  readonly before: Entry | null;
  readonly after: Entry | null;
  /** Gone from where nothing could be seen. */
  readonly isHidden: boolean;
}

export class DiskSink implements Sink {
  /** Files whose metadata say that they are the same. */
  unreadCount = 0;
  readonly #reading: Reading;
  readonly #hasInodes: boolean;
  readonly #onTurn: () => void;
  readonly #found: (DiskFinding & { readonly number: number | undefined })[] = [];

  /** `hasInodes`: whether those recorded are this disk's. */
  constructor(reading: Reading, hasInodes: boolean, onTurn: () => void) {
    this.#reading = reading;
    this.#hasInodes = hasInodes;
    this.#onTurn = onTurn;
  }

  gone(key: EntryKey, isUnknown: boolean, { entry: before }: BaseEntry): void {
    this.#found.push({ key, before, after: null, isHidden: isUnknown, number: undefined });
  }

  put(key: EntryKey, after: Entry, old: Old): void {
    const before = recorded(old)?.entry ?? null;
    this.#found.push({ key, before, after, isHidden: false, number: undefined });
  }

  read(key: EntryKey, after: Entry, file: SeenFile, was: Old): void {
    const old = recorded(was);
    // With a stamp the metadata were compared already, and found wanting.
    if (old !== undefined && old.stamp === null && this.#isAsRecorded(after, old.entry)) {
      this.unreadCount++;
      return;
    }
    const number = this.#reading.add(file);
    this.#found.push({ key, before: old?.entry ?? null, after, isHidden: false, number });
  }

  room(): Promise<void> {
    this.#onTurn();
    return this.#reading.room();
  }

  /** In the one order; call when everything is read. */
  findings(): DiskFinding[] {
    return this.#found.map(({ number, ...finding }) => {
      if (number === undefined) return finding;
      const odd = this.#reading.digests.odd(number);
      const error = odd?.error ?? null;
      const seen = finding.after!;
      const after: Entry = {
        ...seen,
        sizeBytes: odd?.facts?.sizeBytes ?? seen.sizeBytes,
        mtimeUs: odd?.facts?.mtimeUs ?? seen.mtimeUs,
        checksum: error === null ? this.#reading.digests.hex(number) : null,
        error,
      };
      return { ...finding, after };
    });
  }

  // --- internal ---

  #isAsRecorded(seen: Entry, old: Entry): boolean {
    return (
      old.type === "file" &&
      old.error === null &&
      old.sizeBytes === seen.sizeBytes &&
      old.mtimeUs === seen.mtimeUs &&
      (!this.#hasInodes || old.inode === seen.inode)
    );
  }
}

// --- internal ---

/** The comparison asks the store itself why a snapshot lacks something. */
const recorded = (old: Old): BaseEntry | undefined => (old === "unseen" ? undefined : old);
