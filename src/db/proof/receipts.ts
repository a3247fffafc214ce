// What remotes acknowledged to this installation: which snapshot, at which place of theirs, when. Kept when the snapshot itself is
// deleted, for it is what a remote that forgets is measured by.
import { asc, eq } from "drizzle-orm";
import type { ReceiptFacts, Signed } from "#core/signature.ts";
import { atomic } from "#db/atomic.ts";
import { findSetId } from "#db/owned.ts";
import { receipts } from "#db/schema.ts";
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
