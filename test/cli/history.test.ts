import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";
import { dataDirOf, HOSTILE, sample } from "./sample-store.ts";

let home: Home;
let ids: string[];

beforeAll(async () => {
  home = new Home();
  ids = await sample(home);
});
afterAll(() => home[Symbol.dispose]());

/** A transcript: the line and what it answered; ages are of today, so they are left out. */
async function transcript(line: string): Promise<string> {
  const { exit, stdout, stderr } = await home.shell(line);
  const told = [stdout, stderr === "" ? "" : `(stderr)\n${stderr}`].join("");
  const timeless = told
    .replaceAll(/\d+ (second|minute|hour|day|month|year)s? ago/g, "AGO")
    .replaceAll(home.folder, "HOME")
    .replaceAll(/AGO +/g, "AGO  ")
    .replaceAll(/AGE +/g, "AGE  ");
  return `$ ${line}\n${timeless}${exit === 0 ? "" : `(exit ${exit})\n`}`;
}

test("bsv sets and bsv machines", async () => {
  expect(await transcript("bsv sets")).toMatchInlineSnapshot(`
    "$ bsv sets
    MACHINE     SET           SNAPSHOTS  LATEST                AGE  FILES      SIZE  DESCRIPTION
    devbox-001  photos                1  2026-11-03 11:00:00Z  AGO  1       9 B
    devbox-001  project-data          3  2026-11-03 10:00:00Z  AGO  5  4.77 MiB
    laptop      project-data          1  2026-10-01 00:00:00Z  AGO  0       0 B
    "
  `);
  expect(await transcript("bsv machines")).toMatchInlineSnapshot(`
    "$ bsv machines
    MACHINE     SETS  SINCE
    devbox-001     2  2026-11-01 10:00:01Z  AGO
    laptop         1  2026-10-01 00:00:01Z  AGO
    "
  `);
  expect(await transcript("bsv sets nobody")).toMatchInlineSnapshot(`
    "$ bsv sets nobody
    (stderr)
    bsv: error: There is no backupset of machine nobody in this store [not_found]
    bsv: hint: \`bsv machines\` lists what there is
    (exit 5)
    "
  `);
});

test("bsv snapshots: newest first, set by set", async () => {
  expect(await transcript("bsv snapshots")).toMatchInlineSnapshot(`
    "$ bsv snapshots
    ID        MACHINE     SET           TIME                  AGE  FILES      SIZE  NOTE
    4f5f00f5  devbox-001  photos        2026-11-03 11:00:00Z  AGO  1       9 B
    84b4944c  devbox-001  project-data  2026-11-03 10:00:00Z  AGO  5  4.77 MiB  1 unreadable, incomplete
    d4f8801d  devbox-001  project-data  2026-11-02 10:00:00Z  AGO  3  4.77 MiB
    e4d6247d  devbox-001  project-data  2026-11-01 10:00:00Z  AGO  2  4.77 MiB
    00795e38  laptop      project-data  2026-10-01 00:00:00Z  AGO  0       0 B
    "
  `);
  expect(await transcript("bsv snapshots devbox-001/project-data -l 2")).toMatchInlineSnapshot(`
    "$ bsv snapshots devbox-001/project-data -l 2
    ID        TIME                  AGE  FILES      SIZE  NOTE
    84b4944c  2026-11-03 10:00:00Z  AGO  5  4.77 MiB  1 unreadable, incomplete
    d4f8801d  2026-11-02 10:00:00Z  AGO  3  4.77 MiB
    "
  `);
  expect(await transcript("bsv snapshots photo")).toMatchInlineSnapshot(`
    "$ bsv snapshots photo
    (stderr)
    bsv: error: No backupset photo in this store [not_found]
    bsv: hint: Did you mean photos?
    (exit 5)
    "
  `);
  expect(await transcript("bsv snapshots project-data")).toMatchInlineSnapshot(`
    "$ bsv snapshots project-data
    (stderr)
    bsv: error: Several machines have a backupset project-data [ambiguous]
    bsv: hint: Say which, as in devbox-001/project-data@latest; there are devbox-001/project-data, laptop/project-data
    (exit 2)
    "
  `);
});

