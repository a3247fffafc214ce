// Signatures of snapshots, and the keys a machine signs with. The first key a machine's snapshots come with is pinned; from then on
// the store takes none of that machine without a signature, or with another key's, until the name is adopted.
import { and, eq, isNull, ne } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { keyText, type Signed } from "#core/signature.ts";
import { atomic } from "#db/atomic.ts";
import { isSeen, momentOf } from "#db/owned.ts";
import { machineKeys, signatures } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import type { Store } from "#db/store/store.ts";

export interface MachineKey {
  readonly publicKey: string;
  readonly pinnedAtMs: number;
  /** Null for the one that holds. */
  readonly retiredAtMs: number | null;
}

/**
 * Whose word a signature is taken on. `own`: this installation's, whose key replaces the one before. `sender`: of somebody over the
 * network, held to the pinned key. `carried`: fetched or imported, kept as it came; it pins only where nothing is pinned.
 */
export type SignedBy = "own" | "sender" | "carried";

export interface SignedSnapshot {
  readonly snapshotId: string;
  readonly machineId: string;
  readonly timestampMs: number;
  /** Proven already to fit the snapshot. */
  readonly signed: Signed | undefined;
  readonly by: SignedBy;
  readonly nowMs: number;
}

/** Keeps the signature of a snapshot that is there already. Throws `not_found`, or `agent_conflict` as `keepSigned` does. */
export async function keepSignature(scope: Scope, snapshot: SignedSnapshot): Promise<void> {
  await atomic(scope, () => {
    momentOf(scope, snapshot.snapshotId, "not_found");
    keepSigned(scope.store, snapshot);
  });
}

/** Throws `not_found`. */
export async function signatureOf(scope: Scope, snapshotId: string): Promise<Signed | undefined> {
  momentOf(scope, snapshotId, "not_found");
  const { publicKey, signature } = signatures;
  return scope.store.orm
    .select({ publicKey, signature })
    .from(signatures)
    .where(eq(signatures.snapshotId, snapshotId))
    .get();
}

/** The machine's keys, oldest first. */
export async function keysOf(scope: Scope, machineId: string): Promise<MachineKey[]> {
  return isSeen(scope, machineId) ? keys(scope.store, machineId) : [];
}

/** For this room: keeps a signature, or sees that none is needed. Throws `agent_conflict`. Call inside `atomic`. */
export function keepSigned(store: Store, snapshot: SignedSnapshot): void {
  const { snapshotId, machineId, signed, by, nowMs } = snapshot;
  if (by === "sender") checkSender(keys(store, machineId), snapshot);
  if (signed === undefined) return;
  if (by === "own") {
    takeOverKey(store, machineId, signed.publicKey, nowMs);
  } else if (keys(store, machineId).every((key) => key.retiredAtMs !== null)) {
    // One that was retired comes back only by its own installation, never by what others send.
    const key = { machineId, publicKey: signed.publicKey, pinnedAtMs: nowMs, retiredAtMs: null };
    store.orm.insert(machineKeys).values(key).onConflictDoNothing().run();
  }
  store.orm
    .insert(signatures)
    .values({ snapshotId, ...signed })
    .onConflictDoNothing()
    .run();
}

/**
 * For this room: as `takeOverKey`, by whoever takes the machine over. Throws `forbidden` where that would replace a pinned key, and
 * its sender may only add: a stolen key to push with must not become a key to sign with. Call inside `atomic`.
 */
export function adoptKey(
  scope: Scope,
  machineId: string,
  publicKey: string | undefined,
  nowMs: number,
): void {
  const pinned = keys(scope.store, machineId).find((key) => key.retiredAtMs === null);
  const isReplaced = pinned !== undefined && pinned.publicKey !== publicKey;
  if (isReplaced && scope.isAppendOnly === true) {
    const text = `Snapshots of machine ${machineId} are signed with key ${keyText(pinned.publicKey)}, and only a key with the right admin may put another in its place`;
    throw new BsvError("forbidden", text, {
      hint: "Say bsv push --adopt once with such a key (bsv login)",
      details: { machine_id: machineId },
    });
  }
  takeOverKey(scope.store, machineId, publicKey, nowMs);
}

/**
 * From now on this is the machine's key, and those before it are retired; without one, the next that comes is
 * pinned. Call inside `atomic`.
 */
function takeOverKey(
  store: Store,
  machineId: string,
  publicKey: string | undefined,
  nowMs: number,
): void {
  const holds = and(eq(machineKeys.machineId, machineId), isNull(machineKeys.retiredAtMs));
  const others = publicKey === undefined ? holds : and(holds, ne(machineKeys.publicKey, publicKey));
  store.orm.update(machineKeys).set({ retiredAtMs: nowMs }).where(others).run();
  if (publicKey === undefined) return;
  const key = { machineId, publicKey, pinnedAtMs: nowMs, retiredAtMs: null };
  const target = [machineKeys.machineId, machineKeys.publicKey];
  store.orm
    .insert(machineKeys)
    .values(key)
    .onConflictDoUpdate({ target, set: { retiredAtMs: null } })
    .run();
}

// --- internal ---

function keys(store: Store, machineId: string): MachineKey[] {
  const { publicKey, pinnedAtMs, retiredAtMs } = machineKeys;
  return store.orm
    .select({ publicKey, pinnedAtMs, retiredAtMs })
    .from(machineKeys)
    .where(eq(machineKeys.machineId, machineId))
    .orderBy(pinnedAtMs)
    .all();
}

/** A retired key may still vouch for what was witnessed while it held. */
function checkSender(
  known: readonly MachineKey[],
  { machineId, timestampMs, signed }: SignedSnapshot,
): void {
  const pinned = known.find((key) => key.retiredAtMs === null);
  if (signed === undefined) {
    if (pinned === undefined) return;
    throw refusal(machineId, "and this one is not signed", pinned);
  }
  const own = known.find((key) => key.publicKey === signed.publicKey);
  const isHeld = own !== undefined && (own.retiredAtMs === null || timestampMs <= own.retiredAtMs);
  if (isHeld || (own === undefined && pinned === undefined)) return;
  throw refusal(machineId, `not with ${keyText(signed.publicKey)}`, pinned ?? own!);
}

function refusal(machineId: string, instead: string, { publicKey }: MachineKey): BsvError {
  const text = `Snapshots of machine ${machineId} are signed with key ${keyText(publicKey)}, ${instead}`;
  return new BsvError("agent_conflict", text, {
    hint: "If this installation took the other's place, or has a new key, say bsv push --adopt once",
    details: { machine_id: machineId, public_key: publicKey },
  });
}
