import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { binary, Home } from "./harness.ts";

let home: Home;
beforeEach(() => {
  home = new Home();
  for (const name of ["a.txt", "sub/b.txt", "other/c"]) write(name, name);
  backupsets("project-data: { paths: [tree] }");
});
afterEach(() => home[Symbol.dispose]());

function write(name: string, content: string): void {
  const file = `${home.folder}/tree/${name}`;
  mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  writeFileSync(file, content);
  utimesSync(file, 1_700_000_000, 1_700_000_000);
}

function backupsets(...sets: string[]): void {
  writeFileSync(
    `${home.folder}/bsv.yaml`,
    `machine_id: devbox-001\nbackupsets:\n${sets.map((set) => `  ${set}\n`).join("")}`,
  );
}

/** What it said, without what differs from run to run. */
async function transcript(line: string): Promise<string> {
  const { exit, stdout, stderr } = await home.shell(line);
  const timeless = `${stdout}${stderr === "" ? "" : `(stderr)\n${stderr}`}`
    .replaceAll(home.folder, "HOME")
    .replaceAll(/[0-9a-f]{64}/g, "ID")
    .replaceAll(/snapshot [0-9a-f]{8}/g, "snapshot ID")
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d.\d\d.\d\d(\.\d{3})?Z/g, "TIME");
  return `$ ${line}\n${timeless}${exit === 0 ? "" : `(exit ${exit})\n`}`;
}

const summaryOf = (stdout: string) =>
  JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Record<string, never>;

test("a first scan, an unchanged one, and one after changes", async () => {
  expect(await transcript("bsv scan")).toMatchInlineSnapshot(`
    "$ bsv scan
    devbox-001/project-data: snapshot ID of TIME
      files      3, 21 B
      changes    3 added
      checksums  3 read (21 B), 0 carried
      document   HOME/bsv-home/data/Snapshots/devbox-001/project-data/TIME.json
    scan=devbox-001/project-data status=ok snapshot=ID files=3 bytes=21 added=3 modified=0 touched=0 removed=0 unknown=0 corrupted=0 read=3 carried=0 skipped=0 errors=0
    "
  `);
  await Bun.sleep(2100); // ctime must lie two seconds before the reading for a file to be carried
  expect((await home.run(["scan"])).exit).toBe(0);
  appendFileSync(`${home.folder}/tree/a.txt`, "!");
  rmSync(`${home.folder}/tree/other/c`);
  expect(await transcript("bsv scan project-data")).toMatchInlineSnapshot(`
    "$ bsv scan project-data
    devbox-001/project-data: snapshot ID of TIME
      files      2, 15 B
      changes    1 modified, 1 removed
      checksums  1 read (6 B), 1 carried
      document   HOME/bsv-home/data/Snapshots/devbox-001/project-data/TIME.json
    scan=devbox-001/project-data status=ok snapshot=ID files=2 bytes=15 added=0 modified=1 touched=0 removed=1 unknown=0 corrupted=0 read=1 carried=1 skipped=0 errors=0
    "
  `);
});

test("corrupted content is told loudly, and the exit code is 4", async () => {
  await home.run(["scan"]);
  writeFileSync(`${home.folder}/tree/a.txt`, "A.TXT");
  utimesSync(`${home.folder}/tree/a.txt`, 1_700_000_000, 1_700_000_000);
  expect(await transcript("bsv scan --reread")).toMatchInlineSnapshot(`
    "$ bsv scan --reread
    CORRUPTED HOME/tree/a.txt (size and mtime are the same; ctime moved: something wrote it and put mtime back)
    devbox-001/project-data: snapshot ID of TIME
      files      3, 21 B
      changes    1 corrupted
      checksums  3 read (21 B), 0 carried
      document   HOME/bsv-home/data/Snapshots/devbox-001/project-data/TIME.json
    scan=devbox-001/project-data status=corrupted snapshot=ID files=3 bytes=21 added=0 modified=0 touched=0 removed=0 unknown=0 corrupted=1 read=3 carried=0 skipped=0 errors=0
    (exit 4)
    "
  `);
});

test("--json: events, and the summary as the last line", async () => {
  const { stdout, exit } = await home.run(["scan", "--json"]);
  expect(exit).toBe(0);
  expect(stdout).toStartWith('{"type":"snapshot","snapshot_id":');
  expect(summaryOf(stdout)).toMatchObject({
    type: "summary",
    dry_run: false,
    sets: [
      {
        machine_id: "devbox-001",
        backupset_name: "project-data",
        summary: { file_count: 3, read_count: 3, complete: true },
        changes: { added: 3, corrupted: 0 },
      },
    ],
  });
});

test("a dry run tells what it would read, and makes neither store nor document", async () => {
  expect(await transcript("bsv scan --dry-run")).toMatchInlineSnapshot(`
    "$ bsv scan --dry-run
    project-data: would read 3 files (21 B), carry 0, 3 new, 0 removed
    "
  `);
  expect(readdirSync(home.folder).toSorted()).toEqual(["bsv.yaml", "tree"]);
});

