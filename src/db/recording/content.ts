// What a new snapshot holds, in either form, as streams in the one order: its whole list, and the steps that lead to it from
// the snapshot before it, so that only what differs is touched.
import type { Database } from "bun:sqlite";
import { applyDelta, put, type Change } from "#core/delta.ts";
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

/** What a new snapshot holds: its whole list, or what differs from a base (null: the empty list). Both in the one order. */
export type SnapshotContent =
  | { kind: "list"; entries: Iterable<Entry> }
  | { kind: "delta"; baseId: string | null; changes: Iterable<StampedChange> };

/** What turns the list of the moment's predecessor into the new one. Throws `base_missing`, `invalid_document`. */
export function stepsFrom(
  scope: Scope,
  { setId, previousMs }: Moment,
  content: SnapshotContent,
): Iterable<StampedChange> {
  const { database } = scope.store;
  if (content.kind === "list") {
    const wanted = inOrder(puts(content.entries));
    return previousMs === null ? wanted : turned(listing(database, setId, previousMs), wanted);
  }
  const changes = inOrder(content.changes);
  const baseMs = baseOf(scope, setId, content.baseId);
  if (baseMs === previousMs) return changes;
  return overlaid(fromTo(database, setId, previousMs, baseMs), changes);
}

/** The whole list that a content stands for. */
export function* wholeList(
  scope: Scope,
  setId: number,
  content: SnapshotContent,
): Generator<Entry> {
  if (content.kind === "list") {
    for (const { entry } of inOrder(puts(content.entries))) yield entry!;
    return;
  }
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

function* puts(entries: Iterable<Entry>): Generator<StampedChange> {
  for (const entry of entries) yield put(entry);
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

/** What turns one list into another: the new one's changes, and removals of what it lacks. */
function* turned(
  old: Iterable<{ key: EntryKey; entry: Entry }>,
  wanted: Iterable<StampedChange>,
): Generator<StampedChange> {
  const rest = old[Symbol.iterator]();
  let row = rest.next();
  for (const change of wanted) {
    while (!row.done && compareKeys(row.value.key, change.key) < 0) {
      yield { key: row.value.key, entry: null };
      row = rest.next();
    }
    if (!row.done && compareKeys(row.value.key, change.key) === 0) row = rest.next();
    yield change;
  }
  for (; !row.done; row = rest.next()) yield { key: row.value.key, entry: null };
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
    yield* puts(entriesOf(listing(database, setId, afterMs)));
  } else if (beforeMs !== null) {
    yield* turned(listing(database, setId, beforeMs), []);
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
