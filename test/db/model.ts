// The naive model of a set: every snapshot's whole list, kept as it was given. What the store answers by interval
// algebra, the model answers by looking.
import { isSameEntry, type Entry } from "#core/entry.ts";
import { compareKeys, keyOfPath, type EntryKey } from "#core/order.ts";
import type { Change } from "#core/delta.ts";
import type { PathVersion } from "#db/search/history.ts";

export const keyOf = (entry: Entry): EntryKey => keyOfPath(entry.path, entry.type === "dir");

export class Model {
  readonly lists = new Map<number, Entry[]>();

  readonly #deleted: { at: number; entries: Entry[] }[] = [];

  delete(at: number): void {
    this.#deleted.push({ at, entries: this.lists.get(at)! });
    this.lists.delete(at);
  }

  /** Such a snapshot must not come back. */
  wasDeleted(at: number, entries: readonly Entry[]): boolean {
    return this.#deleted.some((old) => old.at === at && Bun.deepEquals(old.entries, entries));
  }

  times(): number[] {
    return [...this.lists.keys()].sort((a, b) => a - b);
  }

  /** The changes between two lists, by looking at both. */
  delta(before: readonly Entry[], after: readonly Entry[]): Change[] {
    const changes: Change[] = [];
    const old = new Map(before.map((entry) => [text(keyOf(entry)), entry]));
    for (const entry of after) {
      const previous = old.get(text(keyOf(entry)));
      old.delete(text(keyOf(entry)));
      if (previous === undefined || !isSameEntry(previous, entry)) {
        changes.push({ key: keyOf(entry), entry });
      }
    }
    for (const entry of old.values()) changes.push({ key: keyOf(entry), entry: null });
    return changes.sort((a, b) => compareKeys(a.key, b.key));
  }

  /** Runs of snapshots that list the same at a path. */
  history(fits: (entry: Entry) => boolean): PathVersion[] {
    const versions: PathVersion[] = [];
    const open = new Map<string, PathVersion>();
    for (const time of this.times()) {
      const list = new Map(
        this.lists
          .get(time)!
          .filter(fits)
          .map((entry) => [text(keyOf(entry)), entry]),
      );
      for (const [key, version] of open) {
        const entry = list.get(key);
        if (entry !== undefined && isSameEntry(entry, version.entry)) continue;
        version.toMs = time;
        open.delete(key);
      }
      for (const [key, entry] of list) {
        if (open.has(key)) continue;
        const version = { fromMs: time, toMs: null, entry };
        open.set(key, version);
        versions.push(version);
      }
    }
    return versions;
  }
}

const text = (key: EntryKey): string => `${key.folder}\0${key.name}`;
