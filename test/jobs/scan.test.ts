import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { documentStart, snapshotId } from "#core/document.ts";
import { jsonText } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import { saveStamps } from "#db/carry.ts";
import { entryPages } from "#db/entries.ts";
import { lockSet } from "#db/lock.ts";
import { querySnapshots } from "#db/query.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { newSha256 } from "#disk/sha256.ts";
import { canMount, Trial } from "./scan-trial.ts";

setDefaultTimeout(30_000); // many files, on a machine that may be busy

let trial: Trial;
beforeEach(async () => {
  trial = await Trial.open();
});
afterEach(() => trial.close());

const write = (path: string, content?: string | Uint8Array): void => trial.write(path, content);
const names = (files: { path: string }[]): string[] => trial.names(files);
const storedCount = async (): Promise<number> =>
  (
    await querySnapshots(
      trial.scope,
      { machineId: "devbox", setName: "photos" },
      {},
      { limit: 100, order: "asc" },
    )
  ).rows.length;

test("a scan stores a snapshot and writes its document, whose hashes anyone can recompute", async () => {
  write("a.txt", "hello");
  write("sub/b");
  symlinkSync("a.txt", `${trial.tree}/link`);
  const summary = await trial.scan();
  const text = readFileSync(summary.documentFile, "utf8");
  const document = trial.document(summary);
  expect(names(document.files)).toEqual(["a.txt", "link", "sub/b"]);
  expect(document.files[0]!.checksum).toBe(
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  );
  expect(document.summary).toEqual({
    file_count: 3,
    total_size: 10,
    error_count: 0,
    read_count: 2,
    carried_count: 0,
    skipped: {},
    complete: true,
  });
  const lines = text
    .split("\n")
    .slice(1, -2)
    .map((line) => `${line.replace(/,$/, "")}\n`);
  expect(new Bun.CryptoHasher("sha256").update(lines.join("")).digest("hex")).toBe(
    document.tree_hash,
  );
  expect(text).toStartWith(documentStart(summary.row.snapshotId, summary.row.headerText));
  expect(snapshotId(summary.row.headerText, newSha256)).toBe(summary.row.snapshotId);
  expect(lstatSync(summary.documentFile).mode & 0o777).toBe(0o600);
});

test.if(Bun.which("jq") !== null)(
  "jq and sha256sum agree with tree_hash on a UTF-8 tree",
  async () => {
    for (const name of ["ü", "\u007f", "\u0001\t", "日本", '"\\', "\u2028"]) write(name);
    const summary = await trial.scan();
    const { stdout } = Bun.spawnSync([
      "sh",
      "-c",
      `jq -c '.files[]' "$1" | sha256sum`,
      "sh",
      summary.documentFile,
    ]);
    expect(stdout.toString().slice(0, 64)).toBe(trial.document(summary).tree_hash);
  },
);

test("an unchanged tree is carried: nothing is read, and only the header is new", async () => {
  write("a");
  write("sub/b");
  const first = await trial.settledScan();
  const second = await trial.settledScan();
  expect(first.outcome.readCount).toBe(2);
  expect(second.outcome.readCount).toBe(0);
  expect(second.survey.carriedCount).toBe(2);
  expect(trial.document(second).files).toEqual(trial.document(first).files);
  expect(trial.document(second).parent_id).toBe(trial.document(first).snapshot_id);
});

test("what was added, modified, touched and removed is told, and only what may differ is read", async () => {
  for (const name of ["kept", "modified", "touched", "removed"]) write(name, "content");
  await trial.settledScan();
  write("modified", "other content");
  write("added");
  utimesSync(`${trial.tree}/touched`, 1, 1);
  rmSync(`${trial.tree}/removed`);
  const { outcome, survey } = await trial.settledScan();
  expect(outcome).toMatchObject({
    addedCount: 1,
    modifiedCount: 1,
    touchedCount: 1,
    removedCount: 1,
    corruptedCount: 0,
    readCount: 3,
  });
  expect(survey.carriedCount).toBe(1);
});

test("a file that changed within two seconds of being read is read again: a later change might not show", async () => {
  write("fresh");
  await trial.scan();
  expect((await trial.scan()).outcome.readCount).toBe(1);
  expect((await trial.settledScan()).outcome.readCount).toBe(1);
  expect((await trial.settledScan()).outcome.readCount).toBe(0);
});

