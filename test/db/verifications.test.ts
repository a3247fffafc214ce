// Records of verifications, and which contents they proved where.
import { expect, onTestFinished, test } from "bun:test";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { noFindings } from "#core/proof/finding.ts";
import type { Verification } from "#core/proof/verification.ts";
import {
  knownCopies,
  listVerifications,
  provenAtMs,
  recordVerification,
} from "#db/proof/verifications.ts";
import { VERIFICATION_SQL } from "#db/proof/verifications.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newScope, newStoreFile } from "./fixture.ts";
import { file, record, SET } from "./sample.ts";

const hash = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest();
const hex = (text: string): string => hash(text).toHex();

async function scopeWithSet(): Promise<Scope> {
  const scope = await newScope();
  await record(scope, 1000, [file("/a")]);
  return scope;
}

const done = (nr: number, more: Partial<Verification> = {}): Verification => ({
  id: String(nr).padStart(32, "0"),
  ...SET,
  snapshotId: hex("a snapshot"),
  copy: null,
  target: "/data",
  startedAtMs: 5000 + nr,
  durationMs: 12,
  method: "read",
  coverage: {
    filesTotal: 2,
    filesChecked: 1,
    bytesTotal: 9,
    bytesChecked: 4,
    filesCompared: 1,
    filesBad: 0,
    notChecked: { EIO: 1 },
  },
  counts: { ...noFindings(), intact: 1, unreadable: 1 },
  bytesRead: 4,
  isComplete: false,
  cut: null,
  listed: [{ kind: "unreadable", path: "/a", why: "EIO: i/o error" }],
  ...more,
});

test("I1: a verification reads back as it was recorded, newest first, by snapshot and by copy, in pages", async () => {
  const scope = await scopeWithSet();
  const other = done(2, { copy: "nas", snapshotId: hex("another") });
  for (const one of [done(1), other, done(3)]) {
    expect(await recordVerification(scope, one)).toBe("stored");
  }
  const page = { limit: 2 };
  const first = await listVerifications(scope, SET, {}, page);
  expect(first.rows).toEqual([done(3), other]);
  const rest = await listVerifications(scope, SET, {}, { ...page, cursor: first.nextCursor! });
  expect(rest).toEqual({ rows: [done(1)], nextCursor: null });
  const ids = async (filter: object) =>
    (await listVerifications(scope, SET, filter, page)).rows.map(({ id }) => Number(id));
  expect(await ids({ copy: "nas" })).toEqual([2]);
  expect(await ids({ copy: null })).toEqual([3, 1]);
  expect(await ids({ snapshotId: hex("another") })).toEqual([2]);
});

test("I3: a verification that comes twice is stored once", async () => {
  const scope = await scopeWithSet();
  expect(await recordVerification(scope, done(1))).toBe("stored");
  expect(await recordVerification(scope, done(1))).toBe("exists");
  expect((await listVerifications(scope, SET, {}, { limit: 9 })).rows).toHaveLength(1);
});

test("a content is proven in a place until a later reading disproves it there", async () => {
  const scope = await scopeWithSet();
  const proofs = (atMs: number, proven: string[], disproven: string[] = []) => ({
    atMs,
    proven: proven.map(hash),
    disproven: disproven.map(hash),
  });
  await recordVerification(scope, done(1, { copy: "nas" }), proofs(100, ["a", "b"]));
  await recordVerification(scope, done(2), proofs(200, ["a"]));
  await recordVerification(scope, done(3, { copy: "nas" }), proofs(300, ["a"], ["b", "a"]));
  const [nas, source] = (await knownCopies(scope, SET)).toSorted((a, b) => a.copyId - b.copyId);
  expect([nas?.copy, source?.copy]).toEqual(["nas", null]);
  expect(provenAtMs(scope, nas!, hex("a"))).toBe(300); // gone at one name, and there at another
  expect(provenAtMs(scope, nas!, hex("b"))).toBeUndefined();
  expect(provenAtMs(scope, source!, hex("a"))).toBe(200);
  expect(provenAtMs(scope, source!, hex("b"))).toBeUndefined();
});

test("a proof takes at most 40 bytes a file, and is found by its key", async () => {
  const scope = await scopeWithSet();
  const contents = Array.from({ length: 100_000 }, (_, nr) => hash(`${nr}`));
  const size = () => {
    scope.store.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return statSync(scope.store.file).size;
  };
  const before = size();
  contents.sort((a, b) => Buffer.compare(a, b));
  await recordVerification(scope, done(1), { atMs: Date.now(), proven: contents, disproven: [] });
  expect((size() - before) / contents.length).toBeLessThan(40);
  const plans = Object.values(VERIFICATION_SQL()).flatMap((sql) =>
    scope.store.database.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all(),
  );
  expect(plans.map(({ detail }) => detail)).toEqual([
    "SEARCH verified_contents USING PRIMARY KEY (copy_id=? AND content=?)",
    "SEARCH verified_contents USING PRIMARY KEY (copy_id=? AND content=?)",
  ]);
});

test("I15: the verification in the golden store of version 3 says what it always said", async () => {
  const path = newStoreFile();
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(`${import.meta.dir}/golden/store-3.db`, path);
  const scope = everything(await openStore(path));
  onTestFinished(() => scope.store.close());
  const { rows } = await listVerifications(scope, SET, { copy: "nas" }, { limit: 2 });
  expect(rows.map(({ counts, coverage, listed }) => ({ counts, coverage, listed }))).toEqual([
    {
      counts: { ...noFindings(), intact: 4, corrupted: 1, unverifiable: 1 },
      coverage: {
        filesTotal: 6,
        filesChecked: 5,
        bytesTotal: 21_000,
        bytesChecked: 20_000,
        filesCompared: 0,
        filesBad: 0,
        notChecked: { EACCES: 1 },
      },
      listed: [{ kind: "corrupted", path: "/home/user/docs/\udcff\udcfe" }],
    },
  ]);
  const [nas] = await knownCopies(scope, SET);
  expect(provenAtMs(scope, nas!, hex("4"))).toBe(Date.UTC(2026, 10, 7));
});

test("I11: a page of long records ends before its limit, and the list is whole", async () => {
  const scope = await scopeWithSet();
  const listed = Array.from({ length: 60 }, () => ({
    kind: "unreadable" as const,
    path: `/${"p".repeat(5000)}`,
    why: "EIO",
  }));
  const all = Array.from({ length: 30 }, (_, nr) => done(nr, { listed }));
  for (const one of all) await recordVerification(scope, one);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listVerifications(scope, SET, {}, { limit: 1000, cursor });
    expect(JSON.stringify(page.rows).length).toBeLessThan(4.5e6);
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(ids).toEqual(all.map(({ id }) => id).toReversed());
});
