// Signatures and receipts in the store: which key may sign for a machine, and what stays when a snapshot is deleted.
import { expect, test } from "bun:test";
import { chainPage } from "#db/proof/chain.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { reserveBackupset } from "#db/backupsets.ts";
import { keepReceipt, receiptsOf } from "#db/proof/receipts.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { everything, type Scope } from "#db/scope.ts";
import { keysOf, signatureOf, type SignedBy } from "#db/proof/signatures.ts";
import { openStore } from "#db/store/store.ts";
import { newStoreFile } from "./fixture.ts";
import { file, sealFor, SET, whole } from "./sample.ts";

const [A, B] = ["aa".repeat(32), "bb".repeat(32)];
const by = (publicKey: string) => ({ publicKey, signature: "0c".repeat(64) });

async function open(): Promise<Scope> {
  return everything(await openStore(newStoreFile()));
}

async function add(scope: Scope, atMs: number, signedBy: SignedBy, publicKey?: string) {
  const signed = publicKey === undefined ? undefined : by(publicKey);
  const { row, kind } = await recordSnapshot(scope, {
    set: SET,
    timestampMs: atMs,
    receivedAtMs: atMs + 500,
    content: whole([file(`/${atMs}`)]),
    signedBy,
    seal: (entries) => ({ ...sealFor(SET, atMs)(entries), signed }),
  });
  return { id: row.snapshotId, kind };
}

const CONFLICT = { code: "agent_conflict" };

test("I9: the first key is pinned; another one, or none, is refused and nothing is stored", async () => {
  const scope = await open();
  await add(scope, 1000, "sender");
  const { id } = await add(scope, 2000, "sender", A);
  expect(await signatureOf(scope, id)).toEqual(by(A));
  expect(add(scope, 3000, "sender", B)).rejects.toMatchObject(CONFLICT);
  expect(add(scope, 3000, "sender")).rejects.toMatchObject(CONFLICT);
  expect((await chainPage(scope, SET, { limit: 9 })).rows).toHaveLength(2);
  await add(scope, 3000, "sender", A);
});

test("I9: after an adoption the next key is pinned; the old one vouches only for what came before", async () => {
  const scope = await open();
  await add(scope, 1000, "sender", A);
  await reserveBackupset(scope, { ...SET, agentId: "new", adopt: true, nowMs: 5000 });
  await add(scope, 4000, "sender", A); // sent on by the successor
  expect(add(scope, 6000, "sender", A)).rejects.toMatchObject(CONFLICT);
  await add(scope, 7000, "sender", B);
  expect(add(scope, 8000, "sender", A)).rejects.toMatchObject(CONFLICT);
  expect(
    (await keysOf(scope, SET.machineId)).map((key) => [key.publicKey, key.retiredAtMs]),
  ).toEqual([
    [A, 5000],
    [B, null],
  ]);
});

test("I8: whoever may only add cannot put another key in the place of the pinned one", async () => {
  const scope = await open();
  await add(scope, 1000, "sender", A);
  const pusher = { ...scope, isAppendOnly: true };
  const wish = { ...SET, adopt: true, nowMs: 5000 };
  for (const publicKey of [B, undefined]) {
    const refused = await reserveBackupset(pusher, { ...wish, publicKey }).catch((error) => error);
    expect(refused).toMatchObject({ code: "forbidden" });
  }
  await reserveBackupset(pusher, { ...wish, publicKey: A });
  expect(await keysOf(scope, SET.machineId)).toMatchObject([{ publicKey: A, retiredAtMs: null }]);
  await reserveBackupset(scope, { ...wish, publicKey: B });
  expect(await keysOf(scope, SET.machineId)).toMatchObject([
    { retiredAtMs: 5000 },
    { publicKey: B },
  ]);
});

test("this installation's new key replaces its old one; what is carried over keeps its own", async () => {
  const scope = await open();
  await add(scope, 1000, "own", A);
  const { id } = await add(scope, 2000, "carried", B);
  await add(scope, 3000, "own", B);
  expect(await signatureOf(scope, id)).toEqual(by(B));
  const keys = await keysOf(scope, SET.machineId);
  expect(keys.map((key) => [key.publicKey, key.retiredAtMs])).toEqual([
    [A, 3500],
    [B, null],
  ]);
  await add(scope, 4000, "carried");
});

test("I3: the same snapshot once more, now signed, keeps the signature; the first one stays", async () => {
  const scope = await open();
  await add(scope, 1000, "sender");
  const again = await add(scope, 1000, "sender", A);
  expect(again.kind).toBe("exists");
  expect(await signatureOf(scope, again.id)).toEqual(by(A));
});

test("a deleted snapshot keeps its place in the chain, with signature and reason", async () => {
  const scope = await open();
  const { id } = await add(scope, 1000, "own", A);
  await add(scope, 2000, "own", A);
  await deleteSnapshot(scope, id, { nowMs: 9000, why: "asked" });
  const first = await chainPage(scope, SET, { limit: 1 });
  expect(first.rows).toMatchObject([
    { snapshotId: id, seq: null, signed: by(A), deleted: { atMs: 9000, why: "asked" } },
  ]);
  const rest = await chainPage(scope, SET, { limit: 1, cursor: first.nextCursor! });
  expect(rest).toMatchObject({
    nextCursor: null,
    rows: [{ timestampMs: 2000, seq: 2, deleted: null }],
  });
});

test("receipts stay when the snapshot goes, each once; I10: others do not see them", async () => {
  const scope = await open();
  const { id: snapshotId } = await add(scope, 1000, "own");
  const receipt = {
    ...SET,
    snapshotId,
    remote: "https://r",
    seq: 1,
    receivedAtMs: 2,
    signed: by(A),
    keptAtMs: 3,
  };
  await keepReceipt(scope, receipt);
  await keepReceipt(scope, { ...receipt, keptAtMs: 4 });
  await keepReceipt(scope, { ...receipt, seq: 7, signed: undefined, keptAtMs: 5 });
  await deleteSnapshot(scope, snapshotId, { nowMs: 9000, why: "asked" });
  expect(await receiptsOf(scope, SET)).toEqual([
    receipt,
    { ...receipt, seq: 7, signed: undefined, keptAtMs: 5 },
  ]);
  const other = { ...scope, owner: 77 };
  expect(await receiptsOf(other, SET)).toEqual([]);
  expect(await keysOf(other, SET.machineId)).toEqual([]);
  expect((await chainPage(other, SET, { limit: 9 })).rows).toEqual([]);
});
