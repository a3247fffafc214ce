// `bsv du` as a user sees it; that its numbers are right is shown in real-trees.test.ts.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import type { Running } from "#server/serve.ts";
import { Home } from "./harness.ts";
import { file, record } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

let home: Home;
let elsewhere: Home;
let server: Running;

const dated = (timestamp: string) => ({ mtimeUs: Date.parse(timestamp) * 1000 });
const roots = { roots: [{ path: "/data", state: "ok" }] };

beforeAll(async () => {
  home = new Home();
  elsewhere = new Home();
  const music = file("/data/music/a.mp3", 5_000_000, dated("2014-01-01T00:00:00Z"));
  const log = (bytes: number, timestamp: string) =>
    file("/data/logs/app/today.log", bytes, {
      ...dated(timestamp),
      checksum: new Bun.CryptoHasher("sha256").update(timestamp).digest("hex"),
    });
  const day = (n: number, bytes: number) =>
    record(
      home,
      "laptop",
      "all",
      `2026-11-0${n}T10:00:00.000Z`,
      [
        music,
        log(bytes, `2026-11-0${n}T09:00:00.000Z`),
        ...(n < 3
          ? [file("/data/old/\u001b[31mname.TXT", 70_000, dated("2026-10-30T00:00:00Z"))]
          : []),
        file("/data/README", 10, dated("2020-01-01T00:00:00Z")),
      ],
      roots,
    );
  for (const [index, bytes] of [1000, 2000, 3000].entries()) await day(index + 1, bytes);
  server = await serveHome(home);
});
afterAll(async () => {
  await server.stop(1000);
  home[Symbol.dispose]();
  elsewhere[Symbol.dispose]();
});

async function told(...args: string[]): Promise<string> {
  const { stdout, stderr, exit } = await home.run(["du", ...args]);
  expect({ stderr, exit }).toEqual({ stderr: "", exit: 0 });
  return stdout.replaceAll(/\(.* ago\)/g, "(AGO)");
}

test("by folder, extension and age, the largest first", async () => {
  expect(await told("--depth", "2")).toMatchInlineSnapshot(`
    "29f1bf87 of laptop/all, 2026-11-03 10:00:00Z (AGO): 3 files, 4.77 MiB

        SIZE  FILES  FOLDER
    4.77 MiB      3  /data/
    4.77 MiB      1  /data/music/
    2.93 KiB      1  /data/logs/
    2.93 KiB      1  /data/logs/app/
    "
  `);
  expect(await told("latest~1", "--by", "extension")).toMatchInlineSnapshot(`
    "3efab16a of laptop/all, 2026-11-02 10:00:00Z (AGO): 4 files, 4.84 MiB

        SIZE  FILES  EXTENSION
    4.77 MiB      1  mp3
    68.4 KiB      1  txt
    1.95 KiB      1  log
        10 B      1  (none)
    "
  `);
  expect(await told("latest~1", "--by", "age", "--sort", "name")).toMatchInlineSnapshot(`
    "3efab16a of laptop/all, 2026-11-02 10:00:00Z (AGO): 4 files, 4.84 MiB

        SIZE  FILES  AGE
    1.95 KiB      1  under a day
    68.4 KiB      1  under a week
        10 B      1  under 10 years
    4.77 MiB      1  older
    "
  `);
});

test("growth since a snapshot of another set is refused, not told of this one's", async () => {
  using two = new Home();
  await record(two, "laptop", "all", "2026-11-01T10:00:00.000Z", [file("/data/x", 5)], roots);
  await record(two, "laptop", "other", "2026-11-01T10:00:00.000Z", [file("/data/x", 9)], roots);
  const growth = (since: string) => two.run(["du", "laptop/all@latest", "--growth", since]);
  const { exit, stderr } = await growth("other@latest");
  expect(exit).toBe(2);
  expect(stderr).toContain("--growth names a snapshot of another backupset than laptop/all");
  expect((await growth("all@latest")).exit).toBe(0);
  expect((await growth("nas/all@latest")).exit).toBe(5);
});

