// Recording a snapshot: one transaction in which its content is written, read back, sealed and dated, or nothing is. The
// caller computes hash and id from what the store gives back, so that what is acknowledged is what can be reproduced.
import type { Database } from "bun:sqlite";
import { and, eq } from "drizzle-orm";
import { applyDelta, put, type Change } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { assert, BsvError } from "#core/errors.ts";
import { compareKeys, keyOfPath, pathOfKey, type EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { timestampText } from "#core/timestamp.ts";
import { atomic } from "./atomic.ts";
import { ensureBackupset, pinAgent, type SetName } from "./backupsets.ts";
import { differences } from "./difference.ts";
import { momentOf } from "./entries.ts";
import { listing } from "./listing.ts";
import { snapshots, tombstones } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { SNAPSHOT_COLUMNS, snapshotOf, type SnapshotRow } from "./snapshots.ts";
import type { Store } from "./store.ts";
import { neighboursOf, type Moment } from "./timeline.ts";
import { covers } from "./version.ts";
import { VersionWriter, type ReadStamp } from "./version-writer.ts";
import { boundWal } from "./write-ahead-log.ts";

/** A change as a scan finds it, with what its disk said of the file. */
export type StampedChange = Change & { readonly stamp?: ReadStamp | undefined };

/** What a new snapshot holds: its whole list, or what differs from a base (null: the empty list). Both in the one order. */
export type SnapshotContent =
  | { kind: "list"; entries: Iterable<Entry> }
  | { kind: "delta"; baseId: string | null; changes: Iterable<StampedChange> };

export interface NewSnapshot {
  set: SetName;
  timestampMs: number;
  receivedAtMs: number;
  clientId?: string | undefined;
  /** The installation that sent it, to be the machine's only one: another's is `agent_conflict`. */
  agentId?: string | undefined;
  content: SnapshotContent;
  /** Gets the list as the store gives it back; says the id and header, or throws to undo everything. */
  seal(entries: Iterable<Entry>): { snapshotId: string; headerText: string };
}

/**
 * Stores a snapshot at its timestamp, before or after others. The same one again is `exists`. Throws `conflict` (the
 * time is taken by another), `gone` (it was deleted), `base_missing`, `invalid_document` (order, doubled paths).
 */
export async function recordSnapshot(
  scope: Scope,
  snapshot: NewSnapshot,
): Promise<{ kind: "stored" | "exists"; row: SnapshotRow }> {
  const result = await atomic(scope, (database) => {
    const { store } = scope;
    const setId = ensureBackupset(store, snapshot.set, snapshot.receivedAtMs);
    if (snapshot.agentId !== undefined) {
      pinAgent(store, snapshot.set.machineId, snapshot.agentId, false);
    }
    const taken = findAt(store, setId, snapshot.timestampMs);
    if (taken !== undefined) {
      const { snapshotId } = snapshot.seal(wholeList(database, setId, snapshot.content));
      if (snapshotId === taken.snapshotId) return { kind: "exists" as const, row: taken };
      throw new BsvError(
        "conflict",
        `${snapshot.set.machineId}/${snapshot.set.setName} has another snapshot at ${timestampText(snapshot.timestampMs)}`,
        { details: { snapshot_id: snapshotId, existing_id: taken.snapshotId } },
      );
    }
    write(database, neighboursOf(database, setId, snapshot.timestampMs), snapshot.content);
    const list = new ReadBack(database, setId, snapshot.timestampMs);
    const { snapshotId, headerText } = snapshot.seal(list.entries());
    assert(list.isRead, "seal read the whole list");
    refuseDeleted(store, snapshotId);
    store.orm
      .insert(snapshots)
      .values({
        snapshotId,
        machineId: snapshot.set.machineId,
        setName: snapshot.set.setName,
        setId,
        timestampMs: snapshot.timestampMs,
        receivedAtMs: snapshot.receivedAtMs,
        clientId: snapshot.clientId ?? null,
        header: headerText,
      })
      .run();
    return { kind: "stored" as const, row: findAt(store, setId, snapshot.timestampMs)! };
  });
  if (result.kind === "stored") boundWal(scope.store);
  return result;
}

// --- internal ---

function findAt(store: Store, setId: number, atMs: number): SnapshotRow | undefined {
  const row = store.orm
    .select(SNAPSHOT_COLUMNS)
    .from(snapshots)
    .where(and(eq(snapshots.setId, setId), eq(snapshots.timestampMs, atMs)))
    .get();
  return row && snapshotOf(row);
}

function write(database: Database, moment: Moment, content: SnapshotContent): void {
  const writer = new VersionWriter(database, moment);
  const { setId, previousMs, nextMs } = moment;
  const isFirst = previousMs === null && nextMs === null;
  if (content.kind === "list") {
    if (isFirst) {
      for (const { key, entry } of inOrder(puts(content.entries))) writer.writeFirst(key, entry!);
      return;
    }
    const previous = previousMs === null ? [] : listing(database, setId, previousMs);
    for (const { key, entry } of turned(previous, inOrder(puts(content.entries)))) {
      writer.write(key, entry);
    }
    return;
  }
  const changes = inOrder(content.changes);
  const baseMs = baseOf(database, setId, content.baseId);
  const steps =
    baseMs === previousMs
      ? changes
      : overlaid(fromTo(database, setId, previousMs, baseMs), changes);
  for (const { key, entry, stamp } of steps) {
    if (isFirst && entry !== null) writer.writeFirst(key, entry, stamp);
    else writer.write(key, entry, stamp);
  }
}

function baseOf(database: Database, setId: number, baseId: string | null): number | null {
  if (baseId === null) return null;
  const base = momentOf(database, baseId, "base_missing");
  if (base.setId !== setId) {
    throw new BsvError("base_missing", `Snapshot ${baseId} is of another backupset`, {
      details: { snapshot_id: baseId },
    });
  }
  return base.atMs;
}

/** The whole list that a content stands for. */
function* wholeList(database: Database, setId: number, content: SnapshotContent): Generator<Entry> {
  if (content.kind === "list") {
    for (const { entry } of inOrder(puts(content.entries))) yield entry!;
    return;
  }
  const baseMs = baseOf(database, setId, content.baseId);
  const base = baseMs === null ? [] : entriesOf(listing(database, setId, baseMs));
  yield* applyDelta(base, inOrder(content.changes));
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

function notInOrder({ folder, name }: EntryKey, isDoubled: boolean): BsvError {
  const path = pathOfKey(folder, name);
  const text = isDoubled ? "Path stands twice" : "Path is out of order";
  return new BsvError("invalid_document", `${text}: ${JSON.stringify(path)}`, {
    details: { path },
  });
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

/** The new list as the store gives it back, checked for a path that is both a file and a folder that could not be listed. */
class ReadBack {
  isRead = false;
  readonly #database: Database;
  readonly #setId: number;
  readonly #atMs: number;

  constructor(database: Database, setId: number, atMs: number) {
    this.#database = database;
    this.#setId = setId;
    this.#atMs = atMs;
  }

  *entries(): Generator<Entry> {
    for (const { entry, key } of listing(this.#database, this.#setId, this.#atMs)) {
      if (key.name === "" && this.#hasFile(entry.path)) throw notInOrder(key, true);
      yield entry;
    }
    this.isRead = true;
  }

  #hasFile(path: string): boolean {
    const { folder, name } = keyOfPath(path, false);
    if (name === "") return false; // `/` and `C:/` are nobody's file
    return (
      this.#database
        .query(
          `SELECT 1 FROM folders f CROSS JOIN versions v ON v.folder_id = f.folder_id
           WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")}`,
        )
        .get(this.#setId, pathBytes(folder), pathBytes(name), this.#atMs) !== null
    );
  }
}

function refuseDeleted(store: Store, snapshotId: string): void {
  const tombstone = store.orm
    .select()
    .from(tombstones)
    .where(eq(tombstones.snapshotId, snapshotId))
    .get();
  if (tombstone === undefined) return;
  throw new BsvError(
    "gone",
    `Snapshot ${snapshotId} was deleted on ${timestampText(tombstone.deletedAtMs)}`,
    { details: { snapshot_id: snapshotId, deleted_at: timestampText(tombstone.deletedAtMs) } },
  );
}