test("fewer files than expected: incomplete, and the reason is said", async () => {
  backupsets("project-data: { paths: [tree], expect: { min_files: 4 } }");
  expect(await transcript("bsv scan --dry-run")).toMatchInlineSnapshot(`
    "$ bsv scan --dry-run
    project-data: would read 3 files (21 B), carry 0, 3 new, 0 removed, expected at least 4 files
    (exit 3)
    "
  `);
  expect(await transcript("bsv scan")).toMatchInlineSnapshot(`
    "$ bsv scan
    devbox-001/project-data: snapshot ID of TIME
      files      3, 21 B
      changes    3 added
      checksums  3 read (21 B), 0 carried
      expected   at least 4 files
      document   HOME/bsv-home/data/Snapshots/devbox-001/project-data/TIME.json
    scan=devbox-001/project-data status=incomplete snapshot=ID files=3 bytes=21 added=3 modified=0 touched=0 removed=0 unknown=0 corrupted=0 read=3 carried=0 skipped=0 errors=0
    (exit 3)
    "
  `);
  expect(summaryOf((await home.run(["scan", "--json"])).stdout)).toMatchObject({
    sets: [{ summary: { complete: false }, missed: { min_files: 4 } }],
  });
});

test.skipIf(process.getuid?.() === 0 && Bun.which("setpriv") === null)(
  "I4: a dry run that cannot see all ends like the scan, incomplete",
  async () => {
    chmodSync(`${home.folder}/tree/sub`, 0);
    mkdirSync(`${home.folder}/bsv-home`);
    chmodSync(home.folder, 0o755);
    const asNobody =
      process.getuid?.() === 0 ? "setpriv --reuid 65534 --clear-groups $BSV" : "$BSV";
    chownSync(`${home.folder}/bsv-home`, process.getuid?.() === 0 ? 65534 : -1, -1);
    for (const dry of ["--dry-run", "", "--dry-run"]) {
      const ran = await home.shell(`${asNobody} scan ${dry}`);
      expect(ran.exit).toBe(3);
      expect(ran.stderr).toContain("EACCES");
      if (dry !== "") expect(ran.stdout).toContain(", 1 cannot be seen\n");
    }
  },
);

test("a root that is not there: incomplete if others are, refused if none is", async () => {
  backupsets("both: { paths: [tree/sub, tree/other] }", "gone: { paths: [tree/other] }");
  await home.run(["scan"]);
  renameSync(`${home.folder}/tree/other`, `${home.folder}/unmounted`);
  expect(await transcript("bsv scan both")).toMatchInlineSnapshot(`
    "$ bsv scan both
    devbox-001/both: snapshot ID of TIME
      files      1, 9 B
      changes    1 unknown: not seen or not read, now or before
      checksums  1 read (9 B), 0 carried
      root       HOME/tree/other is offline
      document   HOME/bsv-home/data/Snapshots/devbox-001/both/TIME.json
    scan=devbox-001/both status=incomplete snapshot=ID files=1 bytes=9 added=0 modified=0 touched=0 removed=0 unknown=1 corrupted=0 read=1 carried=0 skipped=0 errors=0
    (stderr)
    bsv: warning: HOME/tree/other: ENOENT: not there
    (exit 3)
    "
  `);
  expect(await transcript("bsv scan gone")).toMatchInlineSnapshot(`
    "$ bsv scan gone
    (stderr)
    bsv: warning: HOME/tree/other: ENOENT: not there
    bsv: error: Nothing of gone can be seen: HOME/tree/other is offline [no_usable_root]
    bsv: hint: Is a disk not mounted? If it is meant to be so, --allow-empty stores it
    (exit 3)
    "
  `);
  const all = await home.run(["scan", "--json"]);
  expect(all.exit).toBe(3);
  expect(summaryOf(all.stdout)).toMatchObject({ type: "error", code: "no_usable_root" });
});

test("a set that is not in the file is said to be not found, with the one that was meant", async () => {
  expect(await transcript("bsv scan project-dat")).toMatchInlineSnapshot(`
    "$ bsv scan project-dat
    (stderr)
    bsv: error: The backupset file has no set "project-dat" [not_found]
    bsv: hint: Did you mean project-data?
    (exit 5)
    "
  `);
});

test("I12: a hostile name does not reach the terminal", async () => {
  write("\u001b[2Jgone", "x");
  symlinkSync("nowhere", `${home.folder}/tree/\u001b]0;owned\u0007`);
  await home.run(["scan"]);
  writeFileSync(`${home.folder}/tree/\u001b[2Jgone`, "y");
  utimesSync(`${home.folder}/tree/\u001b[2Jgone`, 1_700_000_000, 1_700_000_000);
  const { stdout, stderr, exit } = await home.run(["scan", "--reread"]);
  expect(exit).toBe(4);
  expect(stdout).toContain("\\x1b[2Jgone");
  expect(stdout + stderr).not.toContain("\u001b");
});

