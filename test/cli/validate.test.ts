// `bsv validate` on the command line: documents, snapshots of the store, backupset files.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { Home } from "./harness.ts";
import { dataDirOf, HOSTILE, sample } from "./sample-store.ts";

const events = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("a document of the store is valid by name, as a file and from a pipe; its parent is looked for", async () => {
  using home = new Home();
  await home.shell(
    "mkdir tree; echo 1 > tree/a; bsv init tree --name tree; bsv scan; echo 2 > tree/b; bsv scan",
  );
  const byName = await home.run(["validate", "latest", "latest~1", "--json"]);
  expect(byName.exit).toBe(0);
  const [last, first, summary] = events(byName.stdout);
  expect(last).toMatchObject({ valid: true, shape: "format 1", problems: [], parent: "known" });
  expect(first).toMatchObject({ valid: true, parent: "none" });
  expect(summary).toEqual({ type: "summary", documents: 2, invalid: 0, unread: 0 });
  await home.run(["export", "latest", "-o", "x.json"]);
  expect((await home.run(["validate", "x.json"])).stdout).toMatch(
    /^x\.json: format 1, [0-9a-f]{8}, 2 entries: valid\n$/,
  );
  const piped = await home.shell("bsv export latest --format ndjson | bsv validate -");
  expect(piped).toMatchObject({ exit: 0 });
  using elsewhere = new Home();
  const alone = await elsewhere.run(["validate", join(home.folder, "x.json")]);
  expect(alone.exit).toBe(0);
  expect(alone.stdout).toContain("not checked: its parent");
});

test("a store that lost a byte is found out by the document it gives, exit 4; hostile names are escaped", async () => {
  using home = new Home();
  const ids = await sample(home);
  expect((await home.run(["validate", ids[2]!])).exit).toBe(0);
  const store = new Database(join(dataDirOf(home), "bsv.db"));
  store.run("UPDATE versions SET size = 1 WHERE size = 1024");
  store.close();
  const ran = await home.run(["validate", ids[2]!]);
  expect(ran.exit).toBe(4);
  expect(ran.stdout).toContain("summary.total_size: is");
  expect(ran.stdout).toContain("tree_hash: is");
  const twice = {
    timestamp: "2026-01-01T00:00:00Z",
    machine_id: "m",
    backupset_name: "s",
    summary: { file_count: 2, total_size: 0, error_count: 0 },
    files: [1, 2].map(() => ({ path: HOSTILE, size: 0, mtime: 0, checksum: null })),
  };
  const told = await home.run(["validate", "-"], { stdin: JSON.stringify(twice) });
  expect(told.stdout).toContain(
    "stands in the document twice (/data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\)",
  );
  expect(told.stdout).not.toContain("\u001b");
});

test("what is no file and no snapshot is not found, exit 5, or 3 among others; nothing named is exit 2", async () => {
  using home = new Home();
  expect((await home.run(["validate", "absent.json"])).exit).toBe(5);
  await sample(home);
  expect((await home.run(["validate", "ffffffff"])).exit).toBe(5);
  const several = await home.run(["validate", "absent.json", "photos@latest"]);
  expect(several).toMatchObject({ exit: 3, stdout: expect.stringContaining("valid\n") });
  expect(several.stderr).toContain("bsv: warning: absent.json: There is no file");
  expect((await home.run(["validate"])).exit).toBe(2);
  expect((await home.run(["validate", "x", "--set", "y"])).exit).toBe(2);
});

test("--set finds rules that match nothing, roots of two sets, and what no rule reaches", async () => {
  using home = new Home();
  mkdirSync(join(home.folder, "tree/deep"), { recursive: true });
  await home.shell("echo 1 > tree/a; echo 2 > tree/deep/b; mkfifo tree/pipe");
  const good = "backupsets:\n  one:\n    paths: [tree]\n    exclude: ['deep/']\n";
  writeFileSync(join(home.folder, "good.yaml"), good);
  const fine = await home.run(["validate", "--set", "good.yaml"]);
  expect(fine.exit).toBe(0);
  expect(fine.stdout).toBe("one: 1 entry, nothing wrong\n  in no snapshot, by no rule: 1 fifo\n");
  writeFileSync(
    join(home.folder, "bad.yaml"),
    `${good}  two:\n    paths: [tree/deep, gone]\n  three:\n    paths: [tree/deep]\n    exclude: ['*.nothing']\n`,
  );
  const bad = await home.run(["validate", "--set", "bad.yaml", "--json"]);
  expect(bad.exit).toBe(4);
  const problems = events(bad.stdout)
    .filter((event) => event.type === "set")
    .flatMap((event) => event.problems.map((one: { message: string }) => one.message))
    .map((text: string) => text.replaceAll(`${home.folder}/`, ""));
  expect(problems).toEqual([
    "The root gone cannot be scanned: ENOENT: not there",
    "The root tree/deep lies within tree, a root of one too",
    "The root tree/deep is a root of three too",
    'The rule "*.nothing" matches nothing',
    "The root tree/deep lies within tree, a root of one too",
  ]);
});

test("a backupset named __proto__ is an error with its line, never dropped without a word", async () => {
  using home = new Home();
  writeFileSync(
    join(home.folder, "x.yaml"),
    "backupsets:\n  a:\n    paths: [.]\n  __proto__:\n    paths: [.]\n",
  );
  for (const line of [
    ["validate", "--set", "x.yaml"],
    ["config", "check", "--file", "x.yaml"],
    ["scan", "--file", "x.yaml"],
  ]) {
    const ran = await home.run(line);
    expect([line, ran.exit]).toEqual([line, 2]);
    expect(ran.stderr).toContain('x.yaml:4:3: "__proto__" is no key, and no name of a backupset');
  }
});