test("bsv snapshots filters by time and errors, and turns the order round", async () => {
  const times = async (...args: string[]) => {
    const { stdout } = await home.run(["snapshots", "devbox-001/project-data", "--json", ...args]);
    return JSON.parse(stdout).map((row: { timestamp: string }) => row.timestamp.slice(5, 10));
  };
  expect(await times()).toEqual(["11-03", "11-02", "11-01"]);
  expect(await times("--reverse")).toEqual(["11-01", "11-02", "11-03"]);
  expect(await times("--since", "2026-11-02")).toEqual(["11-03", "11-02"]);
  expect(await times("--until", "2026-11-02", "-l", "1")).toEqual(["11-02"]);
  expect(await times("--errors")).toEqual(["11-03"]);
  expect(await times("--until", "2026-10-01")).toEqual([]);
  expect(await transcript("bsv snapshots photos --until 2026-10-01")).toMatchInlineSnapshot(`
    "$ bsv snapshots photos --until 2026-10-01
    (stderr)
    No snapshots
    "
  `);
});

test("bsv show: the header, then the entries; names escaped (I12)", async () => {
  expect(await transcript("bsv show devbox-001/project-data@latest --files"))
    .toMatchInlineSnapshot(`
    "$ bsv show devbox-001/project-data@latest --files
    snapshot    84b4944c6999f6bd32093e7c39fbb2474cc3879e8f204bbb342c9ab0df124aa4
    machine     devbox-001
    backupset   project-data
    time        2026-11-03T10:00:00.123Z (AGO)
    received    2026-11-03T10:00:01.623Z
    parent      none
    tree hash   e819bfa119f8a894e4495713decfd374bdb1a6643176ae6b6b6991166e552143
    files       5
    size        4.77 MiB (5,001,027 bytes)
    errors      1
    complete    no
    root        /data
    root        /mnt/usb (offline: what lies below it is unknown)

    file                  3  2024-10-21 06:50:34Z  7bd7a3473cfe  /data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\
    file               1024  2024-10-21 06:50:34Z  3e6af3223674  /data/a.txt
    symlink               5  2024-10-21 06:50:34Z  -             /data/link -> a.txt
    file                  -  -                     -             /data/locked  EACCES: permission denied
    file            5000000  2024-10-21 06:50:34Z  e3e3eb5dce32  /data/b/c.bin
    "
  `);
});

test("bsv show --json: names exact (I5)", async () => {
  const { stdout } = await home.run(["show", ids[2]!.slice(0, 8), "--json", "--files"]);
  const [header, ...entries] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(header.snapshot_id).toBe(ids[2]);
  expect(entries.map((entry) => entry.path)).toContain(HOSTILE);
  const errors = await home.run(["show", ids[2]!, "--json", "--errors"]);
  expect(
    errors.stdout
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => JSON.parse(line).path),
  ).toEqual(["/data/locked"]);
});

test("a reference that means nothing, or too much, is told apart from a wrong one", async () => {
  expect(await transcript("bsv show ffffffff")).toMatchInlineSnapshot(`
    "$ bsv show ffffffff
    (stderr)
    bsv: error: No snapshot ffffffff in this store [not_found]
    bsv: hint: See bsv snapshots for those there are
    (exit 5)
    "
  `);
  expect(await transcript("bsv show latest")).toMatchInlineSnapshot(`
    "$ bsv show latest
    (stderr)
    bsv: error: The store has several backupsets [ambiguous]
    bsv: hint: Say which, as in devbox-001/photos@latest; there are devbox-001/photos, devbox-001/project-data, laptop/project-data
    (exit 2)
    "
  `);
  expect(await transcript("bsv show a..b")).toMatchInlineSnapshot(`
    "$ bsv show a..b
    (stderr)
    bsv: error: REF: Not a snapshot reference: "a..b" [usage]
    bsv: hint: Say an id (or at least 4 digits of it), latest, latest~3 or 2026-11-01; before it, if needed, SET@ or MACHINE/SET@
    (exit 2)
    "
  `);
  expect(await transcript("bsv show photos@latest~9")).toMatchInlineSnapshot(`
    "$ bsv show photos@latest~9
    (stderr)
    bsv: error: No snapshot latest~9 of devbox-001/photos [not_found]
    bsv: hint: See bsv snapshots for those there are
    (exit 5)
    "
  `);
});

