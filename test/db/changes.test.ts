// The changes between two snapshots against a naive model that looks at both lists, on random lists with few contents, so that moves,
// copies and blind spots are common. BSV_SEED repeats a run.
import { expect, test } from "bun:test";
import type { FileChange } from "#core/changes.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys, pathOfKey } from "#core/order.ts";
import { RootMap } from "#core/root-map.ts";
import { changePage, changePages } from "#db/comparison/changes.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { changeSql } from "./change-sql.ts";
import { newScope } from "./fixture.ts";
import { applied, modelChanges } from "./model-changes.ts";
import { keyOf } from "./model.ts";
import { Random } from "./random.ts";
import { all, file, record } from "./sample.ts";

const RUNS = process.env["BSV_SOAK"] === "1" ? 20_000 : 60;
const FOLDERS = ["/a/", "/b/", "/b/c/", "/b.x/", "/é/"];
const NAMES = ["x", "y", "z", "\udcff"];
const DENIED = "EACCES: no";

/** Pairs that failed once: a symlink of which only the size was another. */
const SEEDS: readonly number[] = [919_799_625];

const other = (set: number) => ({ machineId: `nas-${set}`, setName: "photos" });

test(`I6: the changes are what looking at both lists says, in ${RUNS} random pairs`, async () => {
  await compareAll(await newScope(), RUNS);
}, 3_600_000);

test(`I6: so they are by the walk that large ones may need, in ${RUNS / 4} random pairs`, async () => {
  const scope = await newScope();
  const isLong = changeSql(scope, "?4 AS most", "0 AS most");
  const isPassed = changeSql(scope, "coalesce(max(version_id), 0) AS n", "0 AS n");
  await compareAll(scope, RUNS / 4);
  expect([isLong(), isPassed()]).toEqual([true, true]);
}, 3_600_000);

test(`I6: so they are when a second thread reads ahead, in ${Math.ceil(RUNS / 20)} random pairs`, async () => {
  const scope = await newScope();
  const isLong = changeSql(scope, "?4 AS most", "0 AS most");
  await compareAll(scope, Math.ceil(RUNS / 20), true);
  expect(isLong()).toBe(true);
}, 3_600_000);

test("I6: a large comparison goes on rightly while another snapshot is deleted, and its versions joined", async () => {
  expect(await comparedWhileDeleting(await newScope(), false)).toBe(true);
  expect(await comparedWhileDeleting(await newScope(), true)).toBe(true);
});

/** Whether a comparison tells the same when a snapshot between the two goes after its first page. */
async function comparedWhileDeleting(scope: Scope, isAhead: boolean): Promise<boolean> {
  changeSql(scope, "?4 AS most", "0 AS most");
  const lists = [0, 1, 0, 2].map((step) =>
    Array.from({ length: 6000 }, (_, nr) =>
      file(`/${100 + (nr % 60)}/${nr}`, nr % 2 === 0 ? step : 7),
    ),
  );
  const rows: SnapshotRow[] = [];
  for (const [at, list] of lists.entries()) {
    const inOrder = list.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
    rows.push((await record(scope, 1000 + at, inOrder)).row);
  }
  const whole = await all(changePages(scope, rows[0]!, rows[3]!));
  const pages = changePages(scope, rows[0]!, rows[3]!, { isAhead });
  const changes = [...(await pages.next()).value!];
  expect(changes.length).toBeLessThan(whole.length);
  await deleteSnapshot(scope, rows[1]!.snapshotId, { nowMs: 9000, why: "test" });
  for await (const page of pages) changes.push(...page);
  return Bun.deepEquals(changes, whole);
}

test("I6: of two new places with one content, the one with the inode is where the file went, and the other a copy", async () => {
  const scope = await newScope();
  const [a, copy, moved] = [
    file("/t/a", 1, { inode: 7 }),
    file("/t/copy", 1, { inode: 8 }),
    file("/t/moved", 1, { inode: 7 }),
  ];
  const from = (await record(scope, 1000, [a])).row;
  const to = (await record(scope, 2000, [copy, moved])).row;
  const told = async (later: SnapshotRow) =>
    (await all(changePages(scope, from, later))).map((change) =>
      [change.kind, change.from, change.path].join(" "),
    );
  expect(await told(to)).toEqual(["copied /t/a /t/copy", "moved /t/a /t/moved"]);
  // Another machine's inodes say nothing, and an inode alone makes no move.
  const foreign = (await record(scope, 2000, [copy, moved], { set: other(0) })).row;
  expect(await told(foreign)).toEqual(["moved /t/a /t/copy", "copied /t/a /t/moved"]);
  const reused = (await record(scope, 3000, [file("/t/other", 2, { inode: 7 })])).row;
  expect(await told(reused)).toEqual(["removed  /t/a", "added  /t/other"]);
});