test("a chmod makes the file be read again once, and no new version", async () => {
  write("f");
  await trial.settledScan();
  chmodSync(`${trial.tree}/f`, 0o600);
  const after = await trial.settledScan();
  expect(after.outcome).toMatchObject({ readCount: 1, modifiedCount: 0, touchedCount: 0 });
  expect((await trial.settledScan()).outcome.readCount).toBe(0);
});

/** Other bytes, same size and mtime. */
function forge(path: string, content: string): void {
  const file = `${trial.tree}/${path}`;
  const { mtimeNs } = lstatSync(file, { bigint: true });
  writeFileSync(file, content);
  Bun.spawnSync([
    "touch",
    "-d",
    `@${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, "0")}`,
    file,
  ]);
}

test("content that changed while size and mtime did not is corrupted, and never merely modified", async () => {
  write("photo", "good bytes");
  write("other");
  await trial.settledScan();
  forge("photo", "bad bytes!");
  const { outcome } = await trial.settledScan({ reread: true });
  expect(outcome.corruptedCount).toBe(1);
  expect(outcome.modifiedCount).toBe(0);
  expect(outcome.readCount).toBe(2);
  expect(outcome.corrupted).toEqual([
    {
      path: `${trial.tree}/photo`,
      ctime: "changed",
      expectedChecksum: newSha256Hex("good bytes"),
      actualChecksum: newSha256Hex("bad bytes!"),
    },
  ]);
});

test("bit rot leaves ctime alone, and the report says so", async () => {
  write("photo", "good bytes");
  const first = await trial.settledScan();
  forge("photo", "bad bytes!");
  // As the disk would do it, behind the file system's back: the last reading knew the ctime of now.
  const path = `${trial.tree}/photo`;
  const { ctimeNs, dev } = lstatSync(path, { bigint: true });
  const stamp = {
    ctimeUs: Number(ctimeNs / 1000n),
    device: Number(dev),
    readAtMs: Date.now() + 60_000,
  };
  await saveStamps(trial.scope, first.row.snapshotId, [{ key: keyOfPath(path, false), stamp }]);
  expect((await trial.settledScan()).outcome.corruptedCount).toBe(0);
  const { outcome } = await trial.settledScan({ reread: true });
  expect(outcome.corrupted.map(({ ctime }) => ctime)).toEqual(["same"]);
});

const newSha256Hex = (text: string): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex");

test("names of one file are hashed once, and each has the checksum", async () => {
  write("a", "content");
  linkSync(`${trial.tree}/a`, `${trial.tree}/b`);
  mkdirSync(`${trial.tree}/sub`);
  linkSync(`${trial.tree}/a`, `${trial.tree}/sub/c`);
  const { files } = trial.document(await trial.scan());
  expect(files.map((file) => file.checksum)).toEqual(Array(3).fill(newSha256Hex("content")));
});

test("I5: 10,000 random byte names are in store and document exactly as on disk", async () => {
  const expected = new Set<string>();
  while (expected.size < 10_000) {
    const name = crypto
      .getRandomValues(Buffer.alloc(8))
      .map((byte) => (byte === 0 || byte === 0x2f ? 0x80 : byte));
    writeFileSync(Buffer.concat([Buffer.from(`${trial.tree}/`), name]), "");
    expected.add(name.toHex());
  }
  const summary = await trial.scan();
  const { pathBytes } = await import("#core/path-bytes.ts");
  const nameHex = (path: string): string =>
    pathBytes(path)
      .subarray(trial.tree.length + 1)
      .toString("hex");
  expect(
    trial
      .document(summary)
      .files.map(({ path }) => nameHex(path))
      .toSorted(),
  ).toEqual([...expected].toSorted());
  const stored: string[] = [];
  for await (const page of entryPages(trial.scope, summary.row.snapshotId))
    stored.push(...page.map(({ path }) => nameHex(path)));
  expect(stored.toSorted()).toEqual([...expected].toSorted());
});

test("I4: a path beyond PATH_MAX is scanned and hashed", async () => {
  const { Folder } = await import("#disk/folder.ts");
  const name = "d".repeat(240);
  let folder = Folder.open(trial.tree);
  for (let depth = 0; depth < 20; depth++) {
    mkdirSync(`/proc/self/fd/${folder.fd}/${name}`);
    const next = folder.enter(name);
    folder.close();
    folder = next;
  }
  writeFileSync(`/proc/self/fd/${folder.fd}/leaf`, "deep");
  folder.close();
  const { files } = trial.document(await trial.scan());
  expect(files).toHaveLength(1);
  expect(files[0]!.path.length).toBeGreaterThan(4800);
  expect(files[0]!.checksum).toBe(newSha256Hex("deep"));
});

