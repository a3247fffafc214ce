// `bsv diff` as a user sees it, on a store with every kind of change.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import type { Running } from "#server/serve.ts";
import { Home } from "./harness.ts";
import { file, HOSTILE, record } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

let home: Home;
let elsewhere: Home;
let server: Running;

const content = (seed: string) => new Bun.CryptoHasher("sha256").update(seed).digest("hex");
const denied = { checksum: null, error: "EACCES: permission denied" } as const;
const roots = (state: string) => ({
  roots: [
    { path: "/data", state: "ok" },
    { path: "/mnt/usb", state },
  ],
});

const before: Entry[] = [
  file("/data/a", 10),
  file("/data/rot", 20),
  file("/data/sub/same", 30),
  file("/data/sub/touched", 40),
  file("/data/sub/old-name", 5000, { checksum: content("moved") }),
  file("/data/gone", 1_234_567),
  file("/data/empty-gone", 0),
  file("/data/locked/secret", 60),
  file("/mnt/usb/photo", 70),
];
const after: Entry[] = [
  file("/data/a", 11, { checksum: content("a2"), mtimeUs: 1_729_493_435_000_000 }),
  file("/data/rot", 20, { checksum: content("rotten") }),
  file("/data/sub/same", 30),
  file("/data/sub/touched", 40, { mtimeUs: 1_729_493_435_000_000 }),
  file("/data/new-name", 5000, { checksum: content("moved") }),
  file("/data/copy", 30, { checksum: content("/data/sub/same") }),
  file("/data/empty-new", 0, { checksum: content("/data/empty-gone") }),
  file("/data/locked", 0, { type: "dir", sizeBytes: null, mtimeUs: null, inode: null, ...denied }),
  file(HOSTILE, 3),
];

