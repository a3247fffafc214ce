// The chain between an agent and a server: what is signed, acknowledged, and found when either side was tampered with.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { documentStart } from "#core/document.ts";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { NOBODY, type Run } from "#core/run.ts";
import { receiptStatement, signedBy, snapshotStatement, type Signer } from "#core/signature.ts";
import { readWitness, witnessText } from "#core/witness.ts";
import { chainPage } from "#db/proof/chain.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { receiptsOf } from "#db/proof/receipts.ts";
import { everything, type Scope } from "#db/scope.ts";
import { keepSignature, signatureOf } from "#db/proof/signatures.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { openStore } from "#db/store/store.ts";
import { newSha256 } from "#disk/sha256.ts";
import { verifySignature } from "#disk/signing-key.ts";
import { allHeads } from "#jobs/all-heads.ts";
import { verifyChain } from "#jobs/chain/verify.ts";
import { documentText } from "#jobs/document-text.ts";
import { ingest } from "#jobs/ingest/ingest.ts";
import { pull } from "#jobs/pull.ts";
import { push } from "#jobs/push/push.ts";
import { SET } from "#test/db/sample.ts";
import { newSigner } from "#test/signer.ts";
import { addSnapshots, AGENT } from "./history.ts";
import { newFolder, startServer, type TestServer } from "./server.ts";

setDefaultTimeout(30_000);

const run: Run = { signal: new AbortController().signal, monitor: NOBODY, now: Date.now };
const EVERY_BIT = process.env["BSV_SOAK"] === "1";

interface Agent {
  scope: Scope;
  dataDir: string;
  signer: Signer;
}

async function newAgent(): Promise<Agent> {
  const dataDir = newFolder();
  mkdirSync(dataDir, { recursive: true });
  return {
    scope: everything(await openStore(join(dataDir, "bsv.db"))),
    dataDir,
    signer: newSigner(),
  };
}

async function pushed(
  agent: Agent,
  server: TestServer,
  more: { adopt?: boolean; signer?: Signer | undefined } = {},
) {
  const input = {
    remoteUrl: server.url,
    sets: [SET],
    agentId: AGENT,
    adopt: false,
    isDryRun: false,
  };
  return push(agent.scope, { ...input, ...agent, ...more }, run);
}

/** Kinds of findings, and of events. */
async function judged({ scope, signer }: Agent, server?: TestServer, witness?: string) {
  const input = {
    sets: [SET],
    publicKey: signer.publicKey,
    remoteUrl: server?.url,
    witness: witness === undefined ? undefined : readWitness(witness, newSha256),
  };
  const [verdict] = await verifyChain(scope, input, run);
  return {
    ...verdict!,
    kinds: verdict!.findings.map((one) => one.kind),
    told: verdict!.events.map((one) => one.kind),
  };
}

async function witnessOf({ scope, signer }: Agent): Promise<string> {
  const heads = (await allHeads(scope, SET)).map((head) => ({ ...SET, ...head }));
  return witnessText(heads, { nowMs: Date.now(), signer, newHasher: newSha256 });
}

test("I9: what is pushed is signed and acknowledged, and the chain holds on both sides", async () => {
  const agent = await newAgent();
  const server = await startServer(newSigner());
  const rows = await addSnapshots(agent.scope, 4);
  await pushed(agent, server);
  for (const { snapshotId } of rows) {
    const signed = (await signatureOf(server.scope, snapshotId))!;
    expect(signed.publicKey).toBe(agent.signer.publicKey);
    expect(verifySignature(signed, snapshotStatement(snapshotId))).toBe(true);
  }
  const receipts = await receiptsOf(agent.scope, SET);
  expect(receipts.map((receipt) => receipt.seq)).toEqual([1, 2, 3, 4]);
  expect(receipts.every(({ signed }) => signed?.publicKey === server.signer!.publicKey)).toBe(true);
  const verdict = await judged(agent, server);
  expect(verdict).toMatchObject({ kinds: [], told: [] });
  expect(verdict.checked).toEqual({
    snapshots: 4,
    contents: 4,
    signatures: 4,
    deleted: 0,
    remoteSnapshots: 4,
    receipts: 4,
    witnessHeads: null,
  });
});