test("I6: one offline root of three makes the snapshot incomplete, and what was below it unknown, not removed", async () => {
  const roots = ["one", "two", "three"].map((name) => `${trial.tree}/${name}`);
  for (const name of ["one/a", "two/b", "three/c"]) write(name);
  const set = trial.set({}, roots);
  await trial.settledScan({ set });
  renameSync(`${trial.tree}/two`, `${trial.tree}/unmounted`);
  const summary = await trial.settledScan({ set });
  expect(summary.isComplete).toBe(false);
  expect(summary.outcome).toMatchObject({ removedCount: 0, unknownCount: 1 });
  const document = trial.document(summary);
  expect(document.roots.map(({ state }) => state).toSorted()).toEqual(["offline", "ok", "ok"]);
  expect(names(document.files)).toEqual(["one/a", "three/c"]);
  expect(document.summary["complete"]).toBe(false);
  expect(trial.troubles).toEqual([{ path: `${trial.tree}/two`, error: "ENOENT: not there" }]);
});

test("I6: a root that cannot even be asked about is offline, and the others are scanned", async () => {
  write("one/a");
  write("file");
  const roots = [`${trial.tree}/one`, `${trial.tree}/file/root`]; // ENOTDIR, as others EIO, ESTALE or EACCES
  const summary = await trial.settledScan({ set: trial.set({}, roots) });
  expect(summary.isComplete).toBe(false);
  const document = trial.document(summary);
  expect(names(document.files)).toEqual(["one/a"]);
  expect(document.roots.map(({ state }) => state).toSorted()).toEqual(["offline", "ok"]);
});

test("I6: a root that is suddenly empty is not taken for deleted", async () => {
  write("one/a");
  write("two/b");
  const set = trial.set({}, [`${trial.tree}/one`, `${trial.tree}/two`]);
  await trial.settledScan({ set });
  rmSync(`${trial.tree}/two/b`);
  const summary = await trial.settledScan({ set });
  expect(summary.isComplete).toBe(false);
  expect(summary.outcome).toMatchObject({ removedCount: 0, unknownCount: 1 });
  const again = await trial.settledScan({ set, allowEmpty: true });
  expect(again.isComplete).toBe(true);
});

test("where no root can be seen nothing is stored, unless one insists", async () => {
  write("a");
  await trial.settledScan();
  const count = await storedCount();
  rmSync(`${trial.tree}/a`);
  expect(trial.scan()).rejects.toMatchObject({ code: "no_usable_root" });
  await trial.scan().catch(() => {});
  rmSync(trial.tree, { recursive: true });
  await trial.scan().catch((error) => expect(error).toMatchObject({ code: "no_usable_root" }));
  expect(await storedCount()).toBe(count);
  expect(existsSync(`${trial.dataDir}/spool/devbox/photos`)).toBe(false);
  const insisted = await trial.settledScan({ allowEmpty: true });
  expect(insisted.isComplete).toBe(false);
  expect(trial.document(insisted).files).toEqual([]);
});

test("a marker that is missing means the wrong disk: offline", async () => {
  write("one/.this-is-it");
  write("two/b");
  const set = trial.set({ expect: { minFiles: undefined, marker: ".this-is-it" } }, [
    `${trial.tree}/one`,
    `${trial.tree}/two`,
  ]);
  const { roots } = trial.document(await trial.scan({ set }));
  expect(roots.map(({ state }) => state)).toEqual(["ok", "offline"]);
});

test("fewer files than expected make a snapshot incomplete", async () => {
  write("a");
  const few = await trial.scan({ set: trial.set({ expect: { minFiles: 2, marker: undefined } }) });
  expect(few.isComplete).toBe(false);
});

test.if(canMount)("one_file_system: a mount below a root is not entered, and named", async () => {
  write("a");
  mkdirSync(`${trial.tree}/mnt`);
  Bun.spawnSync(["mount", "-t", "tmpfs", "none", `${trial.tree}/mnt`]);
  try {
    write("mnt/b");
    const document = trial.document(await trial.scan({ set: trial.set({ oneFileSystem: true }) }));
    expect(names(document.files)).toEqual(["a"]);
    expect(document.summary["skipped"]).toEqual({ mount: 1 });
    expect(document.skipped_mounts).toEqual([`${trial.tree}/mnt`]);
    expect(names(trial.document(await trial.scan()).files)).toEqual(["a", "mnt/b"]);
  } finally {
    Bun.spawnSync(["umount", `${trial.tree}/mnt`]);
  }
});