beforeAll(async () => {
  home = new Home();
  await record(home, "laptop", "photos", "2026-11-01T10:00:00.000Z", before, roots("ok"));
  await record(home, "laptop", "photos", "2026-11-02T10:00:00.000Z", after, {
    ...roots("offline"),
    complete: false,
  });
  await record(home, "nas", "photos", "2026-11-02T11:00:00.000Z", before, roots("ok"));
  elsewhere = new Home();
  server = await serveHome(home);
});
afterAll(async () => {
  await server.stop(1000);
  home[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

const PAIR = ["diff", "laptop/photos@2026-11-01"];

test("I6, I12: every kind of change by its letter; what could not be seen is unknown, not removed", async () => {
  const { stdout, stderr, exit } = await home.run(PAIR);
  expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 });
  expect(stdout.replaceAll(/\(.* ago\)/g, "(AGO)")).toMatchInlineSnapshot(`
    "from  c74bbc4c of laptop/photos, 2026-11-01 10:00:00Z (AGO): 9 files, 1.18 MiB
    to    11a46602 of laptop/photos, 2026-11-02 10:00:00Z (AGO): 9 files, 5.01 KiB

    +       3 B  /data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\
    M      11 B  /data/a
    C      30 B  /data/sub/same -> /data/copy
    -       0 B  /data/empty-gone
    +       0 B  /data/empty-new
    -  1.18 MiB  /data/gone
    R  4.88 KiB  /data/sub/old-name -> /data/new-name
    ?      20 B  /data/rot
    U       0 B  /data/locked  (EACCES: permission denied)
    U      60 B  /data/locked/secret  (EACCES: permission denied)
    T      40 B  /data/sub/touched
    U      70 B  /mnt/usb/photo  (ROOT_OFFLINE: the root was not there)

    +  added      2       3 B
    -  removed    2  1.18 MiB
    M  modified   1      11 B
    T  touched    1      40 B
    R  moved      1  4.88 KiB
    C  copied     1      30 B
    ?  corrupted  1      20 B
    U  unknown    3     130 B
    1 unchanged: the later snapshot does not say which checksums were read
    "
  `);
});

test("a summary of fewer bytes: --stat rolls folders up, filters leave out", async () => {
  const { stdout } = await home.run([...PAIR, "--stat", "--depth", "1"]);
  expect(stdout.split("\n").slice(3).join("\n")).toMatchInlineSnapshot(`
    "+  -  M  T  R  C  ?  U     BYTES  FOLDER
    2  2  1  1  1  1  1  2  1.18 MiB  /data/
    0  0  0  0  0  0  0  2      60 B  /data/locked/
    0  0  0  1  0  0  0  0      40 B  /data/sub/
    0  0  0  0  0  0  0  1      70 B  /mnt/usb/

    +  added      2       3 B
    -  removed    2  1.18 MiB
    M  modified   1      11 B
    T  touched    1      40 B
    R  moved      1  4.88 KiB
    C  copied     1      30 B
    ?  corrupted  1      20 B
    U  unknown    3     130 B
    1 unchanged: the later snapshot does not say which checksums were read
    "
  `);
  const letters = async (...more: string[]) => {
    const told = await home.run([...PAIR, ...more]);
    expect(told.stderr).toBe("");
    return told.stdout
      .split("\n\n")[1]!
      .split("\n")
      .map((line) => line[0]);
  };
  expect(await letters("--only", "moved", "--only", "copied")).toEqual(["C", "R"]);
  expect(await letters("--path", "/data/sub/**")).toEqual(["C", "R", "T"]);
  for (const anywhere of ["sub/**", "data/sub/*", "**/sub/*"]) {
    expect(await letters("--path", anywhere)).toEqual(["C", "R", "T"]);
  }
  expect(await letters("--path", "rot")).toEqual(["?"]);
  expect(await letters("--min-size", "1M")).toEqual(["-"]);
  expect(await letters("--max-size", "10", "--path", "/data/*")).toEqual(["+", "-", "+", "U"]);
});

test("exit codes: 4 for what was asked to be told, 3 where all is unknown", async () => {
  const exit = async (...more: string[]) => (await home.run([...PAIR, ...more])).exit;
  expect(await exit("--exit-code")).toBe(4);
  expect(await exit("--fail-on", "corrupted")).toBe(4);
  expect(await exit("--fail-on", "corrupted", "--only", "corrupted")).toBe(4);
  expect(await exit("--fail-on", "corrupted", "--path", "/elsewhere/**")).toBe(0);
  expect(await exit("--exit-code", "--only", "unknown")).toBe(3);
  expect(await exit("laptop/photos@2026-11-01", "--exit-code")).toBe(0);
  expect(await exit("--only", "remved")).toBe(2);
  expect(await exit("nowhere@latest")).toBe(5);
});

test("a check that could never fail is refused: --fail-on of a kind that --only leaves out", async () => {
  const ran = await home.run(["diff", "--only", "added", "--fail-on", "corrupted"]);
  expect(ran).toEqual({
    exit: 2,
    stdout: "",
    stderr: [
      "bsv: error: --only leaves out corrupted, so --fail-on corrupted would never fail [usage]",
      "bsv: hint: Say --only corrupted too, or leave one of them out",
      "",
    ].join("\n"),
  });
});

test("sizes that nothing has, and a depth of nothing, are refused with what to say", async () => {
  const refused = async (...more: string[]) => {
    const { exit, stdout, stderr } = await home.run([...PAIR, ...more]);
    return [exit, stdout, stderr.split("\n")[0]];
  };
  expect(await refused("--min-size", "5", "--max-size", "1")).toEqual([
    2,
    "",
    "bsv: error: --min-size is larger than --max-size, so nothing would fit [usage]",
  ]);
  expect(await refused("--depth", "1")).toEqual([
    2,
    "",
    "bsv: error: --depth is said with --stat [usage]",
  ]);
  expect((await home.run([...PAIR, "--min-size", "1", "--max-size", "1"])).exit).toBe(0);
});

test("two machines: inodes say nothing, and equal files are no change", async () => {
  const { stdout } = await home.run(["diff", "laptop/photos@2026-11-01", "nas/photos@latest"]);
  expect(stdout).toContain("\n\nno changes\n9 unchanged: ");
});

test("--portability tells names that another system takes for one, here and at a remote", async () => {
  const names = ["/data/Readme", "/data/README", "/data/caf\u00e9", "/data/cafe\u0301", "/data/x"];
  await record(
    home,
    "case",
    "names",
    "2026-11-01T10:00:00.000Z",
    names.map((name) => file(name, 1)),
  );
  const args = ["diff", "case/names@latest", "--portability"];
  const { stdout } = await home.run(args);
  expect(stdout.split("\n").slice(-3)).toEqual([
    "! /data/README and /data/Readme: only the case differs",
    "! /data/cafe\u0301 and /data/caf\u00e9: only the composition differs",
    "",
  ]);
  expect((await elsewhere.run([...args, "--remote", server.url])).stdout).toBe(stdout);
  const answer = await fetch(
    `${server.url}/machines/case/backupsets/names/diff?from=latest&portability=true`,
    {
      headers: { Accept: "application/x-ndjson" },
    },
  );
  expect((await answer.text()).match(/"type":"portability"/g)?.length).toBe(2);
});

test("I5: --json gives one event a line, names exact, the summary last", async () => {
  const { stdout } = await home.run([...PAIR, "--json"]);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events[0].type).toBe("diff");
  expect(events.filter(({ kind }) => kind === "added").map(({ path }) => path)).toContain(HOSTILE);
  const moved = events.find(({ kind }) => kind === "moved");
  expect(moved).toMatchObject({ from: "/data/sub/old-name", before: { size: 5000 } });
  expect(events.at(-1)).toMatchObject({
    type: "summary",
    counts: { added: 2, corrupted: 1, unknown: 3 },
    unchanged: 1,
  });
});

