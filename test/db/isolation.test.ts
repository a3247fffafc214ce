// Every face function of the room, called by one owner for another's things, in a store that has them and in one that never had: the
// outcomes are the same, and the other's things stay as they were. A function that is added is called too, or this fails.
import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reference } from "#core/reference.ts";
import { snapshotsAsOf } from "#db/as-of.ts";
import * as audit from "#db/access/audit.ts";
import * as backupsets from "#db/backupsets.ts";
import * as beforeDisk from "#db/comparison/before-disk.ts";
import { carryPages, saveStamps } from "#db/carry.ts";
import { chainPage } from "#db/proof/chain.ts";
import { RootMap } from "#core/root-map.ts";
import { changePage, changePages, refuseMapOfNothing } from "#db/comparison/changes.ts";
import { collisionPages } from "#db/comparison/collisions.ts";
import { contentPlaces, isContentKnown } from "#db/search/content-places.ts";
import { deltaPages } from "#db/comparison/delta.ts";
import { findDuplicates, Places } from "#db/search/dupes.ts";
import { entryPages } from "#db/entries.ts";
import { entryAt } from "#db/entry-at.ts";
import { deleteSnapshot, findTombstone } from "#db/recording/erase.ts";
import * as find from "#db/find-snapshot.ts";
import { countGone, gonePage, gonePages } from "#db/retention/gone-versions.ts";
import { findChecksum, pathHistory } from "#db/search/history.ts";
import * as keys from "#db/access/keys.ts";
import { measure, measureUpTo } from "#db/comparison/measure.ts";
import * as owners from "#db/access/owners.ts";
import { fateVerdicts, prunePlan } from "#db/retention/prune-plan.ts";
import { querySnapshots } from "#db/query.ts";
import { deletedHead, keepReceipt, receiptsOf } from "#db/proof/receipts.ts";
import * as rollback from "#db/comparison/rollback.ts";
import { everything, type Scope } from "#db/scope.ts";
import { searchAll } from "#db/search/search-all.ts";
import { searchSet } from "#db/search/search.ts";
import * as sessions from "#db/access/sessions.ts";
import { countSnapshots } from "#db/set-totals.ts";
import { keepSignature, keysOf, signatureOf } from "#db/proof/signatures.ts";
import * as snapshots from "#db/snapshots.ts";
import { copyStandings } from "#db/proof/standings.ts";
import { countStanding } from "#db/standing.ts";
import { setCost } from "#db/stats.ts";
import { openStore } from "#db/store/store.ts";
import { findSuspects } from "#db/search/suspects.ts";
import { changeTags } from "#db/tags.ts";
import { newFiles } from "#db/search/churn.ts";
import { usage } from "#db/search/usage.ts";
import * as users from "#db/access/users.ts";
import * as verdicts from "#db/proof/verdicts.ts";
import { knownCopies, listVerifications, recordVerification } from "#db/proof/verifications.ts";
import { sealedSnapshots, versionPages } from "#db/recording/whole-set.ts";
import { noFindings } from "#core/proof/finding.ts";
import { all, file, record, sealFor, whole } from "./sample.ts";
import { recordSnapshot } from "#db/recording/record.ts";

const HERS = { machineId: "ada-box", setName: "set" };
const OWN = { machineId: "eve-box", setName: "set" };
const [ONE, TWO] = [file("/home/x", 1), file("/home/y", 2)];
const CHECKSUM = ONE!.checksum!;
const PAGE = { limit: 100 };
const by = { actor: "test", from: null, atMs: 5_000 };
const key = {
  label: null,
  rights: ["read"] as const,
  machines: null,
  expiresAtMs: null,
  secretHash: new Uint8Array(32),
};