test("the tool's own data folder inside a root is left out, and said", async () => {
  const set = trial.set({}, [trial.home]);
  write("a");
  const document = trial.document(await trial.scan({ set }));
  expect(document.files.map(({ path }) => path)).toEqual([`${trial.tree}/a`]);
  expect(document.summary["skipped"]).toEqual({ own_data: 1 });
});

test("the tool's own data folder as a root is refused: its store would be scanned into itself", async () => {
  for (const root of [trial.dataDir, `${trial.dataDir}/../data`]) {
    const scanned = trial.scan({ set: trial.set({}, [root]) });
    expect(scanned).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("is where bsv keeps its own data"),
    });
    await scanned.catch(() => {});
  }
});

test("a symlink as root is recorded as one, or followed where the set says so", async () => {
  write("a");
  symlinkSync("tree", `${trial.home}/link`);
  const plain = trial.document(await trial.scan({ set: trial.set({}, [`${trial.home}/link`]) }));
  expect(plain.files).toMatchObject([
    { path: `${trial.home}/link`, type: "symlink", target: "tree" },
  ]);
  const followed = await trial.scan({
    set: trial.set({ followRootSymlink: true }, [`${trial.home}/link`]),
  });
  expect(trial.document(followed).files).toMatchObject([
    { path: `${trial.home}/link/a`, checksum: newSha256Hex("a") },
  ]);
});

test("I14: when the clock steps back, time goes on by a millisecond, and the skew is recorded", async () => {
  write("a");
  trial.nowMs = Date.parse("2030-01-01T00:00:00Z");
  await trial.scan();
  trial.nowMs = Date.parse("2026-01-01T00:00:00Z");
  const document = trial.document(await trial.scan());
  expect(document.timestamp).toBe("2030-01-01T00:00:00.001Z");
  expect(document.clock_skew_ms).toBe(Date.parse("2030-01-01T00:00:00.001Z") - trial.nowMs);
  expect(await storedCount()).toBe(2);
});

test("I14: a clock that stays wrong, or was wrong once, stops no scan", async () => {
  write("a");
  const day = (date: string) => (trial.nowMs = Date.parse(`${date}T00:00:00Z`));
  const times: string[] = [];
  for (const date of ["2030-01-05", "2030-01-01", "2030-01-02", "1970-01-01", "2030-01-06"]) {
    day(date);
    times.push(trial.document(await trial.scan()).timestamp);
  }
  expect(times).toEqual([
    "2030-01-05T00:00:00.000Z",
    "2030-01-05T00:00:00.001Z",
    "2030-01-05T00:00:00.002Z",
    "2030-01-05T00:00:00.003Z",
    "2030-01-06T00:00:00.000Z",
  ]);
});

test("I14: a time that another snapshot already has is passed over", async () => {
  write("a");
  trial.nowMs = Date.parse("2026-01-02T00:00:00Z");
  const { header } = await trial.scan();
  const foreign = { ...header, timestamp: "2026-01-05T00:00:00.000Z" };
  const set = { machineId: "devbox", setName: "photos" };
  await recordSnapshot(trial.scope, {
    set,
    timestampMs: Date.parse(foreign.timestamp),
    receivedAtMs: trial.nowMs,
    content: { baseId: null, changes: [] },
    seal: (entries) => ({ snapshotId: `${[...entries].length}`, headerText: jsonText(foreign) }),
  });
  trial.nowMs = Date.parse(foreign.timestamp);
  expect(trial.document(await trial.scan()).timestamp).toBe("2026-01-05T00:00:00.001Z");
});

test("a second scan of the set is refused while the first one runs", async () => {
  write("a");
  const lock = await lockSet(trial.dataDir, { machineId: "devbox", setName: "photos" });
  await trial.scan().then(
    () => expect.unreachable(),
    (error) => expect(error).toMatchObject({ code: "locked", details: { pid: process.pid } }),
  );
  lock.release();
  await trial.scan();
});