test("I6: of a snapshot that could not see all, that is said beside the numbers", async () => {
  using blind = new Home();
  const error = { checksum: null, error: "EACCES: permission denied" };
  await record(blind, "laptop", "all", "2026-11-01T10:00:00.000Z", [file("/data/x", 5, error)], {
    roots: [...roots.roots, { path: "/mnt/usb", state: "offline" }],
    complete: false,
  });
  const { stdout } = await blind.run(["du"]);
  expect(stdout).toContain(" is incomplete: 1 unreadable, /mnt/usb offline\n");
});

test("I6: what lies where one of the two could not look has neither grown nor shrunk", async () => {
  using blind = new Home();
  const both = [{ path: "/data", state: "ok" }];
  const usb = (state: string) => ({ roots: [...both, { path: "/mnt/usb", state }] });
  const day = (n: number, entries: Parameters<typeof record>[4], more: object) =>
    record(blind, "laptop", "all", `2026-11-0${n}T10:00:00.000Z`, entries, more);
  const [kept, gone] = [file("/data/kept", 100), file("/data/gone", 50)];
  const [film, song] = [file("/mnt/usb/film", 4000), file("/mnt/usb/song", 400)];
  await day(1, [gone, kept, film, song], usb("ok"));
  await day(2, [kept], usb("offline"));
  await day(3, [kept, film, file("/mnt/usb/new", 7)], usb("ok"));
  const groups = async (...args: string[]) => {
    const { stdout } = await blind.run(["du", ...args, "--sort", "name", "--json"]);
    return JSON.parse(stdout).groups.map(({ group, growth, unknown }: Record<string, unknown>) => ({
      group,
      growth,
      unknown,
    }));
  };
  const none = { files: 0, bytes: 0 };
  expect(await groups("latest~1", "--growth", "latest~2", "--depth", "0")).toEqual([
    { group: "/data/", growth: { files: -1, bytes: -50 }, unknown: none },
    { group: "/mnt/usb/", growth: none, unknown: { files: 2, bytes: 4400 } },
  ]);
  expect(await groups("latest", "--growth", "latest~1", "--depth", "0")).toEqual([
    { group: "/data/", growth: none, unknown: none },
    { group: "/mnt/usb/", growth: none, unknown: { files: 2, bytes: 4007 } },
  ]);
  expect(await groups("latest", "--growth", "latest~2", "--depth", "0")).toEqual([
    { group: "/data/", growth: { files: -1, bytes: -50 }, unknown: none },
    { group: "/mnt/usb/", growth: { files: 0, bytes: -393 }, unknown: none },
  ]);
  const { stdout } = await blind.run(["du", "latest~1", "--growth", "latest~2"]);
  expect(stdout).toMatch(/GROWTH +FILES +CHURN +UNKNOWN +FOLDER\n/);
  expect(stdout).toMatch(/ 0 +0 +0 +4\.30 KiB in 2 +\/mnt\/usb\/\n/);
});

test("I6: what could not even be told, or had no size, has neither grown nor shrunk", async () => {
  using blind = new Home();
  const untold = {
    sizeBytes: null,
    mtimeUs: null,
    inode: null,
    checksum: null,
    error: "EACCES: permission denied",
  };
  const day = (n: number, more: object) =>
    record(
      blind,
      "laptop",
      "all",
      `2026-11-0${n}T10:00:00.000Z`,
      [file("/data/a", 5000, more), file("/data/b", 300, more), file("/data/c", 7)],
      roots,
    );
  await day(1, {});
  await day(2, { ...untold, type: "other" }); // as where names can be listed, and nothing else
  await day(3, untold);
  const growthOf = async (ref: string, since: string) => {
    const args = ["du", ref, "--growth", since, "--depth", "0", "--json"];
    const { growth, unknown } = JSON.parse((await blind.run(args)).stdout).groups[0];
    return { growth, unknown };
  };
  const none = { files: 0, bytes: 0 };
  const both = { growth: none, unknown: { files: 2, bytes: 5300 } };
  for (const [some, other] of [
    ["latest~2", "latest~1"],
    ["latest~2", "latest"],
  ] as const) {
    expect(await growthOf(other, some)).toEqual(both);
    expect(await growthOf(some, other)).toEqual(both);
  }
  expect((await growthOf("latest", "latest~1")).growth).toEqual(none);
});

