// `bsv log` and `bsv find` as a user sees them, from the store itself and through a server.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "#server/serve.ts";
import { Home } from "./harness.ts";
import { file, HOSTILE, record } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

let home: Home;
let elsewhere: Home;
let server: Running;

const DENIED = "EACCES: permission denied";
const LETTER = "Dear Cleo\n";
const letter = new Bun.CryptoHasher("sha256").update(LETTER).digest("hex");

beforeAll(async () => {
  home = new Home();
  elsewhere = new Home();
  const first = file("/data/a", 10);
  const second = file("/data/a", 11, { checksum: letter, mtimeUs: 1_730_000_000_000_000 });
  const secret = file("/data/locked/secret", 60);
  const locked = file("/data/locked", 0, {
    type: "dir",
    sizeBytes: null,
    checksum: null,
    error: DENIED,
  });
  const day = (n: number, entries: Parameters<typeof record>[4]) =>
    record(home, "laptop", "photos", `2026-11-0${n}T10:00:00.000Z`, entries);
  await day(1, [first, secret, file(HOSTILE, 3)]);
  await day(2, [first, secret]);
  await day(3, [second, locked]);
  await day(4, [file("/data/big.iso", 2_000_000_000)]);
  await record(home, "nas", "copies", "2026-11-03T11:00:00.000Z", [
    file("/vol/a", 11, { checksum: letter }),
  ]);
  server = await serveHome(home);
});
afterAll(async () => {
  await server.stop(1000);
  home[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

const told = async (...args: string[]) => {
  const { stdout, stderr, exit } = await home.run(args);
  expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 });
  return stdout;
};

test("I6: log tells every version, and how it ended", async () => {
  expect(await told("log", "/data/a")).toMatchInlineSnapshot(`
    "laptop/photos  /data/a
      2026-11-01 10:00:00Z .. 2026-11-02 10:00:00Z   2 snapshots  file                 10  2024-10-21 06:50:34Z  46d2cd93b656
      2026-11-03 10:00:00Z .. 2026-11-03 10:00:00Z    1 snapshot  file                 11  2024-10-27 03:33:20Z  f0fe8f57a0ba
      gone in 2026-11-04 10:00:00Z (b112d321)
    "
  `);
  expect(await told("log", "/data/locked/")).toMatchInlineSnapshot(`
    "laptop/photos  /data/locked
      2026-11-03 10:00:00Z .. 2026-11-03 10:00:00Z    1 snapshot  dir                   -  2024-10-21 06:50:34Z  -  EACCES: permission denied
      no such trouble in 2026-11-04 10:00:00Z (b112d321)
    laptop/photos  /data/locked/secret
      2026-11-01 10:00:00Z .. 2026-11-02 10:00:00Z   2 snapshots  file                 60  2024-10-21 06:50:34Z  35d63ffb942f
      unknown in 2026-11-03 10:00:00Z (b09f8507): EACCES: permission denied
    "
  `);
});

test("I5: a path whose bytes are no UTF-8 is found by those bytes", async () => {
  const name = "$'/data/\\e]0;owned\\a\\xe2\\x80\\xaetxt.exe\\n\\xff\\\\'";
  const { stdout, exit } = await home.shell(`bsv log ${name} --json`);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)[0].entry.path).toBe(HOSTILE);
});

