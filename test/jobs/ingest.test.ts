import { afterAll, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import fc from "fast-check";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { put, type Change } from "#core/delta.ts";
import { entryLine, type Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";
import { NOBODY } from "#core/run.ts";
import { entryPages } from "#db/entries.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { querySnapshots } from "#db/query.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { ingest, type IngestInput } from "#jobs/ingest/ingest.ts";
import { foreign, inOrder, ours, SAID, tree } from "./document.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-ingest-"));
const scope = everything(await openStore(join(folder, "bsv.db")));
afterAll(async () => {
  await scope.store.close();
  rmSync(folder, { recursive: true });
});

const RECEIVED_MS = Date.parse("2026-11-22T11:00:00Z");
const run = { signal: new AbortController().signal, monitor: NOBODY, now: () => RECEIVED_MS };
let bodies = 0;

/** Sends a body, cut into parts at the given places. */
function send(
  body: string | Uint8Array,
  {
    cuts = [] as number[],
    into = scope,
    ...more
  }: Partial<IngestInput> & { cuts?: number[]; into?: Scope } = {},
) {
  const bytes = Buffer.from(body as string);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const parts = places.map((from, index) => {
    const file = join(folder, `body-${++bodies}`);
    writeFileSync(file, bytes.subarray(from, places[index + 1]));
    return file;
  });
  const input: IngestInput = {
    parts,
    form: "json",
    encoding: "identity",
    receivedAtMs: RECEIVED_MS,
    workFolder: folder,
    limits: DEFAULT_LIMITS,
    ...more,
  };
  return ingest(into, input, run);
}

async function refused(sent: Promise<unknown>): Promise<string> {
  const before = await stored();
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof BsvError)) throw error;
    expect(await stored()).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith("bsv-work-"))).toEqual([]);
    return `${error.code}: ${error.message}`;
  }
  return "stored";
}

const SET = { machineId: SAID.machine_id, setName: SAID.backupset_name };

async function stored(): Promise<string[]> {
  const page = await querySnapshots(scope, SET, {}, { limit: 1000, order: "asc" });
  return page.rows.map((row) => row.snapshotId);
}

async function entriesOf(snapshotId: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of entryPages(scope, snapshotId)) entries.push(...page);
  return entries;
}

let minute = 0;
/** A timestamp no other test has used. */
const timestamp = () => new Date(Date.UTC(2026, 0, 1) + ++minute * 60_000).toISOString();

test("I5: a document of format 1 is stored as it is and comes back byte for byte, in either form and encoding", async () => {
  const encode: Record<BodyEncoding, (text: string) => Uint8Array> = {
    identity: (text) => Buffer.from(text),
    gzip: (text) => Bun.gzipSync(text),
    zstd: (text) => Bun.zstdCompressSync(text),
  };
  for (const form of ["json", "ndjson"] satisfies DocumentForm[]) {
    for (const encoding of ["identity", "gzip", "zstd"] satisfies BodyEncoding[]) {
      const document = ours(tree(), { timestamp: timestamp(), note: ["kept", { as: "written" }] });
      const { status, row, gap } = await send(encode[encoding](document[form]), { form, encoding });
      expect([status, row.snapshotId, gap]).toEqual(["stored", document.id, null]);
      expect(row.headerText).toBe(document.headerText);
      expect((await entriesOf(row.snapshotId)).map(entryLine)).toEqual(
        inOrder(tree()).map(entryLine),
      );
    }
  }
});

test("the owner's minimal document is valid, whatever the order of its keys and entries", async () => {
  const said = foreign(tree(), { timestamp: "2025-06-23T10:33:21", snapshot_id: "abc123" });
  const { status, row } = await send(JSON.stringify(said));
  expect(status).toBe("stored");
  expect(row.headerText).toStartWith(`{"timestamp":"2025-06-23T10:33:21.000Z","machine_id":`);
  expect(row.clientId).toBe("abc123");
  expect((await findSnapshot(scope, "abc123", SET))?.snapshotId).toBe(row.snapshotId);
});

test("I3: of two documents that come in at once with one id of their writer, one is stored", async () => {
  const other = everything(await openStore(scope.store.file)); // another process
  const pen = await openStore(scope.store.file);
  pen.database.run("BEGIN IMMEDIATE"); // both are read, and judged, before one of them is stored
  const said = ["2025-08-01T00:00:00Z", "2025-08-02T00:00:00Z"].map((timestamp) =>
    JSON.stringify(foreign(tree(), { timestamp, snapshot_id: "same-name" })),
  );
  const sending = Promise.allSettled([send(said[0]!), send(said[1]!, { into: other })]);
  await Bun.sleep(500);
  pen.database.run("ROLLBACK");
  const sent = await sending;
  const refusals = sent.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
  expect(refusals).toEqual([
    expect.objectContaining({
      code: "conflict",
      message: "Another snapshot of this set has the id same-name",
    }),
  ]);
  await other.store.close();
  await pen.close();
});

