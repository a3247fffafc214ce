// The validator against the golden documents, and against documents in which many things are wrong at once.
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { EntryTally } from "#core/document.ts";
import { NOBODY } from "#core/run.ts";
import { newSha256 } from "#disk/sha256.ts";
import { MOST_PROBLEMS } from "#jobs/validate/document-check.ts";
import { validateFile } from "#jobs/validate/validate.ts";

const run = {
  signal: new AbortController().signal,
  monitor: NOBODY,
  now: () => Date.parse("2026-11-22T12:00:00Z"),
};
const golden = join(import.meta.dir, "../format/golden");
const namesOf = (kind: string) =>
  readdirSync(join(golden, kind))
    .filter((name) => name !== "reasons.json")
    .map((name) => basename(name, ".json"));
const reasons = JSON.parse(readFileSync(join(golden, "bad/reasons.json"), "utf8")) as Record<
  string,
  { reader: string }
>;

/** Validates a text as a file. */
async function validated(text: string | Uint8Array, name = "document.json") {
  const folder = mkdtempSync(join(tmpdir(), "bsv-validate-"));
  try {
    writeFileSync(join(folder, name), text);
    return await validateFile(join(folder, name), run);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const told = (checked: Awaited<ReturnType<typeof validated>>) =>
  checked.problems.map(({ line, problem }) => `${line}: ${problem}`);

test("I15: every golden good document is valid, with the id it names", async () => {
  for (const name of namesOf("good")) {
    const place = join(golden, "good", `${name}.json`);
    const checked = await validateFile(place, run);
    expect([name, told(checked), checked.unchecked]).toEqual([name, [], []]);
    expect(checked.snapshotId).toBe(JSON.parse(readFileSync(place, "utf8")).snapshot_id);
  }
});

test("every golden bad document is found out, for its own reason", async () => {
  for (const name of namesOf("bad")) {
    const checked = await validateFile(join(golden, "bad", `${name}.json`), run);
    const reason = reasons[name]!.reader.replace(
      "entry: has a key that format 1 does not know",
      "format 1 knows no such key",
    );
    expect([name, told(checked).join("\n")]).toEqual([name, expect.stringContaining(reason)]);
  }
});

const MINIMAL = {
  timestamp: "2025-06-23T10:33:21",
  machine_id: "devbox-001",
  backupset_name: "project-data",
  summary: { file_count: 2, total_size: 7, error_count: 0 },
  files: [
    { path: "/z", size: 3, mtime: 1.5, checksum: "abcd" },
    { path: "/a", size: 4, mtime: 2, checksum: "ABCD", inode: 7, error: null },
  ],
};

test("the owner's minimal shape is valid, keys and entries in any order", async () => {
  expect(await validated(JSON.stringify(MINIMAL))).toMatchObject({
    isForeign: true,
    problemCount: 0,
    unchecked: [],
  });
  const { files, ...header } = MINIMAL;
  expect((await validated(JSON.stringify({ files, ...header }, null, 1))).problemCount).toBe(0);
  const lines = [JSON.stringify(header), ...files.map((one) => JSON.stringify(one))].join("\n");
  expect((await validated(lines, "d.ndjson")).problemCount).toBe(0);
  expect((await validated(Bun.gzipSync(JSON.stringify(MINIMAL)))).problemCount).toBe(0);
});

test("all that is wrong is told, each with its line, not only the first", async () => {
  const text = `{
"timestamp": "2025-02-30T10:33:21",
"machine_id": "../etc",
"backupset_name": "project-data",
"summary": { "file_count": 3, "total_size": 4, "error_count": 0 },
"files": [
{ "path": "/b", "size": -3, "mtime": "x", "checksum": "abcd" },
{ "path": "/a", "size": 4, "mtime": 2, "checksum": "xyz" },
{ "path": "/a", "size": 4, "mtime": 2, "checksum": "abcd" },
{ "path": "/c/", "size": 4, "mtime": 2, "checksum": "abcd", "error": "EIO: no" },
{ "path": "/a", "size": 4, "mtime": 2, "checksum": "abcd" },
7
]}`;
  const checked = await validated(text);
  expect(told(checked)).toEqual([
    "2: timestamp: is no RFC 3339 time between 1970 and 9999",
    "3: machine_id: must be 1 to 128 letters, digits, '.', '_' or '-', and start with a letter or digit",
    "5: summary.file_count: is 3, but the content makes it 6",
    "7: size: Too small: expected number to be >=0",
    "7: mtime: Invalid input: expected number, received string",
    "8: checksum: is not 4 to 128 hex digits",
    "10: path: ends with a slash",
    "10: checksum: must be null where error is set",
    "11: path: stands in the document twice",
    "12: entry: Invalid input: expected object, received number",
  ]);
  expect(checked.unchecked).toEqual([
    "summary.total_size, summary.error_count and tree_hash: 4 entries are impossible",
  ]);
});

test("a format 1 document out of order, with a double, a flipped size and an upper-case checksum", async () => {
  const good = JSON.parse(readFileSync(join(golden, "good/order.json"), "utf8"));
  const files = [...good.files.slice(1), good.files[0], good.files[2]];
  files[0] = { ...files[0], size: 1 + (files[0].size ?? 0) };
  const checked = await validated(JSON.stringify({ ...good, files }));
  const problems = told(checked).map((one) => one.replace(/^1: /, ""));
  expect(problems).toEqual(
    expect.arrayContaining([
      expect.stringContaining("summary.file_count: is"),
      expect.stringContaining("tree_hash: is"),
      "path: stands before the entry above it in the order of format 1",
      "path: stands in the document twice",
    ]),
  );
  const shuffled = await validated(JSON.stringify({ ...good, files: good.files.toReversed() }));
  expect(told(shuffled).every((one) => one.includes("stands before the entry above it"))).toBe(
    true,
  );
  const upper = {
    ...good,
    files: good.files.map((one: { checksum?: string }) => ({
      ...one,
      ...(one.checksum ? { checksum: one.checksum.toUpperCase() } : {}),
    })),
  };
  expect(told(await validated(JSON.stringify(upper))).join()).toContain(
    "checksum: format 1 writes it in lower case",
  );
});

test("what cannot be is told: a snapshot of tomorrow, complete with errors, its own parent", async () => {
  const summary = { file_count: 0, total_size: 0, error_count: 0, complete: true, read_count: 4 };
  const roots = [{ path: "/mnt", state: "offline" }];
  const id = "ab".repeat(32);
  const tree_hash = new EntryTally(newSha256).treeHash();
  const header = {
    snapshot_id: id,
    timestamp: "2027-01-01T00:00:00.000Z",
    machine_id: "m",
    backupset_name: "s",
    summary,
    format: 1,
    tree_hash,
    parent_id: id,
    roots,
  };
  const problems = told(await validated(JSON.stringify({ ...header, files: [] }))).join("\n");
  for (const part of [
    "lies more than a day ahead",
    "with a root offline",
    "parent_id: is its own id",
    "more checksums",
    "but the header makes it",
  ]) {
    expect(problems).toContain(part);
  }
});

test("a document that breaks off, or is none, says where, and what was not checked", async () => {
  const text = JSON.stringify(MINIMAL, null, 1);
  const cut = await validated(text.slice(0, -30));
  expect(told(cut)).toEqual([
    expect.stringMatching(/^\d+: The document ends too early; what follows was not read$/),
  ]);
  expect(cut.unchecked).toEqual(["summary and tree_hash: it was not read to its end"]);
  for (const none of ["", "[]", "hello", "\u0000", "{}"]) {
    expect([none, (await validated(none)).problemCount > 0]).toEqual([none, true]);
  }
});

test("I11: of twenty thousand problems a thousand are kept, and all are counted", async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, nr) => `{"path":"/${String(nr).padStart(6, "0")}","size":-1,"mtime":1,"checksum":null}`,
  );
  const { files, ...header } = {
    ...MINIMAL,
    summary: { file_count: 20_000, total_size: 0, error_count: 0 },
  };
  const checked = await validated([JSON.stringify(header), ...lines].join("\n"), "d.ndjson");
  expect(checked.problems).toHaveLength(MOST_PROBLEMS);
  expect(checked.problemCount).toBe(20_000);
  expect(checked.entryCount).toBe(20_000);
  expect(files).toHaveLength(2);
});

test("an inode above 2^53−1 as a plain number is a foreign writer's right, and no fault of a document without format", async () => {
  const entry = `{"path":"/a","size":1,"mtime":1,"inode":9007199254740993,"checksum":"abcd"}`;
  const names = `"timestamp":"2026-03-01T00:00:00Z","machine_id":"m","backupset_name":"s"`;
  const summary = `"summary":{"file_count":1,"total_size":1,"error_count":0}`;
  const foreign = `{${names},${summary},"files":[\n${entry}\n]}`;
  expect(told(await validated(foreign))).toEqual([]);
  expect(told(await validated(foreign.replace("{", `{"format":1,`))).join()).toContain(
    "2: inode: Too big",
  );
});
