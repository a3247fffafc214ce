// `bsv coverage` as a user sees it; that its yes can be believed is shown in test/jobs/safe-to-delete.test.ts.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hasExfat, mountExfat } from "#test/exfat.ts";
import { Home, type Ran } from "./harness.ts";

let home: Home;

beforeEach(async () => {
  home = new Home({ BSV_MACHINE_ID: "devbox-001" });
  const { folder } = home;
  writeFileSync(`${folder}/bsv.yaml`, "backupsets: { photos: { paths: [tree] } }\n");
  mkdirSync(`${folder}/tree`);
  for (const name of ["a.jpg", "b.jpg", "c\u001b[31m.jpg"]) {
    writeFileSync(`${folder}/tree/${name}`, `content of ${name}`);
  }
  await home.run(["scan", "-q"]);
  Bun.spawnSync(["cp", "-a", `${folder}/tree`, `${folder}/copy`]);
});
afterEach(() => home[Symbol.dispose]());

const told = ({ stdout, stderr, exit }: Ran): string =>
  `${stdout}${stderr}(exit ${exit})`
    .replaceAll(home.folder, "HOME")
    .replaceAll(/\b[0-9a-f]{8}\b/g, "SNAPSHOT")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME")
    .replaceAll(/disk \d+/g, "DISK")
    .replaceAll(/ {3,}/g, "  ");