test("I9: a server that was rolled back is found by its receipts, and is told of, no more, when it has it all again", async () => {
  const agent = await newAgent();
  const server = await startServer(newSigner());
  await addSnapshots(agent.scope, 2);
  await pushed(agent, server);
  const backup = await server.backUp();
  await addSnapshots(agent.scope, 3);
  await pushed(agent, server);
  await server.restore(backup);
  expect((await judged(agent, server)).kinds).toEqual(["forgotten", "forgotten", "forgotten"]);
  await addSnapshots(agent.scope, 1);
  const { sets } = await pushed(agent, server);
  expect(sets[0]!.forgottenCount).toBe(3);
  const verdict = await judged(agent, server);
  expect(verdict).toMatchObject({ kinds: [], told: ["resent"] });
  expect(verdict.events[0]!.count).toBe(3);
});

test("I9: a server whose rows were changed is found: order, arrival, header, signature, a snapshot put in", async () => {
  const agent = await newAgent();
  const server = await startServer();
  const [, second, third] = (await addSnapshots(agent.scope, 4)) as [
    SnapshotRow,
    SnapshotRow,
    SnapshotRow,
  ];
  await pushed(agent, server);
  const { database } = server.scope.store;
  database.run("PRAGMA foreign_keys = OFF");
  const sabotage = async (sql: string, kind: string) => {
    database.run(sql);
    const { kinds } = await judged(agent, server);
    expect([sql, kinds]).toEqual([sql, expect.arrayContaining([kind])]);
  };
  const undo = (sql: string) => database.run(sql);
  await sabotage(
    `UPDATE snapshots SET seq = 99 WHERE snapshot_id = '${second.snapshotId}'`,
    "reordered",
  );
  undo(`UPDATE snapshots SET seq = 2 WHERE seq = 99`);
  await sabotage(
    `UPDATE snapshots SET received_at_ms = received_at_ms - 1 WHERE seq = 2`,
    "reordered",
  );
  undo(`UPDATE snapshots SET received_at_ms = received_at_ms + 1 WHERE seq = 2`);
  await sabotage(
    `UPDATE snapshots SET header = replace(header, '"file_count":20', '"file_count":21') WHERE seq = 3`,
    "changed",
  );
  undo(
    `UPDATE snapshots SET header = replace(header, '"file_count":21', '"file_count":20') WHERE seq = 3`,
  );
  await sabotage(
    `UPDATE signatures SET signature = '${"0".repeat(128)}' WHERE snapshot_id = '${third.snapshotId}'`,
    "bad_signature",
  );
  await sabotage(`DELETE FROM snapshots WHERE seq = 4`, "forgotten");
});

test("I9: a store in which somebody changed, removed or forged rows is found", async () => {
  const forgeries: [sql: string, kind: string][] = [
    [`UPDATE versions SET size = size + 1 WHERE version_id = 3`, "changed"],
    [`UPDATE snapshots SET header = replace(header, 'agent', 'agemt') WHERE seq = 2`, "changed"],
    [`DELETE FROM snapshots WHERE seq = 2`, "removed"],
    [`UPDATE snapshots SET seq = 9 WHERE seq = 2`, "reordered"],
    [
      `DELETE FROM signatures WHERE snapshot_id = (SELECT snapshot_id FROM snapshots WHERE seq = 3)`,
      "unsigned",
    ],
    [`UPDATE signatures SET signature = 'ff' || substr(signature, 3)`, "bad_signature"],
    [`UPDATE signatures SET public_key = '${"aa".repeat(32)}'`, "bad_signature"],
  ];
  for (const [sql, kind] of forgeries) {
    const agent = await newAgent();
    for (const { snapshotId, machineId, timestampMs } of await addSnapshots(agent.scope, 4)) {
      const signed = signedBy(agent.signer, snapshotStatement(snapshotId));
      await keepSignature(agent.scope, {
        snapshotId,
        machineId,
        timestampMs,
        signed,
        by: "own",
        nowMs: 1,
      });
    }
    expect((await judged(agent)).kinds).toEqual([]);
    agent.scope.store.database.run("PRAGMA foreign_keys = OFF");
    agent.scope.store.database.run(sql);
    expect([sql, (await judged(agent)).kinds]).toEqual([sql, expect.arrayContaining([kind])]);
  }
});

test("I9: an agent's store that was rolled back is found, by the server and by the witness", async () => {
  const agent = await newAgent();
  const server = await startServer();
  await addSnapshots(agent.scope, 2);
  await pushed(agent, server);
  const older = await newAgent();
  await pull(
    older.scope,
    { remoteUrl: server.url, dataDir: older.dataDir, set: SET, isDryRun: false },
    run,
  );
  await addSnapshots(agent.scope, 2);
  await pushed(agent, server);
  const witness = await witnessOf(agent);
  const rolledBack = { ...older, signer: agent.signer };
  const alone = await judged(rolledBack);
  expect(alone.kinds).toEqual([]);
  expect(alone.unseen.join()).toContain("cut off: that takes --remote or --witness");
  expect((await judged(rolledBack, server)).kinds).toEqual(["missing_here", "missing_here"]);
  expect((await judged(rolledBack, undefined, witness)).kinds).toEqual(["removed", "removed"]);
  expect((await judged(agent, server, witness)).kinds).toEqual([]);
});

