// What a difference is: told from its two entries, and, for what stands on one side only, from what is known of the other.
import { compareEntries, isTelling, type FileChange } from "./changes.ts";
import type { Entry } from "./entry.ts";
import type { EntryKey } from "./order.ts";

/** A key at which two sides may differ; null where nothing stands. */
export interface Pair {
  readonly key: EntryKey;
  readonly before: Entry | null;
  readonly after: Entry | null;
}

/** Where an entry that came has its content from. */
export interface Origin {
  readonly kind: "moved" | "copied";
  readonly entry: Entry;
}

export interface Evidence {
  /** Whether both sides are of one backupset, and so of one disk. */
  readonly isSameSet: boolean;
  /** Why a side can't say whether something stood at the key; undefined when it looked. */
  whyNotBefore(key: EntryKey): string | undefined;
  whyNotAfter(key: EntryKey): string | undefined;
  /** For an entry that came, and one that went; both with a telling content. */
  originOf(key: EntryKey, entry: Entry): Origin | undefined;
  isMoved(key: EntryKey, entry: Entry): boolean;
}

/** Undefined where nothing is to be told: equal entries, and the place a file was moved from. */
export function tellChange(
  { key, before, after }: Pair,
  evidence: Evidence,
): FileChange | undefined {
  if (before === null) return came(key, after!, evidence);
  if (after === null) return went(key, before, evidence);
  const compared = compareEntries(before, after, evidence.isSameSet);
  return compared && { ...compared, path: after.path, from: null, before, after };
}

// --- internal ---

function came(key: EntryKey, after: Entry, evidence: Evidence): FileChange {
  const change = { path: after.path, from: null, why: null, before: null, after };
  const why = after.type === "dir" ? after.error : evidence.whyNotBefore(key);
  if (why !== null && why !== undefined) return { ...change, kind: "unknown", why };
  const origin = isTelling(after) ? evidence.originOf(key, after) : undefined;
  if (origin === undefined) return { ...change, kind: "added" };
  const { kind, entry } = origin;
  return { ...change, kind, from: entry.path, before: kind === "moved" ? entry : null };
}

function went(key: EntryKey, before: Entry, evidence: Evidence): FileChange | undefined {
  const change = { path: before.path, from: null, why: null, before, after: null };
  const why = before.type === "dir" ? before.error : evidence.whyNotAfter(key);
  if (why !== null && why !== undefined) return { ...change, kind: "unknown", why };
  const isMoved = isTelling(before) && evidence.isMoved(key, before);
  return isMoved ? undefined : { ...change, kind: "removed" };
}