test("a second scan of a set that is being scanned: exit 8, with pid and start time; a killed holder is no holder", async () => {
  Bun.spawnSync(["truncate", "-s", "3G", `${home.folder}/tree/large`]);
  const first = Bun.spawn([binary, "scan"], {
    cwd: home.folder,
    env: home.env,
    stdout: "ignore",
    stderr: "ignore",
  });
  const holder = `${home.env["BSV_HOME"]}/data/locks/devbox-001/project-data.holder`;
  while (!(await Bun.file(holder).exists())) await Bun.sleep(5);
  const second = await home.run(["scan"]);
  expect(second.exit).toBe(8);
  expect(second.stderr).toContain(`process ${first.pid}, started at `);
  first.kill("SIGKILL");
  await first.exited;
  rmSync(`${home.folder}/tree/large`);
  const third = await home.run(["scan"]);
  expect(third.exit).toBe(0);
  expect(readdirSync(`${home.env["BSV_HOME"]}/data/spool/devbox-001`)).toEqual([]);
});

test("Ctrl-C in the middle of a large file: exit 130, soon, and nothing half-written", async () => {
  Bun.spawnSync(["truncate", "-s", "20G", `${home.folder}/tree/large`]);
  const scanning = Bun.spawn([binary, "scan"], {
    cwd: home.folder,
    env: home.env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const holder = `${home.env["BSV_HOME"]}/data/locks/devbox-001/project-data.holder`;
  while (!(await Bun.file(holder).exists())) await Bun.sleep(5);
  await Bun.sleep(200);
  scanning.kill("SIGINT");
  const askedAt = performance.now();
  expect(await scanning.exited).toBe(130);
  expect(performance.now() - askedAt).toBeLessThan(3000);
  expect(readdirSync(`${home.env["BSV_HOME"]}/data/spool/devbox-001`)).toEqual([]);
  expect((await home.run(["snapshots", "--json"])).stdout).toBe("[]\n");
});

test("the document is where it should be, and is the one that export writes", async () => {
  await home.run(["scan"]);
  const folder = `${home.env["BSV_HOME"]}/data/Snapshots/devbox-001/project-data`;
  const [name] = readdirSync(folder);
  expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.json$/);
  const exported = await home.run(["export", "latest"]);
  expect(exported.stdout).toBe(readFileSync(`${folder}/${name}`, "utf8"));
});

/** A failing disk: system calls on this one file or folder end in an error. */
const failing = (path: string, calls: string, error: string): string =>
  `strace -f -qq -o /dev/null -P ${home.folder}/tree/${path} -e trace=${calls} -e inject=${calls}:error=${error}`;

test.if(Bun.which("strace") !== null)(
  "I6: a bad sector and a folder that cannot be listed are entries with errors, and nothing below them is removed",
  async () => {
    const entries = (stdout: string) =>
      (
        JSON.parse(stdout) as { files: { path: string; type?: string; error: string | null }[] }
      ).files.map(({ path, type = "file", error }) => [
        path.slice(home.folder.length + 6),
        type,
        error,
      ]);
    await home.run(["scan"]);
    const bad = await home.shell(`${failing("a.txt", "read", "EIO")} ${binary} scan --reread`);
    expect(bad.exit).toBe(3);
    expect(bad.stderr).toContain("tree/a.txt: EIO: ");
    expect(entries((await home.run(["export", "latest"])).stdout)[0]).toEqual([
      "a.txt",
      "file",
      "EIO: i/o error",
    ]);
    const lost = await home.shell(`${failing("other", "getdents64", "EIO")} ${binary} scan`);
    expect(lost.exit).toBe(3);
    // What the bad sector held was not known the last time, either; and what stands for the folder is no file that came.
    expect(lost.stdout).toContain(" added=0 modified=0 touched=0 removed=0 unknown=3 ");
    expect(entries((await home.run(["export", "latest"])).stdout)).toEqual([
      ["a.txt", "file", null],
      ["other", "dir", "EIO: i/o error"],
      ["sub/b.txt", "file", null],
    ]);
  },
);

test.skipIf(process.getuid?.() !== 0 || Bun.which("setpriv") === null)(
  "I4: a root that is a file, in a folder that may be entered and not listed, is an error of its own: the others are scanned",
  async () => {
    using own = new Home();
    const roots = "paths: [open, shut/file]";
    writeFileSync(`${own.folder}/bsv.yaml`, `backupsets: { s: { ${roots} } }\n`);
    const ran = await own.shell(
      `mkdir open shut; echo 1 > open/a; echo 2 > shut/file; cp "$BSV" bsv; chmod 300 shut; chown -R 65534 .
       setpriv --reuid 65534 --clear-groups ./bsv scan`,
    );
    expect(ran.stdout).toContain("files=2 ");
    expect(ran.stdout).toContain("errors=1");
    expect(ran.stderr).toContain("shut/file: EACCES: permission denied");
    expect(ran.exit).toBe(3);
  },
);