test("nobody read anything yet: each file is named, and the objective is missed", async () => {
  expect(told(await home.run(["coverage"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 3 files, 53 B
      0 copies, never read anywhere: HOME/tree/a.jpg
      0 copies, never read anywhere: HOME/tree/b.jpg
      0 copies, never read anywhere: HOME/tree/c\\x1b[31m.jpg
    Nothing of it was ever verified: see bsv verify
    3 files (53 B) with 0 copies
    objective: 3 copies in 2 places, each read within 30d: missed by 3 files (53 B) of 3 files, 53 B
    (exit 4)"
  `);
});

test("verified copies are counted by content, with their places and ages", async () => {
  await home.run(["verify", "photos"]);
  writeFileSync(`${home.folder}/copy/b.jpg`, "content of B.jpg");
  await home.run(["verify", "--copy", "copy"]);
  const rule = ["--min-copies", "2", "--min-places", "1"];
  expect(told(await home.run(["coverage", "photos", ...rule]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 3 files, 53 B
      1 copy, last read just now: HOME/tree/b.jpg
    COPY  PLACE  LAST VERIFIED  FILES  SIZE  TOO OLD  RESTORE
    source HOME/tree  DISK  just now  3  53 B  0
    HOME/copy  DISK  just now  2  37 B  0  never tried
    1 file (16 B) with 1 copy
    2 files (37 B) with 2 copies
    objective: 2 copies in 1 place, each read within 30d: missed by 1 file (16 B) of 3 files, 53 B
    (exit 4)"
  `);
  const { stdout } = await home.run(["coverage", "photos", ...rule, "--json"]);
  const [uncovered, whole, summary] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(uncovered).toMatchObject({ type: "uncovered", copies: 1, entry: { size: 16 } });
  expect(whole).toMatchObject({ met: false, files: 3, missing: { files: 1, bytes: 16 } });
  expect(summary).toEqual({ type: "summary", met: false, sets: 1 });
  const { exit } = await home.run(["coverage", "--min-copies", "1", "--min-places", "1"]);
  expect(exit).toBe(0);
});

test("snapshots of one repository, and one folder under two names, are one copy in one place", async () => {
  const { folder } = home;
  mkdirSync(`${folder}/bin`);
  const kopia = `#!/bin/sh\nexec tar -C ${folder}/tree -cf "$3" .\n`;
  writeFileSync(`${folder}/bin/kopia`, kopia, { mode: 0o755 });
  symlinkSync("copy", `${folder}/alias`);
  home.env["PATH"] = `${folder}/bin:${home.env["PATH"]}`;
  for (const target of ["kopia:k1", `kopia:${folder}/tree`, "copy", "alias"]) {
    expect((await home.run(["verify", "--copy", target])).exit).toBe(0);
  }
  const { stdout, exit } = await home.run(["coverage", "--min-copies", "2"]);
  expect(stdout).toContain("3 files (53 B) with 2 copies\n");
  expect(exit).toBe(0);
  const three = await home.run(["coverage", "--min-copies", "2", "--min-places", "3"]);
  expect(three.exit).toBe(4);
});

test.skipIf(!hasExfat)("a folder on exFAT is one copy, in whichever case it is named", async () => {
  using _ = mountExfat(`${home.folder}/image`, `${home.folder}/drive`);
  await home.run(["verify", "photos"]);
  await home.shell("rm drive/*; mkdir drive/Photos; cp tree/[ab].jpg drive/Photos");
  for (const name of ["Photos", "PHOTOS", "photos"]) {
    await home.run(["verify", "photos", "--copy", `drive/${name}`]);
  }
  const rule = ["--min-copies", "3", "--min-places", "1"];
  const { stdout, exit } = await home.run(["coverage", "photos", ...rule]);
  expect(exit).toBe(4);
  expect(stdout).toContain("2 files (32 B) with 2 copies");
});

test("the disks of this machine say nothing of another's copies", async () => {
  await home.run(["verify", "photos"]);
  await home.run(["verify", "--copy", "copy"]);
  const places = async () => {
    const { stdout } = await home.run(["coverage", "devbox-001/photos", "--json"]);
    return [...stdout.matchAll(/"place":"([^"]+)"/g)].map(([, place]) => place);
  };
  expect(await places()).toEqual([
    expect.stringMatching(/^disk \d+$/),
    expect.stringMatching(/^disk \d+$/),
  ]);
  home.env["BSV_MACHINE_ID"] = "server-002";
  expect(await places()).toEqual(["machine devbox-001", `${home.folder}/copy`]);
});

test("the time that a restore of all takes is the drill's own, empty files and all", async () => {
  for (let nr = 0; nr < 97; nr++) writeFileSync(`${home.folder}/tree/empty-${nr}`, "");
  await home.run(["scan", "-q"]);
  const restore = `cp -a ${home.folder}/tree/. "$BSV_DRILL_DIR"; sleep 0.5`;
  const drill = ["drill", "latest", "--sample", "10", "--copy", "nas", "--restore-cmd", restore];
  const { stdout } = await home.run([...drill, "--json"]);
  const { whole_restore_ms } = JSON.parse(stdout) as { whole_restore_ms: number };
  const covered = (await home.run(["coverage", "--json"])).stdout;
  const restoreMs = Number(/"restore_ms":(\d+)/.exec(covered)![1]);
  expect(restoreMs / whole_restore_ms).toBeCloseTo(1, 1);
});

test("--safe-to-delete says yes or no, and what it is about", async () => {
  expect(told(await home.run(["coverage", "--safe-to-delete", "tree"]))).toMatchInlineSnapshot(`
    "  HOME/tree/a.jpg: NOT_PROVEN: this content was never read in a copy that counts
      HOME/tree/b.jpg: NOT_PROVEN: this content was never read in a copy that counts
      HOME/tree/c\\x1b[31m.jpg: NOT_PROVEN: this content was never read in a copy that counts
    no: of 3 files, 53 B below HOME/tree, 3 (53 B) are not proven elsewhere within 30d
    (exit 4)"
  `);
  await home.run(["verify", "--copy", "copy"]);
  expect(told(await home.run(["coverage", "--safe-to-delete", "tree"]))).toMatchInlineSnapshot(`
    "HOME/copy: 3 files of it, the oldest proof just now
    yes: each byte below HOME/tree was read now (3 files, 53 B) and read elsewhere within 30d
    (exit 0)"
  `);
  writeFileSync(`${home.folder}/tree/later`, "x");
  const { stdout, exit } = await home.run(["coverage", "--safe-to-delete", "tree", "--json"]);
  expect(exit).toBe(4);
  const [unsafe, summary] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(unsafe).toMatchObject({ type: "unsafe", path: `${home.folder}/tree/later`, size: 1 });
  expect(summary).toMatchObject({ safe: false, files: 4, unsafe_files: 1, unsafe_bytes: 1 });
  expect(await home.run(["coverage", "--max-age", "soon"])).toMatchObject({ exit: 2 });
});

test("a list without sizes is no list of empty files: nothing is met unverified, and equal content is intact", async () => {
  const { folder } = home;
  Bun.spawnSync(["sh", "-c", "sha256sum * > ../list.sums"], { cwd: `${folder}/tree` });
  const list = ["list.sums", "--set", "devbox-001/list", "--at", "2020-01-01"];
  const place = ["--prefix", `${folder}/tree`];
  const taken = await home.run(["import", ...list, ...place, "--unknown-as-zero"]);
  expect(taken.exit).toBe(0);
  const before = await home.run(["coverage", "list"]);
  expect(before.stdout).toContain("missed by 3 files");
  expect(before.exit).toBe(4);
  const copy = ["verify", "list", "--copy", "copy", ...place, "--ignore-mtime"];
  const verified = await home.run(copy);
  expect(verified.stdout).toContain("ok: 3 of 3 files checked");
  expect(verified.exit).toBe(0);
  writeFileSync(`${folder}/copy/b.jpg`, "");
  expect((await home.run(copy)).exit).toBe(4);
});

test("I6: files without a SHA-256 can be proven nowhere, and miss the objective", async () => {
  const { folder } = home;
  Bun.spawnSync(["sh", "-c", "md5sum --tag * > ../list.sums"], { cwd: `${folder}/tree` });
  const list = ["list.sums", "--set", "devbox-001/list", "--at", "2020-01-01"];
  expect((await home.run(["import", ...list, "--unknown-as-zero"])).exit).toBe(0);
  const { stdout, exit } = await home.run(["coverage", "list"]);
  expect(stdout).toContain("missed by 3 files");
  expect(exit).toBe(4);
});

test("of a set without files no objective is called met", async () => {
  using empty = new Home({ BSV_MACHINE_ID: "devbox-001" });
  mkdirSync(`${empty.folder}/tree`);
  writeFileSync(`${empty.folder}/tree/no-byte`, "");
  writeFileSync(`${empty.folder}/bsv.yaml`, "backupsets: { none: { paths: [tree] } }\n");
  await empty.run(["scan", "-q"]);
  const { stdout } = await empty.run(["coverage"]);
  expect(stdout).toContain("each read within 30d: nothing to count\n");
});
