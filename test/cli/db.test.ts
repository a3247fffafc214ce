// The store as a file: proved, copied while it is used, made smaller, and what it costs.
import { expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openStore } from "#db/store/store.ts";
import { everything } from "#db/scope.ts";
import { Home } from "./harness.ts";
import { dataDirOf, file, record, sample } from "./sample-store.ts";
import { listAt, record as recordAt } from "#test/db/sample.ts";

const storeOf = (home: Home): string => join(dataDirOf(home), "bsv.db");

test("bsv db check says what it looked at; damage is exit 4, named by snapshot", async () => {
  using home = new Home();
  const ids = await sample(home);
  expect(await home.run(["db", "check"])).toEqual({
    exit: 0,
    stderr: "",
    stdout:
      "checked 5 of 5 snapshots: 6 file versions give 11 entries\nsound: what was checked is what was recorded\n",
  });
  const one = await home.run(["db", "check", "photos"]);
  expect(one.stdout).toContain("checked 1 of 5 snapshots: 1 file version give 1 entry\n");
  expect(one.stdout).toContain("not checked: 4 snapshots\n");

  const bytes = readFileSync(storeOf(home));
  const at = bytes.indexOf(Buffer.from(file("/p/1.jpg", 9).checksum!, "hex"));
  bytes[at + 30]! ^= 4;
  writeFileSync(storeOf(home), bytes);
  const damaged = await home.run(["db", "check"]);
  expect(damaged.exit).toBe(4);
  expect(damaged.stdout).toStartWith(
    `DAMAGED ${ids[3]!.slice(0, 8)} of devbox-001/photos, 2026-11-03 11:00:00Z: its entries do not hash to its tree_hash\n`,
  );
  const json = await home.run(["db", "check", "--json"]);
  const events = json.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ type: "damage", snapshot_id: ids[3]! });
  expect(events.at(-1)).toMatchObject({ type: "summary", sound: false, damaged_snapshots: 1 });
});

test("bsv db backup: a copy that is whole and sound, private, and never over another file unless told", async () => {
  using home = new Home();
  await sample(home);
  const copy = join(home.folder, "elsewhere", "bsv.db");
  const unmounted = await home.run(["db", "backup", copy]);
  expect(unmounted).toMatchObject({ exit: 2, stdout: "" });
  expect(unmounted.stderr).toContain("There is no folder");
  mkdirSync(join(home.folder, "elsewhere"));
  const ran = await home.run(["db", "backup", copy]);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  expect(ran.stdout).toStartWith(`Wrote ${copy}, `);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const there = join(home.folder, "elsewhere");
  expect(readdirSync(there)).toEqual(["bsv.db"]);
  const same = await home.run(["snapshots", "--json", "--data-dir", there]);
  expect(same.stdout).toBe((await home.run(["snapshots", "--json"])).stdout);
  expect((await home.run(["db", "check", "--data-dir", there])).exit).toBe(0);

  writeFileSync(join(there, "notes"), "mine");
  const refused = await home.run(["db", "backup", join(there, "notes")]);
  expect(refused).toMatchObject({ exit: 4, stdout: "" });
  const dry = await home.run(["db", "backup", "-n", join(there, "notes")]);
  expect(dry).toMatchObject({ exit: 4, stdout: "" });
  expect(readFileSync(join(there, "notes"), "utf8")).toBe("mine");
  expect((await home.run(["db", "backup", "-n", join(there, "new")])).exit).toBe(0);
  expect(existsSync(join(there, "new"))).toBe(false);
  expect((await home.run(["db", "backup", "--replace", copy])).exit).toBe(0);
  expect((await home.run(["db", "backup", "--replace", storeOf(home)])).exit).toBe(2);
});

test("bsv db backup --replace replaces files alone: no device, no folder, no link, and not the store by another name", async () => {
  using home = new Home();
  await sample(home);
  const [copy, link, pipe, toStore] = ["copy", "link", "pipe", "to-store"].map((name) =>
    join(home.folder, name),
  ) as [string, string, string, string];
  writeFileSync(copy, "old");
  symlinkSync(copy, link);
  symlinkSync(storeOf(home), toStore);
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  expect((await home.run(["db", "backup", "--replace", link])).exit).toBe(0);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(copy, "latin1")).toStartWith("SQLite format 3");
  for (const target of [pipe, home.folder, toStore]) {
    expect((await home.run(["db", "backup", "--replace", target])).exit).toBe(2);
  }
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  expect(lstatSync(toStore).isSymbolicLink()).toBe(true);
  expect((await home.run(["db", "check"])).exit).toBe(0);
});

