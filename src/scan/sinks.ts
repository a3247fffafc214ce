// What is done with the findings of a survey: recorded and read, or, for a dry run, only counted.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import type { Found } from "./found.ts";
import { kindOf } from "./outcome.ts";
import type { Reading } from "./reading.ts";
import type { SeenFile } from "./sighting.ts";
import type { Old, Sink } from "./survey.ts";

export class RecordingSink implements Sink {
  readonly #found: Found;
  readonly #reading: Reading;
  readonly #onTurn: () => void;

  constructor(found: Found, reading: Reading, onTurn: () => void) {
    this.#found = found;
    this.#reading = reading;
    this.#onTurn = onTurn;
  }

  gone(key: EntryKey, isUnknown: boolean): void {
    this.#found.addGone(key, isUnknown ? "unknown" : "removed");
  }

  put(key: EntryKey, entry: Entry, old: Old): void {
    this.#found.addPut(key, entry, kindOf(entry, entryOf(old)));
  }

  read(key: EntryKey, entry: Entry, file: SeenFile, old: Old): void {
    this.#found.addRead(key, entry, file.facts, this.#reading.add(file), old);
  }

  room(): Promise<void> {
    this.#onTurn();
    return this.#reading.room();
  }
}

export class CountingSink implements Sink {
  toReadCount = 0;
  toReadBytes = 0;
  addedCount = 0;
  removedCount = 0;
  unknownCount = 0;

  gone(_key: EntryKey, isUnknown: boolean): void {
    if (isUnknown) this.unknownCount++;
    else this.removedCount++;
  }

  put(_key: EntryKey, entry: Entry, old: Old): void {
    const kind = kindOf(entry, entryOf(old));
    if (kind === "added") this.addedCount++;
    if (kind === "unknown") this.unknownCount++;
  }

  read(_key: EntryKey, entry: Entry, _file: SeenFile, old: Old): void {
    this.toReadCount++;
    this.toReadBytes += entry.sizeBytes ?? 0;
    if (old === undefined) this.addedCount++;
    if (old === "unseen") this.unknownCount++;
  }

  async room(): Promise<void> {}
}

// --- internal ---

const entryOf = (old: Old): Entry | "unseen" | undefined => (old === "unseen" ? old : old?.entry);