test("I9: what was acknowledged and is taken out of this store is found without asking anybody", async () => {
  const agent = await newAgent();
  const server = await startServer();
  const rows = await addSnapshots(agent.scope, 3);
  await pushed(agent, server);
  const { database } = agent.scope.store;
  database.run("PRAGMA foreign_keys = OFF");
  database.run(`DELETE FROM snapshots WHERE snapshot_id = '${rows[2]!.snapshotId}'`);
  const verdict = await judged(agent);
  expect(verdict.kinds).toContain("removed");
  expect(verdict.findings.map((one) => one.problem).join()).toContain("was acknowledged by http");
});

test("a deletion is told on both sides and by reason, and is no alarm", async () => {
  const agent = await newAgent();
  const server = await startServer();
  const rows = await addSnapshots(agent.scope, 4);
  await pushed(agent, server);
  const witness = await witnessOf(agent);
  await deleteSnapshot(agent.scope, rows[1]!.snapshotId, { nowMs: Date.now(), why: "retention" });
  await deleteSnapshot(server.scope, rows[2]!.snapshotId, { nowMs: Date.now(), why: "asked for" });
  const verdict = await judged(agent, server, witness);
  expect(verdict.kinds).toEqual([]);
  expect(verdict.events).toMatchObject([
    { kind: "deleted", count: 1, text: expect.stringContaining("retention") },
    { kind: "deleted_at_remote", count: 1, text: expect.stringContaining("asked for") },
  ]);
});

test("the newest snapshot is deleted and another made: no fork, neither here nor against a server that has both", async () => {
  const agent = await newAgent();
  const server = await startServer();
  const rows = await addSnapshots(agent.scope, 3);
  await pushed(agent, server);
  const { snapshotId, timestampMs } = rows.at(-1)!;
  await deleteSnapshot(agent.scope, snapshotId, { nowMs: timestampMs + 1, why: "by hand" });
  await addSnapshots(agent.scope, 2, { startMs: timestampMs + 1000 });
  await pushed(agent, server);
  expect(await judged(agent, server)).toMatchObject({ kinds: [], told: ["deleted"] });
});

test("I9: a machine whose key is pinned takes no unsigned snapshot and no other key's, until it is adopted", async () => {
  const agent = await newAgent();
  const server = await startServer();
  await addSnapshots(agent.scope, 1);
  await pushed(agent, server);
  const other = newSigner();
  await addSnapshots(agent.scope, 1);
  for (const signer of [undefined, other]) {
    const copy = { ...agent, signer: signer as Signer };
    const refused = await pushed(copy, server).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "agent_conflict" });
  }
});

test("I9: after an adoption the new key holds, also when it is the same one", async () => {
  const agent = await newAgent();
  const server = await startServer();
  await addSnapshots(agent.scope, 1);
  await pushed(agent, server);
  await addSnapshots(agent.scope, 1);
  await pushed(agent, server, { adopt: true });
  await addSnapshots(agent.scope, 1);
  const { sets } = await pushed(agent, server);
  expect(sets[0]!.sent).toMatchObject([{ outcome: "stored" }]);
  const next = newSigner();
  await addSnapshots(agent.scope, 1);
  expect((await pushed(agent, server, { adopt: true, signer: next })).sets[0]!.sent).toHaveLength(
    1,
  );
  expect((await judged(agent, server)).kinds).toEqual([]);
});

