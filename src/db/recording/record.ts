// Recording a snapshot: one transaction in which its content is written, read back, sealed and dated, or nothing is. The
// caller computes hash and id from what the store gives back, so that what is acknowledged is what can be reproduced.
import { and, eq, or, sql } from "drizzle-orm";
import { assert, BsvError } from "#core/errors.ts";
import type { Signed } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import { atomic } from "#db/atomic.ts";
import { ensureBackupset, pinAgent, type SetName } from "#db/backupsets.ts";
import { stepsFrom, wholeList, type SnapshotContent } from "./content.ts";
import { charged, mustFit, type Quota } from "#db/access/quota.ts";
import { snapshots, tombstones } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import { keepSigned, type SignedBy } from "#db/proof/signatures.ts";
import { SNAPSHOT_COLUMNS, snapshotOf, type SnapshotRow } from "#db/snapshots.ts";
import type { Store } from "#db/store/store.ts";
import { ReadBack, type SealedList } from "./read-back.ts";
import { beginAtOldest, neighboursOf, type Moment } from "./timeline.ts";
import { OPEN_MS } from "#db/version.ts";
import { VersionWriter } from "./version-writer.ts";
import { boundWal } from "#db/store/write-ahead-log.ts";

export interface NewSnapshot {
  set: SetName;
  timestampMs: number;
  receivedAtMs: number;
  clientId?: string | undefined;
  /** The installation that sent it, to be the machine's only one: another's is `agent_conflict`. */
  agentId?: string | undefined;
  content: SnapshotContent;
  /** What its owner may have, this one included; more is `over_quota`. */
  quota?: Quota | undefined;
  /** Whose word its signature is taken on; without it, none is kept and none is asked for. */
  signedBy?: SignedBy | undefined;
  /** Gets the list as the store gives it back, to be taken to its end; says the id and header, or throws to undo everything. */
  seal(list: SealedList): Sealing;
}

interface Sealing {
  readonly snapshotId: string;
  readonly headerText: string;
  /** Proven to fit the id. */
  readonly signed?: Signed | undefined;
}

/**
 * Stores a snapshot at its timestamp, before or after others. The same one again is `exists`. Throws `conflict` (another has the time
 * or the client id), `gone` (it was deleted), `base_missing`, `invalid_document` (order, doubled paths).
 */
export async function recordSnapshot(
  scope: Scope,
  snapshot: NewSnapshot,
): Promise<{ kind: "stored" | "exists"; row: SnapshotRow }> {
  const result = await atomic(scope, (database) => {
    const { store } = scope;
    const setId = ensureBackupset(scope, snapshot.set, snapshot.receivedAtMs);
    if (snapshot.agentId !== undefined) {
      pinAgent(store, snapshot.set.machineId, snapshot.agentId, false);
    }
    const taken = findAt(store, setId, snapshot.timestampMs);
    if (taken !== undefined) {
      const sealed = snapshot.seal(wholeList(scope, setId, snapshot.content));
      const { snapshotId } = sealed;
      refuseNamesake(store, setId, snapshot.clientId, snapshotId);
      if (snapshotId === taken.snapshotId) {
        keepSignatureOf(store, snapshot, sealed);
        return { kind: "exists" as const, row: taken };
      }
      throw new BsvError(
        "conflict",
        `${snapshot.set.machineId}/${snapshot.set.setName} has another snapshot at ${timestampText(snapshot.timestampMs)}`,
        { details: { snapshot_id: snapshotId, existing_id: taken.snapshotId } },
      );
    }
    const { quota } = snapshot;
    charged(database, setId, () =>
      write(scope, neighboursOf(database, setId, snapshot.timestampMs), snapshot.content),
    );
    const list = new ReadBack(database, setId, snapshot.timestampMs);
    const sealed = snapshot.seal(list);
    const { snapshotId, headerText } = sealed;
    assert(list.isRead, "seal read the whole list");
    refuseNamesake(store, setId, snapshot.clientId, snapshotId);
    refuseDeleted(store, snapshotId);
    keepSignatureOf(store, snapshot, sealed);
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
    if (quota !== undefined) mustFit(database, setId, quota);
    return { kind: "stored" as const, row: findAt(store, setId, snapshot.timestampMs)! };
  });
  if (result.kind === "stored") boundWal(scope.store);
  return result;
}

// --- internal ---

function keepSignatureOf(
  store: Store,
  { set: { machineId }, timestampMs, receivedAtMs: nowMs, signedBy: by }: NewSnapshot,
  { snapshotId, signed }: Sealing,
): void {
  if (by !== undefined)
    keepSigned(store, { snapshotId, machineId, timestampMs, signed, by, nowMs });
}

function findAt(store: Store, setId: number, atMs: number): SnapshotRow | undefined {
  const row = store.orm
    .select(SNAPSHOT_COLUMNS)
    .from(snapshots)
    .where(and(eq(snapshots.setId, setId), eq(snapshots.timestampMs, atMs)))
    .get();
  return row && snapshotOf(row);
}

function write(scope: Scope, moment: Moment, content: SnapshotContent): void {
  const { database } = scope.store;
  beginAtOldest(database, moment);
  const writer = new VersionWriter(database, moment);
  const isFirst = moment.previousMs === null && moment.nextMs === OPEN_MS;
  for (const { key, entry, stamp } of stepsFrom(scope, moment, content)) {
    if (!isFirst) writer.write(key, entry, stamp);
    else if (entry !== null) writer.writeFirst(key, entry, stamp);
  }
}

/** The id that a foreign writer gave it must name no other snapshot of the set. Asked here: two may come in at once. */
function refuseNamesake(
  store: Store,
  setId: number,
  clientId: string | undefined,
  snapshotId: string,
): void {
  if (clientId === undefined) return;
  const named = store.orm
    .select({ snapshotId: snapshots.snapshotId })
    .from(snapshots)
    .where(
      and(
        eq(sql`+${snapshots.setId}`, setId), // by the ids' indexes, not through all of the set
        or(eq(snapshots.clientId, clientId), eq(snapshots.snapshotId, clientId)),
      ),
    )
    .all();
  if (named.length === 0 || named.some((row) => row.snapshotId === snapshotId)) return;
  throw new BsvError("conflict", `Another snapshot of this set has the id ${clientId}`, {
    details: { snapshot_id: snapshotId, existing_id: named[0]!.snapshotId },
  });
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
