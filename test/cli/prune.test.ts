// bsv prune: the plan is told, then done; nothing goes that was not agreed to.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "#db/store/store.ts";
import { Home } from "./harness.ts";
import { serveHome } from "./served-home.ts";
import { file, HOSTILE, record } from "./sample-store.ts";

const SET = "devbox-001/docs";

/** Ten days of a set, one file changing every day, one with a hostile name in the first. */
async function filled(retention = ""): Promise<{ home: Home; ids: string[] }> {
  const home = new Home();
  const ids: string[] = [];
  for (let day = 1; day <= 10; day++) {
    const at = `2026-01-${String(day).padStart(2, "0")}T10:00:00.000Z`;
    const entries = [
      file("/data/same", 5),
      file("/data/log", day, { checksum: String(day).padStart(64, "0") }),
    ];
    if (day === 1) entries.push(file(HOSTILE, 3));
    ids.push(await record(home, "devbox-001", "docs", at, entries));
  }
  const text = `machine_id: devbox-001\nbackupsets:\n  docs:\n    paths: [/data]\n    ${retention}\n`;
  writeFileSync(join(home.folder, "bsv.yaml"), text);
  return { home, ids };
}

const left = async (home: Home): Promise<string[]> =>
  JSON.parse((await home.run(["snapshots", SET, "--json", "--reverse"])).stdout).map(
    (row: { snapshot_id: string }) => row.snapshot_id,
  );

/** How many verdicts the store has: nobody has judged what was recorded past the jobs. */
async function judged(home: Home): Promise<number> {
  const store = await openStore(join(home.folder, "bsv-home", "data", "bsv.db"));
  const { n } = store.database
    .query<{ n: number }, []>("SELECT count(*) AS n FROM verdicts")
    .get()!;
  await store.close();
  return n;
}

test("bsv prune --dry-run tells each snapshot's fate and why, and what would be gone; nothing changes", async () => {
  const { home, ids } = await filled("retention: { keep_last: 7, keep_yearly: 2 }");
  using _ = home;
  const ran = await home.run(["prune", "-n"]);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  expect(ran.stdout.replaceAll(/^[0-9a-f]{8}/gm, "ID......")).toMatchInlineSnapshot(`
    "devbox-001/docs: 8 of 10 snapshots kept by keep_last=7 keep_yearly=2
    ID        TIME                  FATE  WHY
    ID......  2026-01-10 10:00:00Z  keep  last, yearly
    ID......  2026-01-09 10:00:00Z  keep  last
    ID......  2026-01-08 10:00:00Z  keep  last
    ID......  2026-01-07 10:00:00Z  keep  last
    ID......  2026-01-06 10:00:00Z  keep  last
    ID......  2026-01-05 10:00:00Z  keep  last
    ID......  2026-01-04 10:00:00Z  keep  last
    ID......  2026-01-03 10:00:00Z  drop  no rule keeps it
    ID......  2026-01-02 10:00:00Z  drop  no rule keeps it
    ID......  2026-01-01 10:00:00Z  keep  oldest, yearly
    gone for good: 2 file versions, 5 B
      /data/log of 2026-01-02 10:00:00Z, 2 B, content recorded nowhere else in the set
      /data/log of 2026-01-03 10:00:00Z, 3 B, content recorded nowhere else in the set
    Would delete 2 snapshots; nothing was changed
    "
  `);
  expect(await left(home)).toEqual(ids);
  expect(await judged(home)).toBe(0);
});