test("--remote tells the same as the store itself", async () => {
  for (const more of [[], ["--only", "unknown"], ["--path", "/data/*"], ["nas/photos@latest"]]) {
    for (const form of [[], ["--json"]]) {
      const there = await elsewhere.run([...PAIR, ...more, ...form, "--remote", server.url]);
      const here = await home.run([...PAIR, ...more, ...form]);
      const own = /,"(seq|received_at)":("[^"]*"|\d+)/g; // each store's own
      expect(there.stdout.replaceAll(own, "")).toBe(here.stdout.replaceAll(own, ""));
      expect(there).toMatchObject({ exit: 0, stderr: "" });
    }
  }
});

test("where nearly everything changed, a second thread of the binary reads ahead; whoever stops listening, or asks, ends it", async () => {
  using many = new Home();
  const list = (seed: number) =>
    Array.from({ length: 51_000 }, (_, nr) => file(`/data/${nr % 700}/${nr}`, nr + seed));
  await record(many, "laptop", "photos", "2026-11-01T10:00:00.000Z", list(0));
  await record(many, "laptop", "photos", "2026-11-02T10:00:00.000Z", list(1));
  const { exit, stdout, stderr } = await many.run(["diff", "--set", "laptop/photos"]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  const told = stdout
    .split("\n")
    .filter((line) => line.startsWith("M ") && line.includes("/data/"));
  expect(told.length).toBe(51_000);
  const cut = await many.shell(
    "bsv diff --set laptop/photos | head -4 | tail -1; echo ${PIPESTATUS[0]}",
  );
  expect(cut.stdout).toMatch(/^M .*\/data\/0\/0\n(0|141)\n$/);
  const asked = await many.shell(
    "bsv diff --set laptop/photos > out & until [ -s out ]; do :; done; kill -TERM $!; wait $!; echo $?; wc -l < out",
  );
  const [code, lines] = asked.stdout.trim().split("\n").map(Number) as [number, number];
  expect(code).toBe(143);
  expect(lines).toBeLessThan(40_000);
}, 60_000);