test("I12: find tells where files are or were, on all machines; names are escaped", async () => {
  expect(await told("find")).toMatchInlineSnapshot(`
    "-       3 B  2026-11-01 10:00:00Z .. 2026-11-01 10:00:00Z  laptop/photos  /data/\\x1b]0;owned\\x07\\xe2\\x80\\xaetxt.exe\\x0a\\xff\\\\
    M      10 B  2026-11-01 10:00:00Z .. 2026-11-02 10:00:00Z  laptop/photos  /data/a
    -      11 B  2026-11-03 10:00:00Z .. 2026-11-03 10:00:00Z  laptop/photos  /data/a
    =  1.86 GiB  2026-11-04 10:00:00Z .. 2026-11-04 10:00:00Z  laptop/photos  /data/big.iso
    -         -  2026-11-03 10:00:00Z .. 2026-11-03 10:00:00Z  laptop/photos  /data/locked
    U      60 B  2026-11-01 10:00:00Z .. 2026-11-02 10:00:00Z  laptop/photos  /data/locked/secret
    =      11 B  2026-11-03 11:00:00Z .. 2026-11-03 11:00:00Z  nas/copies  /vol/a
    "
  `);
  const paths = async (...args: string[]) =>
    JSON.parse(await told("find", "--json", ...args)).map(
      (row: { entry: { path: string } }) => row.entry.path,
    );
  expect(await paths("a")).toEqual(["/data/a", "/data/a", "/vol/a"]);
  expect(await paths("/data/*")).toEqual([
    HOSTILE,
    "/data/a",
    "/data/a",
    "/data/big.iso",
    "/data/locked",
  ]);
  expect(await paths("data/*.iso")).toEqual(["/data/big.iso"]);
  expect((await home.run(["find", "/*.iso"])).exit).toBe(5); // about the whole path
  expect(await paths("--min-size", "1G")).toEqual(["/data/big.iso"]);
  expect(await paths("--as-of", "2026-11-02")).toEqual(["/data/a", "/data/locked/secret"]);
  expect(await paths("--as-of", "latest")).toEqual(["/data/big.iso", "/vol/a"]);
  expect(await paths("--set", "nas/copies")).toEqual(["/vol/a"]);
  expect(await paths("--newer", "2024-10-27", "--older", "2024-10-27")).toEqual(["/data/a"]);
  expect(await paths("--limit", "1")).toEqual([HOSTILE]);
});

test("I6: find --as-of says where the snapshots of that day could not look, whatever it finds", async () => {
  const note = expect.stringMatching(
    /^\S{8} is incomplete: 1 unreadable; of what it did not see nothing is found\n/,
  );
  for (const remote of [[], ["--remote", server.url]]) {
    const by = remote.length === 0 ? home : elsewhere;
    const some = await by.run(["find", "a", "--as-of", "2026-11-03", ...remote]);
    expect(some).toMatchObject({ stderr: note, exit: 0 });
    for (const more of [[], ["-q"], ["--json"]]) {
      const none = await by.run(["find", "secret", "--as-of", "2026-11-03", ...more, ...remote]);
      expect(none).toMatchObject({ stderr: note, exit: 5 });
    }
    const other = await by.run([
      "find",
      "a",
      "--as-of",
      "2026-11-03",
      "--set",
      "copies",
      ...remote,
    ]);
    expect(other).toMatchObject({ stderr: "", exit: 0 });
  }
});