test("pull brings back signatures, and the names that foreign writers gave", async () => {
  const agent = await newAgent();
  const server = await startServer(newSigner());
  const document = {
    snapshot_id: "nightly-7",
    timestamp: "2025-06-23T10:33:21",
    machine_id: SET.machineId,
    backupset_name: SET.setName,
    summary: { file_count: 1, total_size: 5, error_count: 0 },
    files: [{ path: "/a", size: 5, mtime: 1, checksum: "abcd" }],
  };
  const posted = await fetch(`${server.url}/machines/${SET.machineId}/backupsets/${SET.setName}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(document),
  });
  expect(posted.status).toBe(201);
  await addSnapshots(agent.scope, 2, { startMs: Date.UTC(2026, 5, 1) });
  await pushed(agent, server);
  const fresh = await newAgent();
  await pull(
    fresh.scope,
    { remoteUrl: server.url, dataDir: fresh.dataDir, set: SET, isDryRun: false },
    run,
  );
  const { rows } = await chainPage(fresh.scope, SET, { limit: 10 });
  expect(rows.map(({ clientId, signed }) => [clientId, signed?.publicKey ?? null])).toEqual([
    ["nightly-7", null],
    [null, agent.signer.publicKey],
    [null, agent.signer.publicKey],
  ]);
});

/** The bytes with each of their bits flipped, one at a time. */
function* flipped(bytes: Buffer, stride = 1): Generator<[bit: number, bytes: Buffer]> {
  for (let bit = 0; bit < bytes.length * 8; bit += stride) {
    const copy = Buffer.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    yield [bit, copy];
  }
}

test("every bit of a signature, of a key and of a receipt that is flipped is refused", () => {
  const signer = newSigner();
  const facts = {
    machineId: "m",
    setName: "s",
    snapshotId: "ab".repeat(32),
    seq: 12,
    receivedAtMs: 1_790_000_000_000,
  };
  for (const text of [snapshotStatement(facts.snapshotId), receiptStatement(facts)]) {
    const { publicKey, signature } = signedBy(signer, text);
    expect(verifySignature({ publicKey, signature }, text)).toBe(true);
    for (const [bit, bytes] of flipped(Buffer.from(signature, "hex"))) {
      expect([bit, verifySignature({ publicKey, signature: bytes.toString("hex") }, text)]).toEqual(
        [bit, false],
      );
    }
    for (const [bit, bytes] of flipped(Buffer.from(publicKey, "hex"))) {
      expect([bit, verifySignature({ publicKey: bytes.toString("hex"), signature }, text)]).toEqual(
        [bit, false],
      );
    }
    // As they are written: the same number in other letters is refused, too.
    for (const [bit, bytes] of flipped(Buffer.from(signature))) {
      expect([
        bit,
        verifySignature({ publicKey, signature: bytes.toString("latin1") }, text),
      ]).toEqual([bit, false]);
    }
    for (const [bit, bytes] of flipped(Buffer.from(text))) {
      expect([bit, verifySignature({ publicKey, signature }, bytes.toString("latin1"))]).toEqual([
        bit,
        false,
      ]);
    }
  }
});

test("every bit of a signed snapshot that is flipped is refused, or changes nothing that is signed", async () => {
  const agent = await newAgent();
  const [row] = (await addSnapshots(agent.scope, 1, { files: 2 })) as [SnapshotRow];
  const signed = signedBy(agent.signer, snapshotStatement(row.snapshotId));
  const text = (await Array.fromAsync(documentText(agent.scope, row))).join("");
  expect(text).toStartWith(documentStart(row.snapshotId, row.headerText));
  const there = await newAgent();
  const file = join(there.dataDir, "document.json");
  const taken = async (bytes: Buffer) => {
    await Bun.write(file, bytes);
    const input = {
      parts: [file],
      form: "json",
      encoding: "identity",
      receivedAtMs: 1,
      workFolder: there.dataDir,
      limits: DEFAULT_LIMITS,
      signed,
    } as const;
    return ingest(there.scope, input, run).then(
      (done) => done.row.snapshotId,
      () => "refused",
    );
  };
  let refused = 0;
  for (const [bit, bytes] of flipped(Buffer.from(text), EVERY_BIT ? 1 : 61)) {
    const outcome = await taken(bytes);
    if (outcome === "refused") refused++;
    else expect([bit, outcome]).toEqual([bit, row.snapshotId]); // a hex digit in capitals: the same snapshot
  }
  expect(refused).toBeGreaterThan(((text.length * 8) / (EVERY_BIT ? 1 : 61)) * 0.95);
  expect(await taken(Buffer.from(text))).toBe(row.snapshotId);
});

test("every byte of a witness that is changed is seen", async () => {
  const agent = await newAgent();
  await addSnapshots(agent.scope, 3);
  const bytes = Buffer.from(await witnessOf(agent));
  for (const [bit, copy] of flipped(bytes, EVERY_BIT ? 1 : 19)) {
    const outcome = await judged(agent, undefined, copy.toString("latin1")).then(
      ({ checked }) => `read: ${checked.witnessHeads}`,
      (error) => error.code ?? String(error),
    );
    expect([bit, outcome]).toEqual([bit, "malformed"]);
  }
});