/** Shuffles the keys of all objects below, and the entries. */
function shuffled(value: unknown, random: () => number): unknown {
  const order = <T>(list: T[]) =>
    list
      .map((item) => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  if (Array.isArray(value)) return order(value.map((item) => shuffled(item, random)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    order(Object.entries(value)).map(([key, child]) => [key, shuffled(child, random)]),
  );
}

test("I3: any ordering, spacing and cutting of one foreign document is one snapshot", async () => {
  const said = foreign(tree(), { timestamp: timestamp() });
  const first = await send(JSON.stringify(said));
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.nat(1000)),
      fc.constantFrom(undefined, 1, "\t", " \n"),
      fc.array(fc.nat(), { maxLength: 5 }),
      async (numbers, indent, cuts) => {
        const value = shuffled(said, () => numbers.next().value);
        const { status, row } = await send(JSON.stringify(value, null, indent), { cuts });
        expect([status, row.snapshotId]).toEqual(["exists", first.row.snapshotId]);
      },
    ),
    { numRuns: 60 },
  );
});

test("more entries than one buffer, in the worst order, are sorted on disk", async () => {
  const entries = Array.from({ length: 70_000 }, (_, i): Entry => ({
    ...tree()[0]!,
    path: `/data/${String((i * 7919) % 70_000).padStart(6, "0")}/x`,
  }));
  const said = foreign(entries, { timestamp: timestamp(), backupset_name: "large" });
  const { row } = await send(JSON.stringify(said));
  expect(row.fileCount).toBe(70_000);
  expect(row.treeHash).toBe(JSON.parse(ours(entries).headerText).tree_hash);
  const doubled = { ...said, timestamp: timestamp(), files: [...said.files, said.files[0]] };
  doubled.summary = { ...said.summary, file_count: 70_001 };
  expect(await refused(send(JSON.stringify(doubled, null, 1)))).toMatch(
    /^invalid_document: Line \d{6}: path: stands in the document twice/,
  );
}, 60_000);

test("a difference is applied to its base, and proves the whole list", async () => {
  const before = ours(tree(1), { timestamp: timestamp() });
  await send(before.ndjson, { form: "ndjson" });
  const kept = tree(2).filter((entry) => entry.path !== "/home/user/a-b");
  const removed: Change = { key: keyOfPath("/home/user/a-b", false), entry: null };
  const changes = [removed, put(kept.find((entry) => entry.path.endsWith("foo.txt"))!)];
  changes.sort((a, b) => compareKeys(a.key, b.key));
  const after = ours(kept, { timestamp: timestamp(), parent_id: before.id });
  const body = after.difference(before.id, changes);
  const { status, row, gap } = await send(body, { form: "ndjson" });
  expect([status, row.snapshotId, gap]).toEqual(["stored", after.id, null]);
  expect((await entriesOf(after.id)).map(entryLine)).toEqual(inOrder(kept).map(entryLine));

  const wrong = ours(kept, { timestamp: timestamp() });
  expect(await refused(send(wrong.difference(before.id, []), { form: "ndjson" }))).toMatch(
    /^invalid_document: Line 1: summary/,
  );
  const unknown = "0".repeat(64);
  expect(await refused(send(wrong.difference(unknown, changes), { form: "ndjson" }))).toMatch(
    /^base_missing: /,
  );
  expect(await refused(send(wrong.ndjson + changeText(removed), { form: "ndjson" }))).toBe(
    `invalid_document: Line ${kept.length + 2}: removed: only a difference to a base has removals`,
  );
});

const changeText = ({ key }: Change) =>
  `${JSON.stringify({ path: key.folder + key.name, removed: true })}\n`;

test("I3: the same again is the same answer; the same moment with other content is a conflict", async () => {
  const said = { timestamp: timestamp() };
  const document = ours(tree(), said);
  expect((await send(document.json)).status).toBe("stored");
  const again = await send(document.ndjson, { form: "ndjson" });
  expect([again.status, again.row.snapshotId]).toEqual(["exists", document.id]);
  expect(await refused(send(ours(tree(5), said).json))).toMatch(/^conflict: /);
  expect(await refused(send(JSON.stringify(foreign(tree(5), said))))).toMatch(/^conflict: /);
});