test("I6: find --as-of says which file systems a set left out, though its snapshot is complete", async () => {
  using one = new Home();
  const mounts = ["/data/\u001b[31mm", "/data/n", "/data/o", "/data/p"];
  for (const [n, skipped_mounts] of [undefined, mounts].entries()) {
    const roots = [{ path: "/data", state: "ok" }];
    const more = { complete: true, roots, ...(skipped_mounts && { skipped_mounts }) };
    await record(
      one,
      "laptop",
      "all",
      `2026-11-0${n + 1}T10:00:00.000Z`,
      [file("/data/a", 1)],
      more,
    );
  }
  const before = await one.run(["find", "x", "--as-of", "latest~1"]);
  expect(before.stderr).not.toContain("file systems");
  const { stderr, exit } = await one.run(["find", "x", "--as-of", "latest"]);
  expect(exit).toBe(5);
  expect(stderr).toMatch(
    /^\S{8} left out file systems: \/data\/\\x1b\[31mm, \/data\/n, \/data\/o and 1 more; of what it did not see nothing is found\n/,
  );
});

test("find --same-as hashes a file and tells where its content is or was", async () => {
  writeFileSync(join(home.folder, "letter"), LETTER);
  expect(await told("find", "--same-as", "letter")).toMatchInlineSnapshot(`
    "-      11 B  2026-11-03 10:00:00Z .. 2026-11-03 10:00:00Z  laptop/photos  /data/a
    =      11 B  2026-11-03 11:00:00Z .. 2026-11-03 11:00:00Z  nas/copies  /vol/a
    "
  `);
  writeFileSync(join(home.folder, "letter"), "Dear Bob\n");
  expect(await home.run(["find", "--same-as", "letter"])).toMatchObject({ exit: 5, stdout: "" });
  const missing = await home.run(["find", "--same-as", "nowhere"]);
  expect(missing.exit).toBe(5);
  expect(missing.stderr).toContain("Cannot read");
  expect(missing.stderr).toContain("/nowhere: ENOENT: not there");
  writeFileSync(join(home.folder, "letter"), LETTER);
  symlinkSync("letter", join(home.folder, "link"));
  const linked = await home.run(["find", "--same-as", "link"]);
  expect(linked).toEqual(await home.run(["find", "--same-as", "letter"]));
  const folder = await home.run(["find", "--same-as", "."]);
  expect([folder.exit, folder.stderr.includes("is no regular file, but a folder")]).toEqual([
    2,
    true,
  ]);
});

test("find refuses a range of sizes that ends before it begins", async () => {
  const { exit, stderr } = await home.run(["find", "--min-size", "5", "--max-size", "1"]);
  expect(exit).toBe(2);
  expect(stderr.split("\n").slice(0, -1)).toEqual([
    "bsv: error: --min-size is larger than --max-size, so nothing would fit [usage]",
    "bsv: hint: Say a --min-size up to the --max-size, or leave one of them out",
  ]);
  expect((await home.run(["find", "--min-size", "11", "--max-size", "11"])).exit).toBe(0);
});

test("what is not in the history is said with exit 5", async () => {
  const { exit, stderr } = await home.run(["log", "/data/never"]);
  expect(exit).toBe(5);
  expect(stderr).toContain("Nothing in the history is at /data/never");
});

test("--remote tells the same as the store itself", async () => {
  for (const args of [
    ["log", "/data/a"],
    ["log", "/data", "--json"],
    ["find", "--json"],
    ["find", "*.iso", "--min-size", "1K"],
    ["find", "--checksum", letter],
    ["find", "--as-of", "2026-11-02", "--set", "photos"],
  ]) {
    const there = await elsewhere.run([...args, "--remote", server.url]);
    expect(there).toEqual(await home.run(args));
    expect(there.exit).toBe(0);
  }
});

test("a remote tells of paths longer than any address, page by page", async () => {
  using there = new Home();
  const folder = `/${"d".repeat(250)}`.repeat(120); // 30 KB
  const files = Array.from({ length: 1100 }, (_, nr) => file(`${folder}/${1000 + nr}`, nr));
  await record(there, "laptop", "deep", "2026-11-01T10:00:00.000Z", files);
  const deep = await serveHome(there);
  try {
    for (const args of [
      ["find", "1*"],
      ["log", folder.slice(0, 251)],
    ]) {
      const here = await there.run([...args, "--json"]);
      const said = await elsewhere.run([...args, "--json", "--remote", deep.url]);
      expect([args[0], said.exit, said.stderr]).toEqual([args[0], 0, ""]);
      expect(said.stdout === here.stdout).toBe(true);
    }
    const unasked = await elsewhere.run(["log", folder, "--remote", deep.url]);
    expect(unasked.exit).toBe(1);
    expect(unasked.stderr).toContain("takes no question that long");
  } finally {
    await deep.stop(1000);
  }
});

test("the routes answer pages, and refuse what is no question", async () => {
  const ask = (path: string) => fetch(`${server.url}${path}`);
  const log = await ask("/machines/laptop/backupsets/photos/log?path=%2Fdata%2Fa&limit=1");
  expect(((await log.json()) as unknown[]).length).toBe(1);
  const link = /<([^>]+)>/.exec(log.headers.get("link")!)![1]!;
  expect(await (await ask(link)).json()).toMatchObject([
    { entry: { checksum: letter }, end: { kind: "removed" } },
  ]);
  expect((await ask("/machines/laptop/backupsets/nothing/log?path=%2Fdata")).status).toBe(404);
  for (const query of [
    "path=",
    "checksum=xyz",
    "as_of=3f786850",
    "cursor=AA",
    "min_size=1k",
    "min_size=5&max_size=1",
    "x=1",
  ]) {
    expect({ query, status: (await ask(`/find?${query}`)).status }).toEqual({ query, status: 400 });
  }
  // I12: no path has a NUL, and the refusal names what was asked, not a cursor made on the way.
  expect(await (await ask("/find?path=a%00b")).json()).toMatchObject({
    code: "invalid_request",
    detail: "query path: is no pattern of paths",
  });
});