test("bsv prune deletes what no rule keeps; the others are what they were, and tombstones say why", async () => {
  const { home, ids } = await filled("retention: { keep_last: 8 }");
  using _ = home;
  const before = await home.run(["export", ids[5]!]);
  const ran = await home.run(["prune", "--json"]);
  expect(await judged(home)).toBe(8);
  const events = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({
    type: "plan",
    rules: "keep_last=8",
    kept: 8,
    going: 2,
    alarms: [],
  });
  expect(events.filter((event) => event.type === "snapshot").map((event) => event.keep)).toEqual([
    ...Array.from({ length: 8 }, () => true),
    false,
    false,
  ]);
  expect(events.at(-1)).toEqual({
    type: "summary",
    going: 2,
    deleted: 2,
    needs_confirmation: false,
  });
  expect(await left(home)).toEqual(ids.slice(2));
  expect(await home.run(["export", ids[5]!])).toEqual(before);
  const again = await home.run(["prune"]);
  expect(again.stdout).toEndWith("Deleted 0 snapshots\n");
});

test("much goes only with the exact number, and a policy that keeps nothing never", async () => {
  const { home, ids } = await filled("retention: { keep_last: 2 }");
  using _ = home;
  const ran = await home.run(["prune", "-q"]);
  expect(ran.exit).toBe(2);
  expect(ran.stderr).toBe(
    `bsv: error: This needs a confirmation. ${SET}: 8 of 10 snapshots would go (80 %, more than 30 %) [usage]\n` +
      "bsv: hint: Nothing was deleted; look with --dry-run, and if all of it shall go, say --yes-remove=8\n",
  );
  for (const wrong of [
    ["prune", "--yes-remove=7"],
    ["prune", "--keep-daily=0"],
    ["prune", "--keep-tags=none", "--yes-remove=10"],
    ["prune", "--keep-within=3w"],
    ["prune", "--keep-last=-1"],
    ["prune", "--keep-daily", "many"],
  ]) {
    expect([wrong, (await home.run(wrong)).exit]).toEqual([wrong, 2]);
  }
  expect(await left(home)).toEqual(ids);
  expect((await home.run(["prune", "--yes-remove=8"])).stdout).toEndWith("Deleted 8 snapshots\n");
  expect(await left(home)).toEqual(ids.slice(8));
});

test("flags replace the file's rules; tags keep; --versions names what would be gone, exact and escaped", async () => {
  const { home, ids } = await filled("retention: { keep_last: 1 }");
  using _ = home;
  await home.run(["tag", ids[0]!, "+first"]);
  const flags = ["prune", "docs", "-n", "--keep-last", "6", "--keep-tag", "first", "--versions"];
  const text = await home.run(flags);
  expect(text.stdout).toContain("keep  tags first\n");
  expect(text.stdout).toContain(
    "  /data/log of 2026-01-02 10:00:00Z, 2 B, content recorded nowhere else in the set\n",
  );
  expect(text.stdout).toEndWith("Would delete 3 snapshots; nothing was changed\n");
  const dropAll = await home.run(["prune", "docs", "-n", "--keep-last", "9", "--versions"]);
  expect(dropAll.stdout).not.toContain("\u001b]0");
  expect(dropAll.stdout).toContain("\\x1b]0;owned\\x07");
  const json = await home.run(["prune", "docs", "-n", "--keep-last", "9", "--versions", "--json"]);
  const gone = json.stdout.split("\n").filter((line) => line.startsWith('{"type":"gone"'));
  expect(gone.map((line) => JSON.parse(line).entry.path)).toEqual([HOSTILE, "/data/log"]);
});

test("without rules nothing is pruned: exit 2; an unknown set is exit 5", async () => {
  const { home, ids } = await filled();
  using _ = home;
  const ran = await home.run(["prune"]);
  expect(ran.exit).toBe(2);
  expect(ran.stderr).toContain("There are no retention rules for any backupset that has snapshots");
  expect((await home.run(["prune", "docs"])).exit).toBe(2);
  expect((await home.run(["prune", "nobody", "--keep-last=1"])).exit).toBe(5);
  expect(await left(home)).toEqual(ids);
});

