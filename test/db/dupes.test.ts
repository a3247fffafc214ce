// Duplicates against the plain rule: look at every pair. And how they are found: by the index over checksums.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { compareKeys } from "#core/order.ts";
import { snapshotsAsOf } from "#db/as-of.ts";
import { DUPES_SQL, findDuplicates, Places } from "#db/search/dupes.ts";
import { repeatedPrefixes } from "#db/search/repeated-prefixes.ts";
import { findSuspects, SUSPECTS_SQL } from "#db/search/suspects.ts";
import { newScope } from "./fixture.ts";
import { keyOf } from "./model.ts";
import { Random } from "./random.ts";
import { file, record } from "./sample.ts";

const RUNS = process.env["BSV_SOAK"] === "1" ? 5000 : 60;
const EMPTY = new Bun.CryptoHasher("sha256").digest("hex");

interface Seen {
  machineId: string;
  setName: string;
  entry: Entry;
}

/** As a person would: all pairs of files, then what is left when hard links are one, and one path of a machine in two of its sets. */
function naive(files: readonly Seen[], isAcross: boolean, minBytes: number): unknown[] {
  const groups = new Map<string, Seen[]>();
  for (const one of files) {
    const { checksum, sizeBytes, error, type } = one.entry;
    if (type !== "file" || error !== null || checksum === null) continue;
    if (sizeBytes! < Math.max(1, minBytes)) continue;
    const key = `${checksum}/${sizeBytes}${isAcross ? "" : `/${one.machineId}/${one.setName}`}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((group) => {
      const isSame = (a: Seen, b: Seen) =>
        a.machineId === b.machineId &&
        (a.entry.path === b.entry.path ||
          (a.entry.inode === b.entry.inode &&
            a.entry.inode !== 0 &&
            a.entry.inode !== null &&
            a.entry.mtimeUs === b.entry.mtimeUs));
      const copies: Seen[][] = [];
      for (const one of group) {
        const mine = copies.filter((files) => files.some((two) => isSame(one, two)));
        for (const files of mine) copies.splice(copies.indexOf(files), 1);
        copies.push([...mine.flat(), one]);
      }
      return {
        reclaimable: (copies.length - 1) * group[0]!.entry.sizeBytes!,
        checksum: group[0]!.entry.checksum!,
        copies: copies.length,
        paths: group.map((one) => `${one.machineId}/${one.setName}${one.entry.path}`).sort(),
      };
    })
    .filter((group) => group.copies > 1)
    .sort((a, b) => b.reclaimable - a.reclaimable || (a.checksum < b.checksum ? -1 : 1));
}

test(`groups are what looking at every pair finds, in ${RUNS} random stores`, async () => {
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    const scope = await newScope();
    const random = new Random(seed);
    const sets = ["a/x", "a/y", "b/x"].map((name) => {
      const [machineId, setName] = name.split("/");
      return { machineId: machineId!, setName: setName! };
    });
    const latest: Seen[] = [];
    for (const set of sets) {
      for (const at of [1000, 2000, 3000]) {
        const entries = Array.from({ length: 14 }, (_, nr) => nr)
          .filter(() => random.below(4) > 0)
          .map((nr) => {
            const seed = random.below(4);
            const inode = random.pick([0, 1, 2, 1000 + nr, null]);
            const checksum =
              seed === 0 ? EMPTY : random.pick([undefined, "abcde", "ABCD".toLowerCase()]);
            const more = {
              inode,
              mtimeUs: random.below(2),
              ...(checksum === undefined ? {} : { checksum }),
            };
            if (random.below(8) === 0)
              return file(`/d/${nr}`, seed, { checksum: null, error: "EIO: no" });
            return file(`/d/${nr}`, seed, { sizeBytes: seed, ...more });
          })
          .sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
        await record(scope, at, entries, { set });
        if (at === 2000) latest.push(...entries.map((entry) => ({ ...set, entry })));
      }
    }
    const isAcross = random.below(2) === 0;
    const minBytes = random.below(3);
    const snapshots = await snapshotsAsOf(scope, sets, 2500);
    const { groups, emptyFiles } = await findDuplicates(scope, snapshots, { isAcross, minBytes });
    const told = [];
    for (const group of groups) {
      const places = await new Places(scope).of(group.versionIds);
      told.push({
        reclaimable: group.reclaimable,
        checksum: group.checksum,
        copies: group.copies,
        paths: places
          .map(({ machineId, setName, path }) => `${machineId}/${setName}${path}`)
          .sort(),
      });
    }
    const byKey = (group: unknown) => JSON.stringify(group);
    const wanted = naive(latest, isAcross, minBytes).map(byKey).sort();
    expect({ seed, groups: told.map(byKey).sort() }).toEqual({ seed, groups: wanted });
    const sizes = told.map((group) => group.reclaimable);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const empty = latest.filter(({ entry }) => entry.sizeBytes === 0 && entry.checksum === EMPTY);
    expect({ seed, emptyFiles }).toEqual({ seed, emptyFiles: empty.length });
  }
}, 600_000);

test("what repeats is told however the pages of the index are cut, whole bytes and halves, long and short", async () => {
  const random = new Random(Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000));
  const lengths = [4, 5, 8, 15, 16, 17, 40, 64, 64, 64];
  for (let run = 0; run < 20; run++) {
    const scope = await newScope();
    const entries = Array.from({ length: 30 }, (_, nr) => {
      const checksum = random.pick("0179ef".split("")).repeat(random.pick(lengths));
      return file(`/d/${String(nr).padStart(2, "0")}`, 1, { checksum });
    });
    if (run % 2 === 0) entries.push(file("/d/empty", 0, { checksum: EMPTY }));
    await record(scope, 1000, entries);
    const prefixes = entries.map(({ checksum }) =>
      checksum!.length % 2 === 1 ? checksum!.slice(0, 8) : `x${checksum!.slice(0, 16)}`,
    );
    const wanted = prefixes.filter(
      (one, nr) => prefixes.indexOf(one) !== nr || one === `x${EMPTY.slice(0, 16)}`,
    );
    for (const step of [1, 2, 3, 7, 30, 31, 100]) {
      const told: string[] = [];
      for await (const page of repeatedPrefixes(scope, { step })) {
        told.push(...page.map((one) => (typeof one === "string" ? one : `x${one.toHex()}`)));
      }
      expect(new Set(told).size).toBe(told.length);
      expect(told).toEqual(expect.arrayContaining(wanted));
      if (step === 100) expect(told.toSorted()).toEqual([...new Set(wanted)].sort());
    }
  }
});

test("suspects are files of one name, size and mtime with different contents; nothing else is", async () => {
  const scope = await newScope();
  const at = { mtimeUs: 5, sizeBytes: 9 };
  const one = { machineId: "a", setName: "x" };
  const two = { machineId: "b", setName: "x" };
  await record(
    scope,
    1000,
    [
      file("/a/photo", 1, at),
      file("/b/photo", 2, at),
      file("/c/photo", 3, { ...at, mtimeUs: 6 }),
      file("/d/photo", 4, { ...at, sizeBytes: 8 }),
      file("/e/other", 5, at),
      file("/f/photo", 6, { ...at, checksum: "abcd" }),
      file("/g/same", 1, at),
      file("/h/same", 1, at),
    ],
    { set: one },
  );
  await record(scope, 1000, [file("/z/other", 7, at), file("/z/same", 1, at)], { set: two });
  const snapshots = await snapshotsAsOf(scope, [one, two], undefined);
  const told = async (isAcross: boolean, minBytes = 0) =>
    (await findSuspects(scope, snapshots, { isAcross, minBytes })).map((group) =>
      group.map(({ machineId, path }) => machineId + path),
    );
  expect(await told(false)).toEqual([["a/a/photo", "a/b/photo"]]);
  expect(await told(true)).toEqual([
    ["a/a/photo", "a/b/photo"],
    ["a/e/other", "b/z/other"],
  ]);
  expect(await told(true, 10)).toEqual([]);
});

test("duplicates and suspects follow their indexes: nothing is scanned, nothing sorted", async () => {
  const { database } = (await newScope()).store;
  const statements: object = { ...DUPES_SQL(), ...SUSPECTS_SQL() };
  const plans = (Object.entries(statements) as [string, string][]).flatMap(([name, sql]) =>
    database
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => `${name}: ${detail}`),
  );
  expect(plans).toMatchInlineSnapshot(`
    [
      "COPIES: SEARCH v USING INDEX versions_by_checksum (<expr>=?)",
      "PLACE: SEARCH versions USING INTEGER PRIMARY KEY (rowid=?)",
      "FOLDER: SEARCH folders USING INTEGER PRIMARY KEY (rowid=?)",
      "SET: SEARCH backupsets USING INDEX backupsets_by_id (set_id=?)",
      "restOfFolder: SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path=?)",
      "restOfFolder: SEARCH v USING INDEX versions_by_name (folder_id=? AND (name,from_ms)>(?,?))",
      "laterFolders: SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)",
      "laterFolders: SEARCH v USING INDEX versions_by_name (folder_id=?)",
      "allFolders: SEARCH f USING COVERING INDEX folders_by_path (set_id=? AND path>?)",
      "allFolders: SEARCH v USING INDEX versions_by_name (folder_id=?)",
    ]
  `);
  expect(plans.join()).not.toContain("TEMP B-TREE");
});