test("bsv export gives the document: jq and sha256sum agree with its hashes", async () => {
  for (const id of ids) {
    const { stdout, exit, stderr } = await home.run(["export", id]);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    const document = JSON.parse(stdout);
    expect(document.snapshot_id).toBe(id);
    const lines = stdout
      .split("\n")
      .slice(1, -2)
      .filter((line) => line !== "")
      .map((line) => line.replace(/,$/, ""));
    const hasher = new Bun.CryptoHasher("sha256");
    for (const line of lines) hasher.update(`${line}\n`);
    expect(hasher.digest("hex")).toBe(document.tree_hash);
    expect(document.files.length).toBe(document.summary.file_count);
  }
  const tree = await home.shell(`bsv export ${ids[1]} | jq -c '.files[]' | sha256sum`);
  const header = await home.shell(
    `bsv export ${ids[1]} | jq -cj 'del(.snapshot_id,.files)' | sha256sum`,
  );
  const { tree_hash } = JSON.parse((await home.run(["show", ids[1]!, "--json"])).stdout);
  expect(tree.stdout.slice(0, 64)).toBe(tree_hash);
  expect(header.stdout.slice(0, 64)).toBe(ids[1]!);
});

test("bsv export -o writes the same bytes, whole or not at all, and replaces no device", async () => {
  const { stdout } = await home.run(["export", ids[2]!]);
  const target = `${home.folder}/real.json`;
  await Bun.write(target, "old");
  symlinkSync(target, `${home.folder}/link.json`);
  const ran = await home.run(["export", ids[2]!, "-o", "link.json", "--json"]);
  expect(JSON.parse(ran.stdout)).toEqual({ file: target, snapshot_id: ids[2]! });
  expect(await Bun.file(target).text()).toBe(stdout);
  const full = await home.shell(`ulimit -f 0; trap '' XFSZ; bsv export ${ids[2]} -o real.json`);
  expect(full.exit).toBe(1);
  expect(await Bun.file(target).text()).toBe(stdout);
  expect(readdirSync(home.folder).filter((name) => name.includes("tmp"))).toEqual([]);
  const device = await home.run(["export", ids[2]!, "-o", "/dev/null"]);
  expect(device.exit).toBe(2);
  expect(device.stderr).toContain("hint: Write to standard output instead: > /dev/null\n");
});

test("damage in the store ends an export before its end, with an error", async () => {
  using damaged = new Home();
  const [first] = await sample(damaged);
  const database = new Database(join(dataDirOf(damaged), "bsv.db"));
  database.run("UPDATE versions SET size = size + 1 WHERE size = 1024");
  database.close();
  const ran = await damaged.run(["export", first!]);
  expect(ran.exit).toBe(1);
  expect(ran.stderr).toContain("[store_corrupt]");
  expect(ran.stdout).not.toEndWith("]}\n");
});

test("damage in the store ends a listing of files with an error, and so does a damaged header", async () => {
  for (const damage of [
    "UPDATE versions SET size = size + 1 WHERE size = 1024",
    "UPDATE snapshots SET header = replace(header, '\"total_size\":', '\"total_size\":1')",
  ]) {
    using damaged = new Home();
    const [first] = await sample(damaged);
    const database = new Database(join(dataDirOf(damaged), "bsv.db"));
    database.run(damage);
    database.close();
    for (const more of [["--files"], ["--errors"], ["--files", "--json"]]) {
      const ran = await damaged.run(["show", first!, ...more]);
      expect(ran.exit).toBe(1);
      expect(ran.stderr + ran.stdout).toContain("store_corrupt");
    }
    expect((await damaged.run(["export", first!])).exit).toBe(1);
  }
});

test("without a store the commands say so, and make none", async () => {
  using empty = new Home();
  const ran = await empty.run(["snapshots", "--data-dir", "typo"]);
  expect(ran.exit).toBe(5);
  expect(ran.stderr).toContain("There is no store in ");
  expect(await Bun.file(`${empty.folder}/typo/bsv.db`).exists()).toBe(false);
});

test("a reader that leaves ends a listing quietly", async () => {
  const ran = await home.shell("bsv snapshots | head -1 | wc -l; echo ${PIPESTATUS[0]}");
  expect(ran.stderr).toBe("");
  expect(ran.stdout).toMatch(/^1\n(0|141)\n$/);
});

test("with --data-dir a broken backupset file stands in nobody's way", async () => {
  await Bun.write(`${home.folder}/bsv.yaml`, "backupsets: [\n");
  expect((await home.run(["sets"])).exit).toBe(2);
  const ran = await home.run(["sets", "--data-dir", dataDirOf(home)]);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  rmSync(`${home.folder}/bsv.yaml`);
});
