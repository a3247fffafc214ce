// A delta turns one list of entries into another: entries that are new or different, and keys that are gone, in the one order.
// It is what a scan finds, what a push sends, and what the store records.
import { jsonText, entryLine, type Entry } from "./entry.ts";
import { compareKeys, keyOfPath, type EntryKey } from "./order.ts";

/** One step: the entry now stands at `key`, or (null) nothing stands there any more. */
export interface Change {
  readonly key: EntryKey;
  readonly entry: Entry | null;
}

export function put(entry: Entry): Change {
  return { key: keyOfPath(entry.path, entry.type === "dir"), entry };
}

/** The wire line of a change: the entry's own line, or `{"path":…,"removed":true}` (`type` only for folders). */
export function changeLine(change: Change, path: string): string {
  if (change.entry !== null) return entryLine(change.entry);
  const type = change.key.name === "" ? `,"type":"dir"` : "";
  return `{"path":${jsonText(path)}${type},"removed":true}`;
}

/** Applies a delta to an ordered list, lazily. Both in the one order; a removal of nothing is ignored. */
export function* applyDelta(base: Iterable<Entry>, delta: Iterable<Change>): Generator<Entry> {
  const changes = delta[Symbol.iterator]();
  let change = changes.next();
  for (const entry of base) {
    const key = keyOfPath(entry.path, entry.type === "dir");
    let isReplaced = false;
    while (!change.done) {
      const order = compareKeys(change.value.key, key);
      if (order > 0) break;
      if (order === 0) isReplaced = true;
      if (change.value.entry !== null) yield change.value.entry;
      change = changes.next();
    }
    if (!isReplaced) yield entry;
  }
  for (; !change.done; change = changes.next()) {
    if (change.value.entry !== null) yield change.value.entry;
  }
}