test("I3: what was changed under a stored snapshot's header is refused, not called the same", async () => {
  const said = { timestamp: timestamp() };
  const base = ours(tree(), { timestamp: timestamp() });
  await send(base.json);
  const document = ours(tree(2), said);
  const change = put(tree(2)[0]!);
  expect((await send(document.json)).status).toBe("stored");
  const wrong = /^invalid_document: Line \d+: (tree_hash|summary)/;
  const tampered = (text: string) => text.replace('"size":2048', '"size":2047');
  expect(tampered(document.json)).not.toBe(document.json);
  expect(await refused(send(tampered(document.json)))).toMatch(wrong);
  expect(await refused(send(tampered(document.ndjson), { form: "ndjson" }))).toMatch(wrong);
  const cut = document.ndjson.split("\n").slice(0, 3).join("\n");
  expect(await refused(send(cut, { form: "ndjson" }))).toMatch(wrong);
  const difference = document.difference(base.id, [change]);
  expect((await send(difference, { form: "ndjson" })).status).toBe("exists");
  expect(await refused(send(tampered(difference), { form: "ndjson" }))).toMatch(wrong);
  await deleteSnapshot(scope, base.id, { nowMs: RECEIVED_MS, why: "test" });
  expect((await send(difference, { form: "ndjson" })).status).toBe("exists");
});

test("a foreign id names one snapshot of its set", async () => {
  const said = { timestamp: timestamp(), snapshot_id: "monday" };
  await send(JSON.stringify(foreign(tree(), said)));
  const other = foreign(tree(3), { ...said, timestamp: timestamp() });
  expect(await refused(send(JSON.stringify(other)))).toMatch(/^conflict: .* id monday/);
});

test("what was deleted does not come back", async () => {
  const document = ours(tree(), { timestamp: timestamp() });
  await send(document.json);
  await deleteSnapshot(scope, document.id, { nowMs: RECEIVED_MS, why: "test" });
  expect(await refused(send(document.json))).toMatch(/^gone: /);
});

test("I9: a parent that is not here is told as a gap in the chain", async () => {
  const parent = "1".repeat(64);
  const document = ours(tree(), { timestamp: timestamp(), parent_id: parent });
  expect((await send(document.json)).gap).toBe(parent);
});

const file = (more: object) => ({ ...foreign(tree()).files[0], ...more });
const withFiles = (files: object[], more: object = {}) =>
  JSON.stringify(foreign([], { timestamp: timestamp(), files, ...more }), null, 1);

const refusals: [what: string, body: () => string, problem: RegExp][] = [
  ["no JSON", () => "hello", /^malformed: Line 1: /],
  ["a document cut short", () => ours(tree()).json.slice(0, -9), /^malformed: Line \d+: /],
  ["an array", () => "[]", /^malformed: Line 1: /],
  ["an empty body", () => "", /^malformed: Line 1: /],
  [
    "a document without a summary",
    () => `{"timestamp":"2026-01-01T00:00:00Z","machine_id":"a","backupset_name":"b","files":[]}`,
    /^invalid_document: Line 1: summary: /,
  ],
  [
    "a summary that contradicts the files",
    () => withFiles([file({})]),
    /^invalid_document: Line 5: summary.file_count: is 0, but the content makes it 1/,
  ],
  [
    "a total that contradicts the files",
    () => withFiles([file({})], { summary: { file_count: 1, total_size: 1, error_count: 0 } }),
    /Line 5: summary.total_size: is 1/,
  ],
  [
    "a doubled path",
    () => withFiles([file({}), file({ size: 1 })]),
    /^invalid_document: Line 19: path: stands in the document twice/,
  ],
  [
    "a path that is file and folder",
    () => withFiles([file({}), file({ type: "dir", checksum: null, error: "EACCES: no" })]),
    /^invalid_document: .*twice/,
  ],
  [
    "an entry with a doubled key",
    () => withFiles([file({})]).replace(`"size"`, `"path":"/x","size"`),
    /^malformed: Line 11: The entry has a key twice/,
  ],
  [
    "a negative size",
    () => withFiles([file({}), file({ path: "/b", size: -1 })]),
    /^invalid_document: Line 19: size/,
  ],
  [
    "a relative time",
    () => withFiles([], { timestamp: "yesterday" }),
    /^invalid_document: Line 4: timestamp: /,
  ],
  [
    "a machine name with a slash",
    () => withFiles([], { machine_id: "../etc" }),
    /^invalid_document: Line 2: machine_id: /,
  ],
  [
    "a removal without base",
    () => withFiles([{ path: "/x", removed: true }]),
    /^invalid_document: Line 11: removed: /,
  ],
  [
    "a foreign difference",
    () => withFiles([], { base: "0".repeat(64) }),
    /^invalid_document: Line \d+: base: /,
  ],
  [
    "a foreign id that fits no URL",
    () => withFiles([], { snapshot_id: "../x" }),
    /^invalid_document: Line \d+: snapshot_id: /,
  ],
  [
    "format 2",
    () => ours(tree(), { format: 2 }).json,
    /^invalid_document: Line 1: format: 2 is not known/,
  ],
  [
    "format 1 with an unknown key in an entry",
    () => ours(tree()).json.replace(`,"size":3,`, `,"mode":420,"size":3,`),
    /^invalid_document: Line \d: entry: has a key/,
  ],
  [
    "format 1 with a wrong tree_hash",
    () => ours(tree(), { tree_hash: "0".repeat(64) }).json,
    /^invalid_document: Line 1: tree_hash: /,
  ],
  [
    "format 1 with a wrong id",
    () => {
      const { json, id } = ours(tree());
      return json.replace(id, "0".repeat(64));
    },
    /^invalid_document: Line 1: snapshot_id: /,
  ],
  [
    "format 1 with a changed entry",
    () => ours(tree()).json.replace(`"size":17`, `"size":18`),
    /^invalid_document: Line 1: summary.total_size/,
  ],
  [
    "sha256 promised, md5 sent",
    () => ours([{ ...tree()[0]!, checksum: "d41d8cd98f00b204e9800998ecf8427e" }]).json,
    /^invalid_document: Line 2: checksum: /,
  ],
];
for (const [what, body, problem] of refusals) {
  test(`I2: ${what} is refused with its line, and nothing is stored`, async () => {
    expect(await refused(send(body()))).toMatch(problem);
  });
}