test("I2: an interrupted scan stores nothing and leaves nothing behind; the next one works", async () => {
  for (let i = 0; i < 3000; i++) write(`f${i}`);
  const scanning = trial.scan();
  setTimeout(() => trial.controller.abort(new Error("Ctrl-C")), 20);
  expect(scanning).rejects.toThrow("Ctrl-C");
  await scanning.catch(() => {});
  expect(await storedCount()).toBe(0);
  expect(readdirSync(`${trial.dataDir}/spool/devbox`)).toEqual([]);
  Object.assign(trial, { controller: new AbortController() });
  expect((await trial.scan()).row.fileCount).toBe(3000);
});

test("only the newest documents stay; the store keeps every snapshot", async () => {
  write("a");
  for (let i = 0; i < 4; i++) await trial.scan({ keepDocuments: 2 });
  expect(trial.documents()).toHaveLength(2);
  expect(await storedCount()).toBe(4);
  for (let i = 0; i < 2; i++) await trial.scan({ keepDocuments: "all" });
  expect(trial.documents()).toHaveLength(4);
});

test("a document goes only once the store has reproduced its hashes", async () => {
  write("a", "one");
  await trial.scan();
  write("a", "two, longer");
  trial.store.database.run("UPDATE versions SET checksum = zeroblob(32)");
  await trial.scan({ keepDocuments: 1 });
  expect(trial.documents()).toHaveLength(2);
  expect(trial.notes).toEqual([expect.stringContaining("no longer reproduces its hashes")]);
});

test("a document that a killed run did not write is written by the next, and its leavings are swept", async () => {
  write("a");
  const first = await trial.scan();
  const text = readFileSync(first.documentFile, "utf8");
  rmSync(first.documentFile);
  writeFileSync(`${first.documentFile}.tmp`, "half");
  writeFileSync(`${trial.dataDir}/spool/devbox/photos`, "half");
  await trial.scan();
  expect(readFileSync(first.documentFile, "utf8")).toBe(text);
  expect(trial.documents()).toHaveLength(2);
});

test("a dry run says what would be read, and writes nothing", async () => {
  write("a", "12345");
  write("b");
  await trial.settledScan();
  write("a", "123456");
  write("c");
  const { survey, counts } = await trial.preview();
  expect(counts).toMatchObject({ toReadCount: 2, toReadBytes: 7, addedCount: 1, removedCount: 0 });
  expect(survey.carriedCount).toBe(1);
  expect(await storedCount()).toBe(1);
  expect(existsSync(`${trial.dataDir}/spool/devbox/photos`)).toBe(false);
});

test("I13: scanning changes nothing in the tree: not one time, mode, size or name", async () => {
  const longAgo = new Date("2001-02-03T04:05:06Z");
  for (const name of ["a", "sub/b", "sub/deeper/c", ".gitignore"]) write(name, "# x");
  symlinkSync("a", `${trial.tree}/link`);
  Bun.spawnSync(["mkfifo", `${trial.tree}/fifo`]);
  for (const path of ["a", "sub/b", "sub/deeper/c", ".gitignore", "sub/deeper", "sub", "."]) {
    utimesSync(`${trial.tree}/${path}`, longAgo, longAgo);
  }
  const everythingOf = (): string[] =>
    [
      "",
      "/a",
      "/sub",
      "/sub/b",
      "/sub/deeper",
      "/sub/deeper/c",
      "/.gitignore",
      "/link",
      "/fifo",
    ].map((path) => {
      const { atimeNs, mtimeNs, ctimeNs, size, mode, ino, nlink } = lstatSync(trial.tree + path, {
        bigint: true,
      });
      return [path, path === "/link" ? 0 : atimeNs, mtimeNs, ctimeNs, size, mode, ino, nlink].join(
        " ",
      );
    });
  const before = everythingOf();
  await trial.scan({
    set: trial.set({
      ignoreFiles: [{ pattern: ".gitignore", place: { file: "", line: 1, column: 1 } }],
    }),
  });
  await trial.scan({ reread: true });
  expect(everythingOf()).toEqual(before);
});

test("I7: a log that is written all the while is recorded as UNSTABLE, the rest as it is", async () => {
  write("log", Buffer.alloc(64 << 20));
  write("quiet");
  const line = 'while printf x; do sleep 0.001; done >> "$0"';
  const writer = Bun.spawn(["bash", "-c", line, `${trial.tree}/log`]);
  const summary = await trial.scan();
  writer.kill();
  await writer.exited;
  expect(summary.isComplete).toBe(false);
  expect(trial.document(summary).files.map(({ error }) => error)).toEqual([
    "UNSTABLE: changed while being read",
    null,
  ]);
});