test("the harness turns red when a content that repeats is taken for one that stands alone", async () => {
  const scope = await newScope();
  changeSql(scope, "?4 AS most", "0 AS most");
  changeSql(scope, "?1 * 8 AS most", "-1 AS most");
  changeSql(scope, "coalesce(max(version_id), 0) AS n", "0 AS n");
  changeSql(scope, "substr(checksum, 1, 8) > ?1", "substr(checksum, 1, 8) > x'c0'");
  expect(await compareAll(scope, 40).catch((error: unknown) => error)).toBeInstanceOf(Error);
}, 600_000);

test(`I6: mapped roots tell what the lists would if the earlier one had been written under the later roots, in ${RUNS} random pairs`, async () => {
  const scope = await newScope();
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    const random = new Random(seed);
    const pairs = [
      [["/b", "/é"]],
      [
        ["/a/", "/z/y"],
        ["/b/c", "/a"],
      ],
    ][seed % 2]! as [string, string][];
    const map = new RootMap(pairs);
    // A mapped root that could not be seen as a whole is for another test: the lists here know nothing above it.
    const isKnown = (entry: Entry) =>
      entry.error === null || map.toAfter(keyOf(entry)) !== undefined;
    const lists = [randomList(random, []).filter(isKnown), [] as Entry[]];
    lists[1] = randomList(random, lists[0]!).filter(isKnown);
    // The later list is the random one carried to the later roots, so that much is the same.
    const moved = (list: readonly Entry[]) =>
      list
        .flatMap((entry) => {
          const key = map.toAfter(keyOf(entry));
          return key === undefined ? [] : [{ ...entry, path: pathOfKey(key.folder, key.name) }];
        })
        .sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
    const set = { machineId: "model", setName: `m${seed - first}` };
    const from = (await record(scope, 1000, lists[0]!, { set })).row;
    const later = moved(lists[1]!);
    for (const [isSameSet, other] of [
      [true, set],
      [false, { machineId: "nas", setName: set.setName }],
    ] as const) {
      const to = (await record(scope, 2000, later, { set: other })).row;
      const changes = await all(changePages(scope, from, to, { map }));
      const expected = modelChanges(moved(lists[0]!), later, isSameSet).map((change) => ({
        ...change,
        before: change.before && asBefore(change.before),
        path: change.after === null ? asBefore(change.before!).path : change.path,
        from: change.from && asBefore({ ...change.before!, path: change.from, type: "file" }).path,
      }));
      expect([seed, changes]).toEqual([seed, expected]);
      const paged: FileChange[] = [];
      for (let cursor: string | undefined, isMore = true; isMore;) {
        const page = await changePage(scope, from, to, { limit: 2, cursor }, { map });
        paged.push(...page.rows);
        cursor = page.nextCursor ?? undefined;
        isMore = cursor !== undefined;
      }
      expect([seed, paged]).toEqual([seed, changes]);
    }
    function asBefore(entry: Entry): Entry {
      const key = map.toBefore(keyOf(entry))!;
      return { ...entry, path: pathOfKey(key.folder, key.name) };
    }
  }
}, 3_600_000);

test("I6: what lies below a mapped root that could not be seen is unknown, not removed", async () => {
  const scope = await newScope();
  const denied = { type: "dir", checksum: null, sizeBytes: null, error: DENIED } as const;
  const from = (await record(scope, 1000, [file("/home/me/a", 1)])).row;
  const to = (await record(scope, 1000, [file("/srv", 1, denied)], { set: other(1) })).row;
  const map = new RootMap([["/home/me", "/srv/me"]]);
  const [change] = await all(changePages(scope, from, to, { map }));
  expect(change).toMatchObject({ kind: "unknown", path: "/home/me/a", why: DENIED });
  const [back] = await all(
    changePages(scope, to, from, { map: new RootMap([["/srv/me", "/home/me"]]) }),
  );
  expect(back).toMatchObject({ kind: "unknown", path: "/home/me/a", why: DENIED });
});

