// `bsv drill` with the tools that people restore with: what comes back is proved, and nothing of it stays.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SmallDisk } from "#test/faults/small-disk.ts";
import { binary, Home, type Ran } from "./harness.ts";

let home: Home;
let scratch: string;
const at = (...path: string[]): string => join(home.folder, ...path);
const NAMES = [
  "a b.txt",
  "-dash",
  "[x]*?.txt",
  "naïve.txt",
  "tab\t\u001b[31m.txt",
  "back\\slash",
  "'q'",
];

beforeAll(async () => {
  home = new Home({ RESTIC_PASSWORD: "x", BORG_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes" });
  scratch = mkdtempSync(join(tmpdir(), "bsv-scratch-"));
  mkdirSync(at("docs/sub"), { recursive: true });
  for (const name of NAMES) writeFileSync(at("docs", name), `the text of ${name}`);
  for (let nr = 0; nr < 30; nr++) writeFileSync(at("docs/sub", `${nr}.txt`), `text ${nr}`);
  writeFileSync(at("docs/whole.json"), '{"a": [1, 2]}');
  writeFileSync(at("bsv.yaml"), "machine_id: laptop\nbackupsets:\n  docs: { paths: [docs] }\n");
  const { exit } = await home.run(["scan"]);
  expect(exit).toBe(0);
  await home.shell(`mkdir nas && cp -a --parents "$HOME/docs" nas/; tar -cf home.tar docs`);
});
afterAll(() => {
  home[Symbol.dispose]();
  rmSync(scratch, { recursive: true });
});

function drill(command: string, ...more: string[]): Promise<Ran> {
  const args = ["drill", "latest", "--scratch", scratch, "--json", "--restore-cmd", command];
  return home.run([...args, ...more]);
}
const told = ({ stdout }: Ran) => JSON.parse(stdout);
const ALL = NAMES.length + 31;
const isGone = () => expect(readdirSync(scratch)).toEqual([]);

const tools: [tool: string, prepare: string, command: string, ...string[]][] = [
  [
    "cp",
    "true",
    `cd "$HOME/nas" && xargs -0 cp -a --parents -t "$BSV_DRILL_DIR" -- < "$BSV_DRILL_NAMES0"`,
  ],
  [
    "tar",
    "true",
    `tar -xf "$HOME/home.tar" --verbatim-files-from --no-unquote -T "$BSV_DRILL_NAMES"`,
    "--strip",
    ".",
  ],
  [
    "restic",
    'restic init -q -r rrepo && restic -q -r rrepo backup "$HOME/docs"',
    `sed s/^/--include=/ "$BSV_DRILL_PATTERNS" | xargs -d "\\n" restic -r "$HOME/rrepo" restore latest --target "$BSV_DRILL_DIR"`,
  ],
  [
    "borg",
    `borg init -e none brepo && borg create brepo::today "$HOME/docs"`,
    `xargs -0 borg extract "$HOME/brepo::today" < "$BSV_DRILL_NAMES0"`,
  ],
];
for (const [tool, prepare, command, ...more] of tools) {
  test.skipIf(Bun.which(tool) === null)(
    `what ${tool} gives back is proved, odd names too, and the scratch folder goes`,
    async () => {
      expect(await home.shell(prepare)).toMatchObject({ exit: 0 });
      const ran = await drill(command, ...more);
      const facts = told(ran);
      expect({ ...facts.counts, stderr: ran.stderr, exit: ran.exit }).toMatchObject({
        intact: ALL,
        missing: 0,
        exit: 0,
      });
      expect(facts).toMatchObject({ method: "drill", probed: 1, misbuilt: [], complete: false });
      isGone();
    },
    60_000,
  );
}

test("a drill from a copy leaves it what it was for bsv coverage; one that fails is a doubt", async () => {
  await home.run(["verify", "--copy", "nas", "--prefix", "/"]);
  const safe = async () => (await home.run(["coverage", "--safe-to-delete", "docs"])).exit;
  expect(await safe()).toBe(0);
  const copy = ["--copy", at("nas")];
  await drill(
    `cd "$HOME/nas" && xargs -0 cp -a --parents -t "$BSV_DRILL_DIR" -- < "$BSV_DRILL_NAMES0"`,
    ...copy,
  );
  expect(await safe()).toBe(0);
  type Told = { copies: { copy: string; restore_ms: number | null; drilled_at: string | null }[] };
  const restores = async () => {
    const { stdout } = await home.run(["coverage", "--json"]);
    const lines = stdout.trim().split("\n");
    const copies = lines.flatMap((line) => (JSON.parse(line) as Partial<Told>).copies ?? []);
    return copies.find(({ copy }) => copy === at("nas"))!;
  };
  const known = await restores();
  expect(known.restore_ms).toBeGreaterThan(0);
  expect((await home.run(["coverage"])).stdout).toMatch(/about 0:0\d, by the drill just now/);
  await drill("false", ...copy);
  // One that brought nothing back says nothing of it.
  const { restore_ms, drilled_at } = known;
  expect(await restores()).toMatchObject({ restore_ms, drilled_at });
  expect(await safe()).toBe(4);
});

test("what came back wrong, or not at all, is found: exit 4", async () => {
  const command = `cd "$HOME/nas" && xargs -0 cp -a --parents -t "$BSV_DRILL_DIR" -- < "$BSV_DRILL_NAMES0"
    cd "$BSV_DRILL_DIR$HOME/docs" && printf X >> "a b.txt" && rm -- -dash`;
  const ran = await drill(command);
  expect(ran.exit).toBe(4);
  expect(told(ran).counts).toMatchObject({ intact: ALL - 2, corrupted: 1, missing: 1 });
  isGone();
});

test("I6: of a command that failed nothing is called missing: exit 3, and its last words are told", async () => {
  const command = `echo "no such \u001b[31mrepository" >&2; exit 12`;
  const ran = await drill(command);
  expect(ran.exit).toBe(3);
  expect(told(ran).counts).toMatchObject({ missing: 0, unverifiable: ALL });
  const { stdout } = await home.run([
    "drill",
    "latest",
    "--restore-cmd",
    command,
    "--scratch",
    scratch,
  ]);
  expect(stdout).toContain(
    "the command ended with 12; its last words:\n    no such \\x1b[31mrepository\n",
  );
  expect(stdout).toContain("known     nothing of the rest: not all came back\n");
  isGone();
});

test("a link in the scratch folder is never followed: the source itself is no restored file", async () => {
  const ran = await drill(
    `ln -s / "$BSV_DRILL_DIR/\${HOME%%/*}link"; cd "$BSV_DRILL_DIR" && d="\${HOME#/}"; ln -s / "\${d%%/*}"`,
  );
  expect(ran.exit).not.toBe(0);
  expect(told(ran).counts.intact).toBe(0);
  isGone();
});

test("folders that were restored read-only go, too; a file recorded broken is told though it came back exact", async () => {
  using other = new Home();
  mkdirSync(join(other.folder, "d"));
  writeFileSync(join(other.folder, "d/half.json"), '{"a": [1, ');
  writeFileSync(join(other.folder, "bsv.yaml"), "backupsets:\n  d: { paths: [d] }\n");
  await other.run(["scan"]);
  const command = `mkdir -p x && cp "$(cat "$BSV_DRILL_PATHS")" "$BSV_DRILL_DIR/half.json" && mkdir -p ro/y && chmod 555 ro`;
  const args = ["drill", "latest", "--scratch", scratch, "--restore-cmd", command];
  const { stdout, exit } = await other.run(args);
  expect(exit).toBe(4);
  expect(stdout).toContain("as recorded, but the end of a json is missing\n");
  isGone();
});

test.skipIf(!SmallDisk.isPossible())(
  "I13: a backup that the command mounted instead of restoring it stays: nothing is removed through a mount",
  async () => {
    const copy = at("precious");
    mkdirSync(join(copy, "sub"), { recursive: true });
    writeFileSync(join(copy, "sub/only one"), "the last copy");
    const mounts = [
      `mount --bind '${copy}' "$BSV_DRILL_DIR"`,
      `mkdir -p "$BSV_DRILL_DIR/a b" && mount --bind '${copy}' "$BSV_DRILL_DIR/a b"`,
    ];
    for (const command of mounts) {
      const ran = await drill(command);
      // The next one sweeps up what others left, but not this.
      await drill("true");
      const { path } = told(ran).details;
      expect(Bun.spawnSync(["umount", path]).exitCode).toBe(0);
      expect(ran.exit).toBe(2);
      expect(readFileSync(join(copy, "sub/only one"), "utf8")).toBe("the last copy");
      await drill("true");
      isGone();
    }
  },
);

test("Ctrl-C ends the command with all it started, and leaves no scratch folder", async () => {
  const args = ["drill", "latest", "--scratch", scratch, "--restore-cmd"];
  const mark = `${at("pid")}`;
  const child = Bun.spawn([binary, ...args, `sleep 300 & echo $! > '${mark}'; sleep 300`], {
    cwd: home.folder,
    env: home.env,
    stdout: "ignore",
    stderr: "ignore",
  });
  while (!(await Bun.file(mark).exists()) || (await Bun.file(mark).text()) === "")
    await Bun.sleep(20);
  child.kill("SIGINT");
  expect(await child.exited).toBe(130);
  const pid = Number(await Bun.file(mark).text());
  await Bun.sleep(50);
  // Ended; where nobody collects orphans it is still listed, as a zombie.
  const state = await Bun.file(`/proc/${pid}/stat`)
    .text()
    .catch(() => "gone");
  expect(state).toMatch(/^gone$|\) Z /);
  isGone();
});

test("what a killed drill left behind goes with the next one, and nothing else does", async () => {
  mkdirSync(join(scratch, "bsv-drill-4194303-abcdef/sub"), { recursive: true });
  chmodSync(join(scratch, "bsv-drill-4194303-abcdef/sub"), 0o500);
  mkdirSync(join(scratch, "bsv-drill-mine"));
  symlinkSync(home.folder, join(scratch, "bsv-drill-4194303-abcdeg"));
  await drill("true");
  expect(readdirSync(scratch).sort()).toEqual(["bsv-drill-4194303-abcdeg", "bsv-drill-mine"]);
  expect(readdirSync(home.folder).length).toBeGreaterThan(2);
  rmSync(join(scratch, "bsv-drill-mine"), { recursive: true });
  rmSync(join(scratch, "bsv-drill-4194303-abcdeg"));
});