test("I6: what a drive that was away brings back is no churn; what changed on it meanwhile is", async () => {
  using own = new Home();
  const stays = file("/home/a", 100);
  const disk = [file("/usb/same", 7000), file("/usb/changed", 500)];
  const seen = (states: [string, string]) => ({
    roots: ["/home", "/usb"].map((path, nr) => ({ path, state: states[nr] })),
  });
  const day = (n: number, files: Entry[], usb: string) =>
    record(own, "m", "s", `2026-11-0${n}T10:00:00.000Z`, files, seen(["ok", usb]));
  await day(1, [stays, ...disk], "ok");
  await day(2, [stays], "offline");
  await day(3, [stays], "offline");
  const changed = file("/usb/changed", 600);
  await day(4, [stays, disk[0]!, changed, file("/usb/new", 30)], "ok");
  await day(5, [stays, changed, file("/usb/new", 30)], "ok");
  await day(6, [stays, disk[0]!, changed, file("/usb/new", 30)], "ok");
  const churnOf = async (ref: string) => {
    const { stdout } = await own.run(["du", "--json", "--growth", "latest~5", ref]);
    const { groups } = JSON.parse(stdout) as { groups: { group: string; churn: object }[] };
    return groups.find(({ group }) => group === "/usb/")?.churn;
  };
  expect(await churnOf("latest~2")).toEqual({ files: 2, bytes: 630 });
  // Deleted and there again, though it could have been seen: that is churn.
  expect(await churnOf("latest")).toEqual({ files: 3, bytes: 7630 });
});

test("what grew, and what churns most", async () => {
  expect(await told("--growth", "2026-11-01")).toMatchInlineSnapshot(`
    "29f1bf87 of laptop/all, 2026-11-03 10:00:00Z (AGO): 3 files, 4.77 MiB
    since 8b3d4187 of laptop/all, 2026-11-01 10:00:00Z (AGO): 4 files, 4.84 MiB

        SIZE  FILES     GROWTH  FILES          CHURN  FOLDER
    2.93 KiB      1  +1.95 KiB      0  4.88 KiB in 2  /data/logs/
    4.77 MiB      1          0      0              0  /data/music/
    4.77 MiB      3  -66.4 KiB     -1  4.88 KiB in 2  /data/
         0 B      0  -68.4 KiB     -1              0  /data/old/
    "
  `);
  expect(await told("--growth", "2026-11-01", "--sort", "churn", "-l", "1", "--by", "extension"))
    .toMatchInlineSnapshot(`
    "29f1bf87 of laptop/all, 2026-11-03 10:00:00Z (AGO): 3 files, 4.77 MiB
    since 8b3d4187 of laptop/all, 2026-11-01 10:00:00Z (AGO): 4 files, 4.84 MiB

        SIZE  FILES     GROWTH  FILES          CHURN  EXTENSION
    2.93 KiB      1  +1.95 KiB      0  4.88 KiB in 2  log
    "
  `);
});

test("--remote tells the same as the store itself, and the route refuses what is no question", async () => {
  for (const more of [[], ["--growth", "latest~2"], ["--by", "age", "--sort", "name"]]) {
    const args = ["du", "laptop/all@latest", ...more];
    const there = await elsewhere.run([...args, "--remote", server.url]);
    expect(there).toEqual(await home.run(args));
    expect(there.exit).toBe(0);
  }
  const status = async (query: string) =>
    (await fetch(`${server.url}/machines/laptop/backupsets/all/du?${query}`)).status;
  expect(await status("")).toBe(200);
  for (const query of ["by=colour", "depth=-1", "ref=!", "sort=up", "limit=0", "x=1"]) {
    expect({ query, status: await status(query) }).toEqual({ query, status: 400 });
  }
  expect(await status("ref=latest~9")).toBe(404);
});
