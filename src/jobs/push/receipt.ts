// What goes beside a snapshot on its way to a remote, and what comes back: our signature, and the remote's receipt.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import {
  keyText,
  receiptStatement,
  signedBy,
  snapshotStatement,
  type Signed,
  type Signer,
} from "#core/signature.ts";
import type { SetName } from "#db/backupsets.ts";
import { keepReceipt } from "#db/proof/receipts.ts";
import type { Scope } from "#db/scope.ts";
import { keepSignature, signatureOf } from "#db/proof/signatures.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { verifySignature } from "#disk/signing-key.ts";
import type { Remote } from "#sync/remote.ts";
import type { Receipt } from "#sync/upload.ts";

/** The signature a snapshot carries; one from before there was a key gets ours now, and keeps it. */
export async function signatureFor(
  scope: Scope,
  { snapshotId, machineId, timestampMs }: SnapshotRow,
  signer: Signer | undefined,
  run: Run,
): Promise<Signed | undefined> {
  const known = await signatureOf(scope, snapshotId);
  if (known !== undefined || signer === undefined) return known;
  const signed = signedBy(signer, snapshotStatement(snapshotId));
  const nowMs = run.now();
  await keepSignature(scope, { snapshotId, machineId, timestampMs, signed, by: "own", nowMs });
  return signed;
}

/** Keeps the receipt. Throws `remote_refused` for one that the remote's own key did not sign. */
export async function acknowledged(
  scope: Scope,
  { remote: { url }, set: { machineId, setName } }: { remote: Remote; set: SetName },
  { snapshotId, place }: Receipt,
  run: Run,
): Promise<void> {
  if (place === null) return;
  const { seq, receivedAtMs, signed } = place;
  const facts = { machineId, setName, snapshotId, seq, receivedAtMs };
  if (signed !== undefined && !verifySignature(signed, receiptStatement(facts))) {
    const text = `The receipt of ${url} is not signed by the key it names, ${keyText(signed.publicKey)}`;
    throw new BsvError("remote_refused", text, { details: { snapshot_id: snapshotId } });
  }
  await keepReceipt(scope, { ...facts, remote: url, signed, keptAtMs: run.now() });
}