test("bsv prune --remote tells the server's plan and deletes nothing; with the exact number it is done there", async () => {
  const { home, ids } = await filled("retention: { keep_last: 8 }");
  using _ = home;
  const server = await serveHome(home);
  try {
    const words = ["prune", "docs", "--keep-last", "8", "--remote", server.url];
    const here = await home.run(["prune", "docs", "--keep-last", "8", "-n"]);
    const plan = await home.run(words);
    expect(plan).toMatchObject({ exit: 0, stderr: "" });
    const told = (text: string) => text.split(/\nWould delete|\n\{"type":"summary"/)[0]!;
    expect(told(plan.stdout)).toBe(told(here.stdout));
    for (const more of [["--versions"], ["--versions", "--json"]]) {
      const there = await home.run([...words, ...more]);
      const local = await home.run(["prune", "docs", "--keep-last", "8", "-n", ...more]);
      expect(there).toMatchObject({ exit: 0, stderr: "" });
      expect(told(there.stdout)).toBe(told(local.stdout));
      expect(there.stdout).toContain("/data/log");
    }
    expect(plan.stdout).toEndWith(
      "\nWould delete 2 snapshots, with --yes-remove=2; nothing was changed\n",
    );
    expect((await home.run(["prune", "--remote", server.url])).stdout).toBe(plan.stdout);
    const refused = await home.run([...words, "--yes-remove=3"]);
    expect(refused).toMatchObject({ exit: 2 });
    expect(refused.stderr).toContain("2 snapshots would go, not 3");
    expect((await home.run([...words, "-n", "--yes-remove=2"])).stdout).toBe(plan.stdout);
    expect(await left(home)).toEqual(ids);
    expect(
      (await home.run(["prune", "none", "--keep-last", "1", "--remote", server.url])).exit,
    ).toBe(5);
    const done = await home.run([...words, "--yes-remove=2", "--json"]);
    expect(JSON.parse(done.stdout.trim().split("\n").at(-1)!)).toMatchObject({
      type: "summary",
      going: 2,
      deleted: 2,
    });
    expect(await left(home)).toEqual(ids.slice(2));
  } finally {
    await server.stop();
  }
}, 60_000);

test("a policy that keeps nothing of one set is refused before a server deletes anything of another", async () => {
  const { home, ids } = await filled();
  using _ = home;
  const at = "2026-01-20T10:00:00.000Z";
  const other = await record(home, "devbox-001", "zoo", at, [file("/zoo/cat", 1)]);
  const server = await serveHome(home);
  try {
    const remote = ["--remote", server.url];
    await home.run(["tag", "docs@latest", "+good"]);
    const words = ["prune", "docs", "zoo", "--keep-tags", "good"];
    for (const more of [[], ["-n"], ["--yes-remove=10"]]) {
      const there = await home.run([...words, ...more, ...remote]);
      const here = await home.run([...words, ...more]);
      expect([more, there.exit, there.stderr]).toEqual([more, here.exit, here.stderr]);
      expect(there.exit).toBe(2);
      expect(there.stderr).toContain("The rules keep no snapshot of devbox-001/zoo");
    }
    expect(await left(home)).toEqual(ids);
    expect((await home.run(["snapshots", "zoo"])).stdout).toContain(other.slice(0, 8));
  } finally {
    await server.stop();
  }
}, 60_000);

test("bsv describe --remote says at the server what a set is, and makes none", async () => {
  const { home } = await filled();
  using _ = home;
  const server = await serveHome(home);
  try {
    const describe = (...words: string[]) =>
      home.run(["describe", ...words, "--remote", server.url]);
    expect((await describe("docs", "Papers", "-n")).stdout).toContain("would be described");
    expect((await home.run(["sets"])).stdout).not.toContain("Papers");
    expect(await describe("docs", "Papers")).toMatchObject({ exit: 0 });
    expect((await home.run(["sets"])).stdout).toContain("Papers");
    for (const more of [[], ["-n"]]) {
      expect((await describe("devbox-001/none", "x", ...more)).exit).toBe(5);
    }
    expect((await home.run(["sets"])).stdout).not.toContain("none");
  } finally {
    await server.stop();
  }
}, 60_000);
