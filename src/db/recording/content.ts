// What a new snapshot holds, as streams in the one order: its whole list, and the steps that lead to it from the snapshot before it,
// so that only what differs is touched.
import type { Database } from "bun:sqlite";
import { applyDelta, type Change } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { compareKeys, pathOfKey, type EntryKey } from "#core/order.ts";
import { differences } from "#db/comparison/difference.ts";
import { momentOf } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";
import { listing } from "#db/listing.ts";
import type { Moment } from "./timeline.ts";
import type { ReadStamp } from "./version-writer.ts";

/** A change as a scan finds it, with what its disk said of the file. */
export type StampedChange = Change & { readonly stamp?: ReadStamp | undefined };

/** What a new snapshot holds: what differs from a base, in the one order. Without one it is the whole list. */
export interface SnapshotContent {
  readonly baseId: string | null;
  readonly changes: Iterable<StampedChange>;
}

/** What turns the list of the moment's predecessor into the new one. Throws `base_missing`, `invalid_document`. */
export function stepsFrom(
  scope: Scope,
  { setId, previousMs }: Moment,
  content: SnapshotContent,
): Iterable<StampedChange> {
  const changes = inOrder(content.changes);
  const baseMs = baseOf(scope, setId, content.baseId);
  if (baseMs === previousMs) return changes;
  return overlaid(fromTo(scope.store.database, setId, previousMs, baseMs), changes);
}

/** The whole list that a content stands for. */
export function* wholeList(
  scope: Scope,
  setId: number,
  content: SnapshotContent,
): Generator<Entry> {
  const baseMs = baseOf(scope, setId, content.baseId);
  const base = baseMs === null ? [] : entriesOf(listing(scope.store.database, setId, baseMs));
  yield* applyDelta(base, inOrder(content.changes));
}

/** The error for a path that stands twice, or not where it should. */
export function notInOrder({ folder, name }: EntryKey, isDoubled: boolean): BsvError {
  const path = pathOfKey(folder, name);
  const text = isDoubled ? "Path stands twice" : "Path is out of order";
  return new BsvError("invalid_document", `${text}: ${JSON.stringify(path)}`, {
    details: { path },
  });
}

// --- internal ---

function baseOf(scope: Scope, setId: number, baseId: string | null): number | null {
  if (baseId === null) return null;
  const base = momentOf(scope, baseId, "base_missing");
  if (base.setId !== setId) {
    throw new BsvError("base_missing", `Snapshot ${baseId} is of another backupset`, {
      details: { snapshot_id: baseId },
    });
  }
  return base.atMs;
}

function* entriesOf(list: Iterable<{ entry: Entry }>): Generator<Entry> {
  for (const { entry } of list) yield entry;
}

/** Passes on what comes strictly in the one order; a doubled or misplaced path makes the document invalid. */
function* inOrder(changes: Iterable<StampedChange>): Generator<StampedChange> {
  let last: EntryKey | undefined;
  for (const change of changes) {
    if (last !== undefined) {
      const order = compareKeys(last, change.key);
      if (order >= 0) throw notInOrder(change.key, order === 0);
    }
    last = change.key;
    yield change;
  }
}

/** The delta between two moments, null being the empty list. */
function* fromTo(
  database: Database,
  setId: number,
  beforeMs: number | null,
  afterMs: number | null,
): Generator<StampedChange> {
  if (beforeMs !== null && afterMs !== null) {
    for (const { key, after } of differences(database, { setId, beforeMs, afterMs })) {
      yield { key, entry: after };
    }
  } else if (afterMs !== null) {
    yield* listing(database, setId, afterMs);
  } else if (beforeMs !== null) {
    for (const { key } of listing(database, setId, beforeMs)) yield { key, entry: null };
  }
}

/** One delta after another, as one: at a key both have, the second wins. */
function* overlaid(
  first: Iterable<StampedChange>,
  second: Iterable<StampedChange>,
): Generator<StampedChange> {
  const rest = first[Symbol.iterator]();
  let step = rest.next();
  for (const change of second) {
    while (!step.done && compareKeys(step.value.key, change.key) < 0) {
      yield step.value;
      step = rest.next();
    }
    if (!step.done && compareKeys(step.value.key, change.key) === 0) step = rest.next();
    yield change;
  }
  for (; !step.done; step = rest.next()) yield step.value;
}
