// What remotes acknowledged to this installation: which snapshot, at which place of theirs, when. Kept when the snapshot itself is
// deleted, for it is what a remote that forgets is measured by.
import { and, asc, countDistinct, desc, eq, gt, inArray, lt } from "drizzle-orm";
import type { ReceiptFacts, Signed } from "#core/signature.ts";
import { atomic } from "#db/atomic.ts";
import { findSetId } from "#db/owned.ts";
import { receipts, tombstones } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import type { SetName } from "#db/backupsets.ts";

export interface Receipt extends ReceiptFacts {
  /** The address of the remote. */
  readonly remote: string;
  /** Undefined where the remote signs nothing. */
  readonly signed: Signed | undefined;
  readonly keptAtMs: number;
}

/** Keeps a receipt; the same one again changes nothing, a different one for the same snapshot is kept beside it. */
export async function keepReceipt(scope: Scope, receipt: Receipt): Promise<void> {
  const { snapshotId, remote, seq, receivedAtMs, signed, keptAtMs } = receipt;
  await atomic(scope, () => {
    const setId = findSetId(scope, receipt);
    if (setId === undefined) return; // the set was never here: nothing to measure a remote by
    const { publicKey, signature } = signed ?? { publicKey: "", signature: "" };
    const row = { setId, snapshotId, remote, seq, receivedAtMs, publicKey, signature, keptAtMs };
    scope.store.orm.insert(receipts).values(row).onConflictDoNothing().run();
  });
}

/** The newest snapshot that is not deleted, and when the next one is. */
interface Between {
  readonly after: { readonly snapshotId: string; readonly timestampMs: number } | undefined;
  readonly beforeMs: number;
}

/**
 * The newest snapshot between them that was deleted here, though each remote that has the one before acknowledged it: there it stays, and
 * what is recorded next follows it. Where one of them never had it, it would be missing. An address that is used no more has neither.
 */
export async function deletedHead(
  scope: Scope,
  set: SetName,
  { after, beforeMs }: Between,
): Promise<string | undefined> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  const { orm } = scope.store;
  const remotes = countDistinct(receipts.remote);
  const inUse = orm
    .select({ remote: receipts.remote })
    .from(receipts)
    .where(
      and(
        eq(receipts.setId, setId),
        after === undefined ? undefined : eq(receipts.snapshotId, after.snapshotId),
      ),
    );
  const ofSet = and(eq(receipts.setId, setId), inArray(receipts.remote, inUse));
  const all = orm.select({ remotes }).from(receipts).where(ofSet).get()!.remotes;
  const isBetween = and(
    gt(tombstones.timestampMs, after?.timestampMs ?? 0),
    lt(tombstones.timestampMs, beforeMs),
  );
  return orm
    .select({ snapshotId: tombstones.snapshotId })
    .from(tombstones)
    .innerJoin(receipts, and(ofSet, eq(receipts.snapshotId, tombstones.snapshotId)))
    .where(and(eq(tombstones.setId, setId), isBetween))
    .groupBy(tombstones.snapshotId)
    .having(eq(remotes, all))
    .orderBy(desc(tombstones.timestampMs))
    .limit(1)
    .get()?.snapshotId;
}

/** All receipts of a set, in the order in which they came. */
export async function receiptsOf(scope: Scope, set: SetName): Promise<Receipt[]> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return [];
  const { machineId, setName } = set;
  return scope.store.orm
    .select()
    .from(receipts)
    .where(eq(receipts.setId, setId))
    .orderBy(asc(receipts.keptAtMs), asc(receipts.seq))
    .all()
    .map(({ snapshotId, remote, seq, receivedAtMs, publicKey, signature, keptAtMs }) => ({
      machineId,
      setName,
      snapshotId,
      remote,
      seq,
      receivedAtMs,
      signed: publicKey === "" ? undefined : { publicKey, signature },
      keptAtMs,
    }));
}