test("a document sent to another set than its own is refused", async () => {
  const body = ours(tree(), { timestamp: timestamp() }).json;
  expect(await refused(send(body, { set: { ...SET, setName: "other" } }))).toMatch(
    /^invalid_document: Line 1: backupset_name: /,
  );
});

test("I11: a decompression bomb ends at the limit", async () => {
  const bomb = Bun.zstdCompressSync(`{"files":[${" ".repeat(64 << 20)}]}`);
  expect(
    await refused(
      send(bomb, { encoding: "zstd", limits: { ...DEFAULT_LIMITS, document_size: 1 << 20 } }),
    ),
  ).toMatch(/^too_large: The document is longer than 1048576 bytes/);
});

test("a body that does not decompress is malformed", async () => {
  const whole = Bun.gzipSync(ours(tree(), { timestamp: timestamp() }).json);
  for (const body of [
    whole.subarray(0, -9),
    Buffer.from("no gzip"),
    Buffer.concat([whole, whole]),
  ]) {
    expect(await refused(send(body, { encoding: "gzip" }))).toMatch(/^malformed: /);
  }
});

test("an aborted run stores nothing", async () => {
  const entries = Array.from({ length: 9000 }, (_, i) => ({ ...tree()[0]!, path: `/x/${i}` }));
  const file = join(folder, "aborted");
  writeFileSync(file, ours(entries, { timestamp: timestamp() }).json);
  const input = { parts: [file], form: "json", encoding: "identity" } as const;
  const aborted = { ...run, signal: AbortSignal.abort(new BsvError("interrupted", "Stop")) };
  const more = { receivedAtMs: RECEIVED_MS, workFolder: folder, limits: DEFAULT_LIMITS };
  expect(await refused(ingest(scope, { ...input, ...more }, aborted))).toBe("interrupted: Stop");
});

test("an inode above 2^53−1 as a plain number keeps every digit: two files do not become one", async () => {
  const inodes = ["9007199254740991", "9007199254740993", "18446744073709551615"];
  const lines = inodes.map(
    (inode, nr) =>
      `{"path": "/m/${nr}", "size": 1, "mtime": 2.5, "inode": ${inode}, "checksum": "abcd"}`,
  );
  const header = `"timestamp":"2026-03-01T00:00:00Z","machine_id":"merger","backupset_name":"fs"`;
  const summary = `"summary":{"file_count":3,"total_size":3,"error_count":0}`;
  const { status, row } = await send(`{${header},${summary},"files":[${lines.join(",")}]}`);
  expect(status).toBe("stored");
  const pages = await Array.fromAsync(entryPages(scope, row.snapshotId));
  expect(pages.flat().map(({ inode }) => inode)).toEqual([9007199254740991, ...inodes.slice(1)]);
});

test("what is no whole number in its own digits is no inode, and format 1 has a string for large ones", async () => {
  const plain = (inode: string) =>
    JSON.stringify(foreign(tree())).replace(/"inode":\d+/, `"inode":${inode}`);
  for (const inode of ["1e300", "18446744073709551615.5", "-9007199254740993", "1".repeat(21)]) {
    expect(await refused(send(plain(inode)))).toContain("inode: ");
  }
  const text = ours(tree()).json.replace(/"inode":\d+/, `"inode":9007199254740993`);
  expect(await refused(send(text))).toContain("inode: format 1 writes it as a string above 2^53−1");
});
