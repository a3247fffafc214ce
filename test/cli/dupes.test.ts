// bsv dupes on recorded trees: hard links folded, empty files apart, other machines too; the same groups that rdfind finds.
import { expect, test } from "bun:test";
import { linkSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "#test/db/random.ts";
import { binary, Home } from "./harness.ts";
import { file, HOSTILE, record } from "./sample-store.ts";

const SAME = "ab".repeat(32);

async function filled(): Promise<Home> {
  const home = new Home();
  const copy = (path: string, inode: number, size = 2048) =>
    file(path, size, { inode, checksum: SAME });
  await record(home, "laptop", "photos", "2026-01-01T00:00:00.000Z", [
    copy("/p/old", 1),
    copy("/p/b", 2),
  ]);
  await record(home, "laptop", "photos", "2026-02-01T00:00:00.000Z", [
    copy("/p/a", 1),
    copy("/p/b", 2),
    copy("/p/link", 1),
    copy(HOSTILE, 0),
    file("/p/empty1", 0, { checksum: new Bun.CryptoHasher("sha256").digest("hex") }),
    file("/p/empty2", 0, { checksum: new Bun.CryptoHasher("sha256").digest("hex") }),
    file("/p/locked", 2048, { checksum: null, error: "EACCES: permission denied" }),
    file("/p/only", 5000),
  ]);
  await record(home, "nas", "photos", "2026-02-01T00:00:00.000Z", [
    copy("/nas/a", 1),
    file("/nas/only", 5000, { checksum: "cd".repeat(32) }),
  ]);
  return home;
}

test("bsv dupes: groups by what could be reclaimed, hard links as one copy, names escaped (I12)", async () => {
  using home = await filled();
  const ran = await home.run(["dupes", "laptop/photos"]);
  expect(ran.exit).toBe(0);
  expect(`${ran.stdout}${ran.stderr}`).toMatchInlineSnapshot(`
    "4.00 KiB reclaimable: 3 copies of 2.00 KiB, abababababababab
      laptop/photos  /data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\
      laptop/photos  /p/a
      laptop/photos  /p/b
      laptop/photos  /p/link  (the same file as one above)
    1 group, 2 copies too many, 4.00 KiB reclaimable; 2 empty files apart; looked at 1 snapshot, 8 entries; 1 entry unread and not compared
    "
  `);
  const across = await home.run(["dupes", "--across", "--json"]);
  const [group] = JSON.parse(across.stdout);
  expect(group).toMatchObject({
    checksum: SAME,
    size: 2048,
    copies: 4,
    files: 5,
    reclaimable: 3 * 2048,
  });
  expect(group.paths.map((place: { path: string }) => place.path)).toContain(HOSTILE);
  const old = JSON.parse(
    (await home.run(["dupes", "laptop/photos", "--as-of", "2026-01-15", "--json"])).stdout,
  );
  expect(old[0]).toMatchObject({ copies: 2, files: 2 });
  expect((await home.run(["dupes", "--min-size", "3K"])).stderr).toStartWith(
    "No duplicates\n0 groups",
  );
  expect((await home.run(["dupes", "nobody"])).exit).toBe(5);
});

test("I6: a root that was offline for the snapshot that is looked at is named, and --as-of finds what was on it", async () => {
  using home = new Home();
  const both = ["/disk/a", "/usb/a"].map((path, at) =>
    file(path, 2048, { inode: at + 1, checksum: SAME }),
  );
  const roots = (state: string) => [
    { path: "/disk", state: "ok" },
    { path: "/usb", state },
  ];
  await record(home, "laptop", "s", "2026-01-01T00:00:00.000Z", both, { roots: roots("ok") });
  const at = "2026-02-01T00:00:00.000Z";
  const id = await record(home, "laptop", "s", at, both.slice(0, 1), { roots: roots("offline") });
  for (const args of [["dupes"], ["dupes", "--suspect"]]) {
    const { stderr } = await home.run(args);
    expect(stderr).toContain(`${id.slice(0, 8)} is incomplete: /usb offline\n--as-of looks at`);
  }
  const then = await home.run(["dupes", "--as-of", "2026-01-15"]);
  expect(then.stdout).toContain("laptop/s  /usb/a\n");
  expect(then.stderr).not.toContain("incomplete");
});

test("bsv dupes --suspect: copies that should be alike and are not", async () => {
  using home = await filled();
  const ran = await home.run(["dupes", "--across", "--suspect"]);
  expect(ran.stdout).toMatch(
    /^2 contents of one name, 4\.88 KiB and 2024-10-21T06:50:34\.330Z\n {2}[0-9a-f]{16} {2}laptop\/photos {2}\/p\/only\n {2}cdcdcdcdcdcdcdcd {2}nas\/photos {2}\/nas\/only\n$/,
  );
  expect((await home.run(["dupes", "--suspect"])).stderr).toStartWith("No suspects\n");
});

test("bsv dupes and bsv stats with --remote tell what the server's store tells, most to reclaim first", async () => {
  using home = await filled();
  // The set that is asked last has most to reclaim; one content is twice in each of two.
  await record(home, "zoo", "photos", "2026-02-01T00:00:00.000Z", [
    ...["/z/1", "/z/2"].map((path, nr) => file(path, 9_000_000, { inode: nr + 1 })),
    ...["/z/3", "/z/4"].map((path, nr) => file(path, 70, { inode: nr + 3 })),
  ]);
  await record(home, "bee", "photos", "2026-02-01T00:00:00.000Z", [
    file("/b/3", 70, { inode: 3 }),
    file("/b/4", 70, { inode: 4 }),
  ]);
  using elsewhere = new Home();
  const serving = Bun.spawn([binary, "serve", "--port", "0", "--insecure-no-auth", "--json"], {
    cwd: home.folder,
    env: home.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  try {
    const reader = serving.stdout.getReader();
    const { url } = JSON.parse(Buffer.from((await reader.read()).value!).toString());
    reader.releaseLock();
    for (const line of [
      ["--across"],
      ["--across", "--suspect"],
      ["laptop/photos", "--as-of", "2026-01-15"],
      ["nas/photos"],
      ["laptop/photos", "--min-size", "1K", "--limit", "1"],
      [],
      ["--limit", "2"],
      ["--suspect"],
    ]) {
      const there = await elsewhere.run(["dupes", ...line, "--json", "--remote", url]);
      const here = await home.run(["dupes", ...line, "--json"]);
      const { stderr: _, ...heard } = there;
      expect([line, heard]).toMatchObject([line, { exit: here.exit, stdout: here.stdout }]);
    }
    const closing = async (asked: Home, ...line: string[]) =>
      (await asked.run(["dupes", ...line])).stderr.trimEnd().split("\n").at(-1)!.split("; ");
    for (const line of [
      ["--across"],
      ["--across", "--suspect"],
      ["laptop/photos"],
      ["nas/photos"],
    ]) {
      const [total] = await closing(home, ...line);
      expect(await closing(elsewhere, ...line, "--remote", url)).toEqual([
        total!,
        "how much was unread or empty, the remote does not tell",
      ]);
    }
    expect((await closing(elsewhere, "--limit", "1", "--remote", url))[0]).toStartWith("at least ");
    expect((await elsewhere.run(["dupes", "none/none", "--remote", url])).exit).toBe(5);
    const stats = JSON.parse((await elsewhere.run(["stats", "--json", "--remote", url])).stdout);
    const own = JSON.parse((await home.run(["stats", "--json"])).stdout);
    const counts = ({ sets }: { sets: object[] }) => sets.map((set) => ({ ...set, size: 0 }));
    expect([stats.store.file, counts(stats)]).toEqual([url, counts(own)]);
    expect((await elsewhere.run(["stats", "none/none", "--remote", url])).exit).toBe(5);
  } finally {
    serving.kill("SIGKILL");
    await serving.exited;
  }
}, 60_000);

/** A tree with many duplicates, empty files, hard links and names of all kinds; and the groups that bsv finds in it. */
async function duplicated(home: Home): Promise<{ tree: string; ours: Group[] }> {
  const tree = join(home.folder, "tree");
  const random = new Random(20261122);
  for (let nr = 0; nr < 400; nr++) {
    const folder = join(tree, `d${nr % 17}`, `e${nr % 5}`);
    mkdirSync(folder, { recursive: true });
    const name = join(folder, `f${nr}${random.below(5) === 0 ? " é\n" : ""}`);
    const kind = random.below(10);
    const content = `content ${random.below(kind < 5 ? 40 : 1e9)}`.repeat(1 + random.below(2));
    writeFileSync(name, kind === 0 ? "" : content);
    if (kind === 9) linkSync(name, `${name}.link`);
  }
  await home.run(["init", tree, "--name", "tree"]);
  expect((await home.run(["scan"])).exit).toBe(0);
  const ours = JSON.parse((await home.run(["dupes", "tree", "--json"])).stdout) as Group[];
  return { tree, ours };
}

interface Group {
  readonly paths: readonly { path: string; linked: boolean }[];
}

/** Another tool's groups are ours; it names one of a file's hard links. */
function expectSameGroups(ours: readonly Group[], theirs: readonly (readonly string[])[]): void {
  const named = ours.map(({ paths }) => paths.filter(({ linked }) => !linked).length);
  const sizes = theirs.map((paths) => paths.length);
  expect(named.sort((a, b) => a - b)).toEqual(sizes.sort((a, b) => a - b));
  const groupOf = new Map(ours.flatMap(({ paths }, nr) => paths.map(({ path }) => [path, nr])));
  for (const paths of theirs) {
    expect(new Set(paths.map((path) => groupOf.get(path))).size).toBe(1);
    expect(groupOf.has(paths[0]!)).toBe(true);
  }
}

test.skipIf(Bun.which("rdfind") === null)(
  "the groups of a real tree are those that rdfind finds",
  async () => {
    using home = new Home();
    const { tree, ours } = await duplicated(home);
    const results = join(home.folder, "results.txt");
    const rdfind = ["rdfind", "-ignoreempty", "true", "-outputname", results, tree];
    expect(Bun.spawnSync(rdfind, { stdout: "ignore" }).exitCode).toBe(0);
    // DUPTYPE id depth size device inode priority name; names hold line ends here, so entries are cut at the types.
    const entries = readFileSync(results, "utf8")
      .split(/^(?=DUPTYPE_[A-Z_]+ -?\d+ \d+ \d+ \d+ \d+ \d+ )/m)
      .slice(1)
      .map((text) => /^\S+ (-?\d+) \d+ \d+ \d+ \d+ \d+ ([^]*?)\n(?:# end of file\n)?$/.exec(text)!);
    const theirs = new Map<number, string[]>();
    for (const [, id, name] of entries) {
      const key = Math.abs(Number(id));
      theirs.set(key, [...(theirs.get(key) ?? []), name!]);
    }
    expectSameGroups(ours, [...theirs.values()]);
  },
  60_000,
);

test.skipIf(Bun.which("jdupes") === null)(
  "the groups of a real tree are those that jdupes finds, which compares byte by byte",
  async () => {
    using home = new Home();
    const { tree, ours } = await duplicated(home);
    const { stdout } = Bun.spawnSync(["jdupes", "-r", "-q", "-j", tree], { stderr: "ignore" });
    const { matchSets } = JSON.parse(stdout.toString()) as {
      matchSets: { fileList: { filePath: string }[] }[];
    };
    const theirs = matchSets.map(({ fileList }) => fileList.map(({ filePath }) => filePath));
    expectSameGroups(ours, theirs);
  },
  60_000,
);
