// The naive model of a comparison: both lists in memory, every question answered by looking through them.
import { compareEntries, isTelling, type FileChange } from "#core/changes.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys, pathOfKey } from "#core/order.ts";
import { keyOf } from "./model.ts";

const text = (entry: Entry): string => `${keyOf(entry).folder}\0${keyOf(entry).name}`;
const inOrder = (a: Entry, b: Entry): number => compareKeys(keyOf(a), keyOf(b));

export function modelChanges(
  before: readonly Entry[],
  after: readonly Entry[],
  isSameSet: boolean,
): FileChange[] {
  const then = new Map(before.map((entry) => [text(entry), entry]));
  const now = new Map(after.map((entry) => [text(entry), entry]));
  const gone = before.filter((entry) => !now.has(text(entry)) && blind(after, entry) === undefined);
  const came = after.filter(
    (entry) => !then.has(text(entry)) && blind(before, entry) === undefined,
  );
  const moves = new Map<string, Entry>();
  const moved = new Set<string>();
  for (const content of new Set(came.filter(isTelling).map(contentOf))) {
    const has = (entry: Entry): boolean => isTelling(entry) && contentOf(entry) === content;
    const isSameName = (a: Entry, b: Entry): boolean => keyOf(a).name === keyOf(b).name;
    const isSameInode = (a: Entry, b: Entry): boolean =>
      isSameSet && a.inode !== null && a.inode !== 0 && a.inode === b.inode;
    for (const isAlike of [
      (a: Entry, b: Entry) => isSameInode(a, b) && isSameName(a, b),
      isSameInode,
      isSameName,
      () => true,
    ]) {
      for (const to of came.filter(has)) {
        const from = gone.find(
          (entry) => has(entry) && !moved.has(text(entry)) && isAlike(entry, to),
        );
        if (from === undefined || moves.has(text(to))) continue;
        moves.set(text(to), from);
        moved.add(text(from));
      }
    }
  }
  const changes: FileChange[] = [];
  const keys = new Map([...then, ...now]);
  for (const entry of [...keys.values()].sort(inOrder)) {
    const [old, current] = [then.get(text(entry)) ?? null, now.get(text(entry)) ?? null];
    const change = { path: entry.path, from: null, why: null, before: old, after: current };
    if (old !== null && current !== null) {
      const compared = compareEntries(old, current, isSameSet);
      if (compared !== undefined) changes.push({ ...change, ...compared });
      continue;
    }
    const why = entry.type === "dir" ? entry.error! : blind(old === null ? before : after, entry);
    if (why !== undefined) {
      changes.push({ ...change, kind: "unknown", why });
    } else if (old !== null) {
      if (!moved.has(text(old))) changes.push({ ...change, kind: "removed" });
    } else if (moves.has(text(entry))) {
      const from = moves.get(text(entry))!;
      changes.push({ ...change, kind: "moved", from: from.path, before: from });
    } else {
      const alike = isTelling(entry)
        ? before.filter((other) => isTelling(other) && contentOf(other) === contentOf(entry))
        : [];
      const source = alike.find((other) => !moved.has(text(other))) ?? alike[0];
      if (source === undefined) changes.push({ ...change, kind: "added" });
      else changes.push({ ...change, kind: "copied", from: source.path });
    }
  }
  return changes;
}

/** The list after the changes: what they say was there is taken away, what they say is there is put. */
export function applied(list: readonly Entry[], changes: readonly FileChange[]): Entry[] {
  const entries = new Map(list.map((entry) => [text(entry), entry]));
  for (const { before } of changes) if (before !== null) entries.delete(text(before));
  for (const { after } of changes) if (after !== null) entries.set(text(after), after);
  return [...entries.values()].sort(inOrder);
}

// --- internal ---

const contentOf = ({ checksum, sizeBytes }: Entry): string => `${checksum} ${sizeBytes}`;

/** Why a list says nothing of where the entry stands. */
function blind(list: readonly Entry[], entry: Entry): string | undefined {
  const { folder } = keyOf(entry);
  return list.find(
    (other) =>
      other.error !== null &&
      folder.startsWith(`${pathOfKey(keyOf(other).folder, keyOf(other).name)}/`),
  )?.error as string | undefined;
}