const folder = mkdtempSync(join(tmpdir(), "bsv-isolation-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Eve's things, and Ada's too. Both users have the same number in every world. */
async function world(name: string, hasAda: boolean): Promise<string> {
  const path = join(folder, name);
  const store = await openStore(path);
  const scope = everything(store);
  for (const user of ["eve", "ada"]) {
    await users.addUser(scope, { name: user, isAdmin: false, passwordHash: null }, by);
  }
  const content = { add: ["kept"], remove: [] };
  for (const [owner, set] of [
    [1, OWN],
    [2, HERS],
  ] as const) {
    if (set === HERS && !hasAda) continue;
    const as = { ...scope, owner };
    // What only one of them has: contents, and files that should be alike and are not.
    const own = [
      file(`/home/${owner}/a/own`, 70 + owner),
      file(`/home/${owner}/b/own`, 70 + owner, { checksum: file("", 80 + owner).checksum }),
    ];
    const files = [ONE!, TWO!, file("/home/z", 1, { inode: 9 })];
    const first = await record(as, 1_000, [...files, ...own], { set });
    const second = await record(as, 2_000, [file("/home/new", 3), ONE!, ...own], { set });
    await record(as, 2_500, [ONE!, ...own], { set }); // not judged yet
    const gone = await record(as, 3_000, [ONE!], { set });
    await deleteSnapshot(as, gone.row.snapshotId, { nowMs: 4_000, why: "test" });
    await changeTags(as, first.row.snapshotId, content);
    await keys.addKey(as, { ...key, keyId: `key-${owner}`, user: owner === 1 ? "eve" : "ada" }, by);
    await sessions.openSession(
      scope,
      {
        sessionId: `session-${owner}`,
        secretHash: key.secretHash,
        user: owner === 1 ? "eve" : "ada",
      },
      by,
    );
    const measures = await measure(as, first.row, second.row);
    const found = { reasons: [], follows: null, measures, judgedAtMs: 4_000 };
    await verdicts.saveVerdict(as, first.row, found);
    const reasons = [{ kind: "empty", count: 1, of: 1 }] as never;
    await verdicts.saveVerdict(as, second.row, { ...found, reasons });
    await keepReceipt(as, receipt(set, first.row.snapshotId));
    await keepReceipt(as, { ...receipt(set, gone.row.snapshotId), seq: 3 });
    const signed = { publicKey: `key-of-${owner}`, signature: "s" };
    const { snapshotId, timestampMs } = first.row;
    const { machineId } = set;
    const signing = { snapshotId, machineId, timestampMs, signed, by: "own" as const, nowMs: 1 };
    await keepSignature(as, signing);
    const proofs = { proven: [new Uint8Array(16)], disproven: [], atMs: 5_000 };
    await recordVerification(as, verification(set, `verified-${owner}`) as never, proofs);
  }
  await store.close();
  return path;
}

const verification = (set: typeof HERS, id: string) => ({
  id,
  ...set,
  snapshotId: "0".repeat(64),
  copy: null,
  target: "/data",
  startedAtMs: 5_000,
  durationMs: 1,
  method: "read" as const,
  coverage: { filesTotal: 1, filesChecked: 1, bytesTotal: 1, bytesChecked: 1, notChecked: {} },
  findings: noFindings(),
  bytesRead: 1,
  isComplete: true,
  listed: [],
});

const receipt = (set: typeof HERS, snapshotId: string) => ({
  ...set,
  snapshotId,
  seq: 1,
  receivedAtMs: 1,
  remote: "https://x",
  signed: undefined,
  keptAtMs: 1,
});

const withAda = await world("with-ada.db", true);
const withoutAda = await world("without-ada.db", false);

/** What somebody who knows all of Ada's names and numbers would ask with. */
interface Hers {
  readonly row: snapshots.SnapshotRow;
  readonly later: snapshots.SnapshotRow;
  readonly goneId: string;
  readonly versionIds: readonly number[];
}

const hers = await inWorld(withAda, null, async (scope): Promise<Hers> => {
  const { rows } = await querySnapshots(scope, HERS, {}, { ...PAGE, order: "asc" });
  const heads = await snapshots.heads(scope, HERS, PAGE);
  const goneId = heads.rows.find((head) => head.deletedAtMs !== null)!.snapshotId;
  const { groups } = await findDuplicates(scope, [rows[0]!], { isAcross: true, minBytes: 1 });
  return { row: rows[0]!, later: rows[1]!, goneId, versionIds: groups[0]!.versionIds };
});

async function inWorld<T>(
  template: string,
  owner: number | null,
  use: (scope: Scope) => Promise<T>,
): Promise<T> {
  const path = join(folder, `${crypto.randomUUID()}.db`);
  copyFileSync(template, path);
  const store = await openStore(path);
  try {
    return await use({ ...everything(store), owner });
  } finally {
    await store.close();
  }
}

type Face = (scope: Scope, hers: Hers) => unknown;
const { row, later, goneId, versionIds } = hers;
const set = HERS;
const id = row.snapshotId;
const keysOfFiles = [{ folder: "/home/", name: "x" }];
const at = (revision: Reference["revision"]): Reference => ({ ...HERS, revision });

/** How each is asked for Ada's things. */
const FACE: Record<string, Face> = {
  snapshotsAsOf: (scope) => snapshotsAsOf(scope, [set], undefined),
  listAudit: (scope) => audit.listAudit(scope, PAGE),
  listMachines: (scope) => backupsets.listMachines(scope, PAGE),
  listBackupsets: (scope) => backupsets.listBackupsets(scope, set.machineId, PAGE),
  findBackupset: (scope) => backupsets.findBackupset(scope, set),
  whyUnseen: (scope) => beforeDisk.whyUnseen(scope, row, keysOfFiles),
  placesOf: (scope) => beforeDisk.placesOf(scope, row, ONE!),
  carryPages: (scope) => all(carryPages(scope, id)),
  saveStamps: (scope) =>
    saveStamps(scope, id, [
      { key: keysOfFiles[0]!, stamp: { ctimeUs: 1, device: 1, readAtMs: 1 } },
    ]),
  chainPage: (scope) => chainPage(scope, set, PAGE),
  changePages: (scope) => all(changePages(scope, row, later)),
  changePage: (scope) => changePage(scope, row, later, PAGE),
  refuseMapOfNothing: (scope) =>
    refuseMapOfNothing(scope, row, later, new RootMap([["/home", "/srv"]])),
  collisionPages: (scope) => all(collisionPages(scope, id)),
  contentPlaces: (scope) =>
    contentPlaces(scope, [{ checksum: file("", 72).checksum!, sizeBytes: 72 }], "ada-box"),
  isContentKnown: (scope) => isContentKnown(scope, file("", 72).checksum!),
  deltaPages: (scope) => all(deltaPages(scope, id, later.snapshotId)),
  findDuplicates: (scope) => findDuplicates(scope, [row], { isAcross: true, minBytes: 1 }),
  Places: (scope) => new Places(scope).of(versionIds),
  entryPages: (scope) => all(entryPages(scope, id)),
  deleteSnapshot: async (scope) => [
    await told(deleteSnapshot(scope, id, { nowMs: 1, why: "mine" })),
    await told(deleteSnapshot(scope, goneId, { nowMs: 1, why: "mine" })),
  ],
  findSnapshot: async (scope) => [
    await find.findSnapshot(scope, id),
    await find.findSnapshot(scope, id, set),
  ],
  resolveReference: async (scope) => [
    await told(find.resolveReference(scope, at({ kind: "latest", back: 0 }))),
    await told(
      find.resolveReference(scope, {
        machineId: undefined,
        setName: undefined,
        revision: { kind: "id", prefix: id.slice(0, 8) },
      }),
    ),
  ],
  snapshotAt: (scope) => find.snapshotAt(scope, set, { kind: "date", atMs: 9_000 }),
  resolveSet: (scope) => find.resolveSet(scope, set),
  countGone: (scope) => countGone(scope, set, { keptMs: [2_000], goingMs: [1_000] }),
  gonePage: (scope) => gonePage(scope, set, { keptMs: [2_000], goingMs: [1_000] }, PAGE),
  gonePages: (scope) => all(gonePages(scope, set, { keptMs: [2_000], goingMs: [1_000] })),
  pathHistory: (scope) => pathHistory(scope, set, "/home/x", PAGE),
  findChecksum: async (scope) => [
    await findChecksum(scope, CHECKSUM, {}, PAGE),
    await findChecksum(scope, CHECKSUM, { set }, PAGE),
  ],
  addKey: (scope) => keys.addKey(scope, { ...key, keyId: "mine", user: "ada" }, by),
  listKeys: (scope) => keys.listKeys(scope, PAGE),
  mustFindKey: (scope) => keys.mustFindKey(scope, "key-2"),
  revokeKey: (scope) => keys.revokeKey(scope, "key-2", by),
  rotateKey: (scope) =>
    keys.rotateKey(
      scope,
      { keyId: "key-2", newId: "mine", secretHash: key.secretHash, graceMs: 1 },
      by,
    ),
  measureUpTo: (scope) => measureUpTo(scope, row, later, 0),
  measure: (scope) => measure(scope, row, later),
  ownership: (scope) => owners.ownership(scope, set.machineId),
  transferMachine: (scope) => owners.transferMachine(scope, set.machineId, "eve", by),
  shareMachine: (scope) =>
    owners.shareMachine(scope, set.machineId, { user: "eve", isShared: true }, by),
  prunePlan: (scope) => prunePlan(scope, set, { keepLast: 1 } as never, 9_000),
  fateVerdicts: (scope) => fateVerdicts(scope, set, { keepLast: 1 } as never, 9_000),
  querySnapshots: (scope) => querySnapshots(scope, set, {}, { ...PAGE, order: "asc" }),
  keepReceipt: (scope) => keepReceipt(scope, { ...receipt(set, id), seq: 2 }),
  deletedHead: (scope) => deletedHead(scope, set, { after: undefined, beforeMs: 1e13 }),
  receiptsOf: (scope) => receiptsOf(scope, set),
  rollbackPages: (scope) =>
    all(rollback.rollbackPages(scope, { target: row, latest: later, path: undefined })),
  rollbackPage: (scope) =>
    rollback.rollbackPage(scope, { target: row, latest: later, path: undefined }, PAGE),
  searchAll: async (scope) => [
    await searchAll(scope, {}, {}, PAGE),
    await searchAll(scope, set, { checksum: CHECKSUM }, PAGE),
  ],
  searchSet: (scope) => searchSet(scope, set, {}, PAGE),
  listSessions: (scope) => sessions.listSessions(scope, 6_000),
  endSession: (scope) => sessions.endSession(scope, "session-2", by),
  countSnapshots: (scope) => countSnapshots(scope, set),
  keepSignature: (scope) =>
    keepSignature(scope, {
      snapshotId: id,
      machineId: set.machineId,
      timestampMs: row.timestampMs,
      signed: { publicKey: "p", signature: "s" },
      by: "sender",
      nowMs: 1,
    }),
  signatureOf: (scope) => signatureOf(scope, id),
  keysOf: (scope) => keysOf(scope, set.machineId),
  latestSnapshot: (scope) => snapshots.latestSnapshot(scope, set),
  newestRecorded: (scope) => snapshots.newestRecorded(scope, set),
  heads: (scope) => snapshots.heads(scope, set, PAGE),
  countStanding: (scope) => countStanding(scope, row, ["/home/x"]),
  setCost: (scope) => setCost(scope, set),
  findSuspects: (scope) => findSuspects(scope, [row], { isAcross: true, minBytes: 1 }),
  changeTags: (scope) => changeTags(scope, id, { add: ["mine"], remove: ["kept"] }),
  usage: (scope) => usage(scope, row, { by: "folder", depth: 1, order: "size", since: undefined }),
  newFiles: (scope) => all(newFiles(scope, row, row)),
  addUser: (scope) => users.addUser(scope, { name: "zoe", isAdmin: true, passwordHash: null }, by),
  listUsers: (scope) => users.listUsers(scope, PAGE),
  mustFindUser: (scope) => users.mustFindUser(scope, "ada"),
  setUserDisabled: (scope) => users.setUserDisabled(scope, "ada", true, by),
  setPassword: (scope) => users.setPassword(scope, "ada", "hash", by),
  snapshotBefore: (scope) => verdicts.snapshotBefore(scope, later),
  unjudged: (scope) => verdicts.unjudged(scope, set),
  pastOf: (scope) => verdicts.pastOf(scope, later),
  findVerdict: (scope) => verdicts.findVerdict(scope, later.snapshotId),
  listVerdicts: (scope) => verdicts.listVerdicts(scope, set, PAGE),
  lastPlausible: (scope) => verdicts.lastPlausible(scope, set),
  saveVerdict: (scope) =>
    verdicts.saveVerdict(scope, row, {
      reasons: [],
      follows: null,
      measures: {} as never,
      judgedAtMs: 1,
    } as never),
  acceptVerdicts: (scope) => verdicts.acceptVerdicts(scope, later, { nowMs: 1, why: "mine" }),
  recordVerification: (scope) => recordVerification(scope, verification(set, "mine") as never),
  listVerifications: (scope) => listVerifications(scope, set, {}, PAGE),
  knownCopies: (scope) => knownCopies(scope, set),
  deletedAtMs: (scope) => find.deletedAtMs(scope, goneId, set),
  findTombstone: (scope) => findTombstone(scope, set, goneId),
  copyStandings: (scope) => copyStandings(scope, set),
  entryAt: (scope) => entryAt(scope, id, "/home/x"),
  sealedSnapshots: (scope) => sealedSnapshots(scope, set),
  versionPages: (scope) => all(versionPages(scope, set)),
};

/** Functions that are asked otherwise, and why. */
const OTHERWISE: Record<string, string> = {
  atomic: "the pen itself",
  view: "the eye itself",
  recordAudit: "written by the server for whoever acts; read by admins alone",
  verifyAudit: "tells how many rows there are: the route needs an operator",
  mayWriteAs: "the one bit that is told: see the test below",
  reserveBackupset: "the one bit that is told: see the test below",
  recordSnapshot: "the one bit that is told: see the test below",
  installation: "who this installation is",
  keyHolder: "before anybody is known",
  sessionHolder: "before anybody is known",
  passwordHashOf: "before anybody is known",
  hasUsers: "before anybody is known",
  openSession: "after a right password",
  touchSession: "of the session that asks",
  noteKeyUse: "of the key that asks",
  storeSize: "of the whole store: the route needs an operator",
  copyStore: "of the whole store: for the host",
  integrityProblems: "of the whole store: for the host",
  Stretches: "of the room: sideOf is asked before anything is read",
  repeatedContents: "of the room: of sets whose numbers sideOf told",
  repeatedPrefixes: "of the room: findDuplicates keeps of them what is of sets that findSetId told",
  whenFitting: "of the room: of a set whose number findSetId told",
  stepsFrom: "of the room: a base is found by momentOf, and must be of the same set",
  wholeList: "of the room: as stepsFrom",
  sideOf: "of the room: momentOf with a name for each part",
  provenAtMs: "takes a number that knownCopies told",
};

/** Face functions of the room: exported, a scope first, and not said to be for the room itself. */
function faceOf(): string[] {
  const names: string[] = [];
  const room = join(import.meta.dir, "../../src/db");
  const declared =
    /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:(?:async )?function\*? (\w+)(?:<[^>]*>)?\(\s*(?:\w+|\{[^}]*\}): Scope|class (\w+)[^]*?constructor\(\s*(\w+: Scope)?)/g;
  for (const name of readdirSync(room, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts") || name === "owned.ts") continue;
    for (const [, about, fn, cls, isScoped] of readFileSync(join(room, name), "utf8").matchAll(
      declared,
    )) {
      if (/For this room/.test(about ?? "") || (cls !== undefined && isScoped === undefined))
        continue;
      names.push((fn ?? cls)!);
    }
  }
  return names;
}

test("I10: every face function of the room is asked, or there is a reason why not", () => {
  const found = faceOf();
  expect(found.length).toBeGreaterThan(80);
  const asked = [...Object.keys(FACE), ...Object.keys(OTHERWISE)];
  // A new function? Say above, in FACE, how it is asked for Ada's things; or in OTHERWISE, why it can't be.
  expect(found.filter((name) => !asked.includes(name))).toEqual([]);
  expect(asked.filter((name) => !found.includes(name))).toEqual([]);
});

/** A value, or how it failed. */
async function told(outcome: unknown): Promise<unknown> {
  try {
    return { value: await outcome };
  } catch (error) {
    const { code, message, hint, details } = error as Record<string, unknown>;
    return { code, message, hint, details };
  }
}

/** All that is Ada's, to the byte. */
const allOf = (scope: Scope): unknown =>
  [
    "SELECT * FROM machines WHERE machine_id = 'ada-box'",
    "SELECT * FROM machine_readers",
    "SELECT * FROM backupsets WHERE machine_id = 'ada-box'",
    "SELECT * FROM snapshots WHERE machine_id = 'ada-box'",
    "SELECT v.* FROM versions v JOIN backupsets b USING (set_id) WHERE machine_id = 'ada-box'",
    "SELECT t.* FROM tombstones t JOIN backupsets b USING (set_id) WHERE machine_id = 'ada-box'",
    "SELECT t.* FROM tags t JOIN snapshots s USING (seq) WHERE machine_id = 'ada-box'",
    "SELECT r.* FROM receipts r JOIN backupsets b USING (set_id) WHERE machine_id = 'ada-box'",
    "SELECT v.* FROM verdicts v JOIN snapshots s USING (seq) WHERE machine_id = 'ada-box'",
    "SELECT * FROM signatures",
    "SELECT * FROM machine_keys WHERE machine_id = 'ada-box'",
    "SELECT * FROM users WHERE name = 'ada'",
    "SELECT * FROM api_keys WHERE user_id = 2",
    "SELECT * FROM sessions WHERE user_id = 2",
  ].map((sql) => scope.store.database.query(sql).all());

/** Where Ada herself is told nothing else: then the test above proves little, and each needs a reason. */
const SAME_TO_HER: readonly string[] = [
  "listAudit", // for admins alone
  "addUser",
  "setUserDisabled",
  "keepReceipt", // answers nothing: what it does is looked at
  "saveVerdict",
];

for (const [name, call] of Object.entries(FACE)) {
  test(`I10: ${name} tells and does nothing of what is another's`, async () => {
    const act = async (scope: Scope) => {
      const before = allOf(scope);
      const outcome = await told(call(scope, hers));
      expect(allOf(scope)).toEqual(before);
      return outcome;
    };
    const [there, nowhere] = [await inWorld(withAda, 1, act), await inWorld(withoutAda, 1, act)];
    if (!["addKey", "mustFindUser", "setUserDisabled", "setPassword"].includes(name)) {
      expect(JSON.stringify(there)).not.toContain('"ada"');
    }
    expect(there).toEqual(nowhere);
    const [toHer, afterHer] = await inWorld(withAda, 2, async (scope) => [
      await told(call(scope, hers)),
      await told(call({ ...scope, owner: 1 }, hers)), // what was found for her is not kept for others
    ]);
    if (!["transferMachine", "shareMachine"].includes(name)) expect(afterHer).toEqual(nowhere);
    if (!SAME_TO_HER.includes(name)) expect(toHer).not.toEqual(there);
  });
}

test("I10: a name that another has is taken, and that is all that is told", async () => {
  const refused = {
    code: "conflict",
    message: "The machine name ada-box is taken",
    hint: expect.stringContaining("another machine_id"),
    details: { machine_id: "ada-box" },
  };
  await inWorld(withAda, 1, async (scope) => {
    const before = allOf(scope);
    const nowMs = 9_000;
    const other = { ...set, setName: "other" };
    expect(await told(backupsets.mayWriteAs(scope, set.machineId))).toEqual(refused);
    for (const wish of [set, other, { ...set, adopt: true, agentId: "mine" }]) {
      expect(await told(backupsets.reserveBackupset(scope, { ...wish, nowMs }))).toEqual(refused);
    }
    for (const timestampMs of [1_000, 1_500, 9_000]) {
      const snapshot = { set, timestampMs, receivedAtMs: nowMs, seal: sealFor(set, timestampMs) };
      const content = whole([ONE!]);
      expect(await told(recordSnapshot(scope, { ...snapshot, content }))).toEqual(refused);
    }
    expect(allOf(scope)).toEqual(before);
  });
});