async function compareAll(scope: Scope, runs: number, isAhead = false): Promise<void> {
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  const seeds = [...SEEDS, ...Array.from({ length: runs }, (_, run) => first + run)];
  for (const [run, seed] of seeds.entries()) {
    try {
      await compareOnce(scope, seed, run, isAhead);
    } catch (error) {
      throw new Error(`The pair of seed ${seed} failed`, { cause: error });
    }
  }
}

async function compareOnce(
  scope: Scope,
  seed: number,
  run: number,
  isAhead: boolean,
): Promise<void> {
  const random = new Random(seed);
  const set = { machineId: "model", setName: `s${run}` };
  const lists = [randomList(random, []), [] as Entry[], [] as Entry[]];
  lists[1] = randomList(random, lists[0]!);
  lists[2] = randomList(random, lists[1]);
  const rows: SnapshotRow[] = [];
  for (const [at, list] of lists.entries()) {
    rows.push((await record(scope, 1000 + at, list, { set })).row);
  }
  const foreign = await record(scope, 500, lists[1], { set: other(run) });
  const sides = [...rows, foreign.row];
  const contents = [...lists, lists[1]];
  for (const [i, from] of sides.entries()) {
    for (const [j, to] of sides.entries()) {
      const changes = await all(changePages(scope, from, to, { isAhead }));
      const isSameSet = i < 3 === j < 3;
      expect(changes).toEqual(modelChanges(contents[i]!, contents[j]!, isSameSet));
      if (!isSameSet) continue; // two disks: inodes differ, and what is unreadable on both is unknown
      if (i === j) expect(changes).toEqual([]);
      expect(applied(contents[i]!, changes)).toEqual(contents[j]!);
    }
  }
  const direct = await all(changePages(scope, rows[0]!, rows[2]!));
  const steps = [await all(changePages(scope, rows[0]!, rows[1]!))];
  steps.push(await all(changePages(scope, rows[1]!, rows[2]!)));
  const composed = steps.reduce((list, changes) => applied(list, changes), lists[0]!);
  expect(applied(lists[0]!, direct)).toEqual(composed);
  await comparePages(scope, rows[0]!, rows[2]!, direct, 1 + random.below(4));
}

/** Any page size tells the same. */
async function comparePages(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  whole: FileChange[],
  limit: number,
): Promise<void> {
  const changes: FileChange[] = [];
  let cursor: string | undefined;
  do {
    const page = await changePage(scope, from, to, { limit, cursor });
    changes.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(changes).toEqual(whole);
}

/** Few contents, some of them empty, some files unreadable, now and then a folder that can't be listed. */
function randomList(random: Random, base: readonly Entry[]): Entry[] {
  const known = new Map(base.map((entry) => [entry.path, entry]));
  const entries: Entry[] = [];
  for (const folder of FOLDERS) {
    const blindness = random.below(16);
    if (blindness < 2) {
      const path = folder.slice(0, -1);
      const type = blindness === 0 ? "dir" : "other";
      entries.push(file(path, 1, { type, checksum: null, sizeBytes: null, error: DENIED }));
      continue;
    }
    for (const name of NAMES) {
      const path = folder + name;
      const old = known.get(path);
      if (old !== undefined && old.type !== "dir" && random.below(2) === 0) entries.push(old);
      else if (random.below(2) === 0) entries.push(randomEntry(random, path));
    }
  }
  return entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

function randomEntry(random: Random, path: string): Entry {
  const content = random.below(5);
  const mtimeUs = 1_000_000 * (1 + random.below(2));
  const inode = [0, 1, 2, 3, null, "9007199254740993"][random.below(6)]!;
  const more = { sizeBytes: content === 4 ? 3 : content, mtimeUs, inode };
  switch (random.below(12)) {
    case 0:
      return file(path, content, { ...more, checksum: null, error: DENIED });
    case 1:
      return file(path, content, { ...more, type: "other", checksum: null, error: DENIED });
    case 2:
      return file(path, content, { ...more, type: "symlink", checksum: null, target: "t" });
    case 3:
      return file(path, content, { ...more, checksum: "abcd" });
    default:
      return file(path, content, more);
  }
}