test("a backup taken while snapshots are recorded is sound, and killed in the middle it leaves what was there", async () => {
  using home = new Home();
  mkdirSync(dataDirOf(home), { recursive: true });
  const store = await openStore(storeOf(home));
  const scope = everything(store);
  const copies: string[] = [];
  for (let round = 0; round < 6; round++) {
    mkdirSync(join(home.folder, `copy-${round}`));
    const copy = join(home.folder, `copy-${round}`, "bsv.db");
    const copying = home.run(["db", "backup", copy]);
    for (let at = 0; at < 15; at++)
      await recordAt(scope, 1000 + round * 20 + at, listAt(1000 + round * 20 + at));
    expect(await copying).toMatchObject({ exit: 0, stderr: "" });
    copies.push(join(home.folder, `copy-${round}`));
  }
  await store.close();
  for (const there of copies) {
    const ran = await home.run(["db", "check", "--data-dir", there]);
    expect([there, ran.exit, ran.stdout]).toEqual([there, 0, expect.stringContaining("sound")]);
  }
  const last = join(copies.at(-1)!, "bsv.db");
  const before = readFileSync(last);
  for (const delay of [0.02, 0.04, 0.06, 0.08]) {
    await home.shell(`timeout -s KILL ${delay} "$BSV" db backup --replace ${last}`);
    const now = readFileSync(last);
    if (!now.equals(before)) {
      expect((await home.run(["db", "check", "--data-dir", copies.at(-1)!])).exit).toBe(0);
    }
  }
  // What killed ones left goes with the next; what is young may be another machine's, and stays.
  const [old, young] = [`${last}.4194303-0123abcd.tmp`, `${last}.4194303-0123abce.tmp`];
  for (const left of [old, `${old}-journal`, young]) writeFileSync(left, "half");
  for (const left of [old, `${old}-journal`]) utimesSync(left, 1_700_000_000, 1_700_000_000);
  expect((await home.run(["db", "backup", "--replace", last])).exit).toBe(0);
  expect([old, `${old}-journal`, young].map((left) => existsSync(left))).toEqual([
    false,
    false,
    true,
  ]);
}, 120_000);

test("bsv db compact gives back what was deleted; with the store in use it is exit 8, and nothing changes", async () => {
  using home = new Home();
  const many = Array.from({ length: 5000 }, (_, nr) =>
    file(`/d/${String(nr).padStart(5, "0")}`, nr),
  );
  const id = await record(home, "devbox-001", "docs", "2026-01-01T00:00:00.000Z", many);
  await record(home, "devbox-001", "docs", "2026-01-02T00:00:00.000Z", [file("/d/1", 1)]);
  await home.run(["delete", id, "--yes"]);
  const before = statSync(storeOf(home)).size;
  expect((await home.run(["db", "compact", "-n"])).stdout).toMatch(/^Would give back about \d/);
  const user = await openStore(storeOf(home));
  expect(await home.run(["db", "compact"])).toMatchObject({ exit: 8, stdout: "" });
  await user.close();
  const ran = await home.run(["db", "compact", "--json"]);
  const { after } = JSON.parse(ran.stdout);
  expect(after).toBeLessThan(before / 3);
  expect(statSync(storeOf(home)).size).toBe(after);
  expect((await home.run(["db", "check"])).exit).toBe(0);
}, 60_000);

test("bsv stats tells what the store takes, by set and by machine", async () => {
  using home = new Home();
  await sample(home);
  const ran = await home.run(["stats"]);
  expect(ran.stdout.replaceAll(/[\d.]+ [KM]iB/g, "SIZE").replaceAll(/ +(SIZE|0 B)/g, "  $1"))
    .toMatchInlineSnapshot(`
    "store:  SIZE for 5 snapshots and 6 file versions;  0 B of it free

    MACHINE     SNAPSHOTS  DELETED  ENTRIES  VERSIONS  SIZE  OLDEST                NEWEST
    devbox-001          4        0       11         6  SIZE  2026-11-01 10:00:00Z  2026-11-03 11:00:00Z
    laptop              1        0        0         0  0 B  2026-10-01 00:00:00Z  2026-10-01 00:00:00Z

    MACHINE     SET           SNAPSHOTS  DELETED  ENTRIES  VERSIONS  SIZE  OLDEST                NEWEST
    devbox-001  photos                1        0        1         1  SIZE  2026-11-03 11:00:00Z  2026-11-03 11:00:00Z
    devbox-001  project-data          3        0       10         5  SIZE  2026-11-01 10:00:00Z  2026-11-03 10:00:00Z
    laptop      project-data          1        0        0         0  0 B  2026-10-01 00:00:00Z  2026-10-01 00:00:00Z
    "
  `);
  const { store, machines, sets } = JSON.parse((await home.run(["stats", "--json"])).stdout);
  expect(store).toMatchObject({ file: storeOf(home), snapshots: 5, versions: 6 });
  expect(machines.map((row: { machine_id: string }) => row.machine_id)).toEqual([
    "devbox-001",
    "laptop",
  ]);
  expect(sets[1]).toMatchObject({
    backupset_name: "project-data",
    snapshots: 3,
    entries: 10,
    versions: 5,
  });
  expect(JSON.parse((await home.run(["stats", "photos", "--json"])).stdout).sets.length).toBe(1);
  expect((await home.run(["stats", "nobody"])).exit).toBe(5);
});
