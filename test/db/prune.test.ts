// A plan says what a prune then does: which versions would be gone, against whole lists; and how fast it says it.
import { expect, test } from "bun:test";
import { isSameEntry, type Entry } from "#core/entry.ts";
import { compareKeys } from "#core/order.ts";
import type { GoneVersion } from "#core/retention/gone-version.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { countGone, gonePage, gonePages, GONE_SQL } from "#db/retention/gone-versions.ts";
import { TWINS_SQL } from "#db/retention/kept-twins.ts";
import { prunePlan } from "#db/retention/prune-plan.ts";
import { newScope, newStoreFile } from "./fixture.ts";
import { keyOf } from "./model.ts";
import { judgeSet } from "#jobs/judge.ts";
import { NOBODY } from "#core/run.ts";
import { Random } from "./random.ts";
import { all, file, record, sealFor, SET } from "./sample.ts";

const T = 1_732_000_000_000;
const RUNS = process.env["BSV_SOAK"] === "1" ? 3000 : 40;

test(`what is said to be gone is what no list has any more, in ${RUNS} random histories`, async () => {
  const scope = await newScope();
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    const random = new Random(seed);
    const set = { machineId: "prune", setName: `seed-${seed}` };
    const lists = new Map<number, Entry[]>();
    const ids = new Map<number, string>();
    for (let at = 1000; at < 1012; at++) {
      const entries = ["/a", "/b/x", "/b/y", "/c"]
        .filter(() => random.below(5) > 0)
        .map((path) => file(path, 1 + random.below(3)))
        .sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
      lists.set(at, entries);
      ids.set(at, (await record(scope, at, entries, { set })).row.snapshotId);
    }
    if (random.below(2) === 0) {
      await deleteSnapshot(scope, ids.get(1000)!, {
        nowMs: 1,
        why: "what it left begins before the oldest",
      });
      lists.delete(1000);
    }
    const times = [...lists.keys()];
    const goingMs = times.filter(() => random.below(3) > 0);
    const keptMs = times.filter((at) => !goingMs.includes(at));
    const isBlind = seed % 2 === 0;
    const fates = { keptMs, goingMs, blindMs: isBlind ? times : [] };
    const said = await all(gonePages(scope, set, fates));
    const sizes = said.map(({ entry }) => entry.sizeBytes ?? 0);
    expect({ seed, ...(await countGone(scope, set, fates)) }).toEqual({
      seed,
      versions: said.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    });

    const paged: GoneVersion[] = [];
    let cursor: string | undefined;
    do {
      const page = { limit: 1 + random.below(4), cursor };
      const { rows, nextCursor } = await gonePage(scope, set, fates, page);
      paged.push(...rows);
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect({ seed, paged }).toEqual({ seed, paged: said });

    const rest = keptMs.flatMap((at) => lists.get(at)!);
    // Where no snapshot saw all, each version may have an equal that stays, and is not gone then.
    const hasEqual = ({ entry }: GoneVersion) =>
      rest.some((other) => other.path === entry.path && isSameEntry(other, entry));
    if (isBlind) expect({ seed, equal: said.filter(hasEqual) }).toEqual({ seed, equal: [] });
    for (const at of goingMs.toReversed()) {
      await deleteSnapshot(scope, ids.get(at)!, { nowMs: 1, why: "test" });
    }
    // Every entry of a deleted list is either in a list that stays, or was said to be gone.
    for (const entry of goingMs.flatMap((at) => lists.get(at)!)) {
      const isThere = rest.some((other) => other.path === entry.path && isSameEntry(other, entry));
      const isSaid = said.some(
        (gone) => gone.entry.path === entry.path && isSameEntry(gone.entry, entry),
      );
      expect({ seed, path: entry.path, told: isThere || isSaid }).toMatchObject({ told: true });
    }
    for (const { entry, fromMs, isContentKept } of said) {
      expect(lists.has(fromMs)).toBe(true);
      const isHeld = rest.some((other) => other.checksum === entry.checksum);
      expect({ seed, isContentKept }).toEqual({ seed, isContentKept: isHeld });
    }
    const left = await all(gonePages(scope, set, { keptMs, goingMs: [] }));
    expect(left).toEqual([]);
  }
}, 600_000);

test("I6: what a drive held while it was away is not gone, where a snapshot stays that has it unchanged", async () => {
  const scope = await newScope();
  const state = (usb: string) => ({
    roots: [
      { path: "/usb", state: usb },
      { path: "/d", state: "ok" },
    ],
  });
  const there = Array.from({ length: 30 }, (_, nr) => file(`/usb/${10 + nr}`, nr));
  const lists = [
    [...there, file("/d/x", 1)],
    [file("/d/x", 2)], // away
    [file("/d/x", 3)],
    [...there.slice(1), file("/usb/90", 90), file("/d/x", 4)],
    [...there.slice(1), file("/d/x", 5)],
  ];
  for (const [nr, entries] of lists.entries()) {
    const sorted = entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
    await record(scope, T + nr, sorted, {
      seal: sealFor(SET, T + nr, state(nr % 3 === 0 || nr === 4 ? "ok" : "offline")),
    });
  }
  const plan = await prunePlan(scope, SET, { last: 1 }, T + 10);
  const fates = { ...plan.fates, keptMs: [T + 4], goingMs: [T, T + 1, T + 2, T + 3] };
  expect(fates.blindMs).toEqual([T + 1, T + 2]);
  const gone = await all(gonePages(scope, SET, fates));
  expect(gone.map(({ entry }) => [entry.path, entry.sizeBytes])).toEqual([
    ["/d/x", 1],
    ["/usb/10", 0],
    ["/d/x", 2],
    ["/d/x", 3],
    ["/d/x", 4],
    ["/usb/90", 90],
  ]);
  expect(await countGone(scope, SET, fates)).toEqual({
    versions: 6,
    bytes: 1 + 0 + 2 + 3 + 4 + 90,
  });
  for (let limit = 1; limit < 8; limit++) {
    const paged: GoneVersion[] = [];
    let cursor: string | undefined;
    do {
      const { rows, nextCursor } = await gonePage(scope, SET, fates, { limit, cursor });
      paged.push(...rows);
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect({ limit, paged }).toEqual({ limit, paged: gone });
  }
});

test("a plan over 5,000 snapshots of 50 sets takes at most a second", async () => {
  const file = newStoreFile();
  const scope = everything(await openStore(file));
  const sets = Array.from({ length: 50 }, (_, nr) => ({ machineId: "m", setName: `set-${nr}` }));
  fill(scope.store.database, sets);
  const startedAt = performance.now();
  let going = 0;
  for (const set of sets) {
    const plan = await prunePlan(scope, set, { daily: 7, weekly: 4, monthly: 6 }, T + 1e12);
    going += plan.fates.goingMs.length;
  }
  const tookMs = performance.now() - startedAt;
  await scope.store.close();
  expect(going).toBeGreaterThan(3000);
  expect(tookMs).toBeLessThan(process.env["CI"] === "1" ? 3000 : 1000);
}, 120_000);

test("an encrypted set's last good content stays, whatever comes after it", async () => {
  const scope = await newScope();
  const files = (seed: number) =>
    Array.from({ length: 20 }, (_, nr) => file(`/f${String(nr).padStart(2, "0")}`, seed + nr));
  for (let day = 0; day < 8; day++) await record(scope, T + day * 86_400_000, files(1));
  const run = { signal: new AbortController().signal, monitor: NOBODY, now: () => T };
  const plan = async () => {
    await judgeSet(scope, SET, run);
    return prunePlan(scope, SET, { last: 7 }, T + 1e12);
  };
  expect((await plan()).alarms).toEqual([]);
  for (let day = 8; day < 15; day++) await record(scope, T + day * 86_400_000, files(1000));
  await deleteSnapshots(1, 7);
  // What came after is suspicious: it takes no place of the last plausible one.
  const { alarms, verdicts } = await plan();
  expect(alarms).toEqual([]);
  expect(verdicts.at(-1)).toMatchObject({ isKept: true, flaw: null, snapshot: { timestampMs: T } });

  async function deleteSnapshots(from: number, to: number): Promise<void> {
    const { verdicts } = await plan();
    for (const { snapshot } of verdicts) {
      const day = (snapshot.timestampMs - T) / 86_400_000;
      if (day < from || day > to) continue;
      await deleteSnapshot(scope, snapshot.snapshotId, { nowMs: 1, why: "test" });
    }
  }
});

test("the plan's queries follow their indexes: nothing is scanned, nothing sorted", async () => {
  const { database } = (await newScope()).store;
  const plans = Object.entries({ ...GONE_SQL(), ...TWINS_SQL() }).map(([name, sql]) => {
    const steps = database.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    return [name, ...steps.map(({ detail }) => detail)];
  });
  expect(plans).toEqual([
    ["COUNT", "SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms>? AND from_ms<?)"],
    [
      "GONE_REST",
      "SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms=? AND rowid>?)",
      "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    [
      "GONE_LATER",
      "SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms>? AND from_ms<?)",
      "SEARCH f USING INTEGER PRIMARY KEY (rowid=?)",
    ],
    ["HOLDERS", "SEARCH v USING INDEX versions_by_checksum (<expr>=? AND set_id=?)"],
    ["ENDED", "SEARCH v USING INDEX versions_by_end (set_id=? AND to_ms=? AND rowid>?)"],
    ["BEGUN", "SEARCH v USING INDEX versions_by_start (set_id=? AND from_ms=? AND rowid>?)"],
    ["OF_KEY", "SEARCH v USING INDEX versions_by_name (folder_id=? AND name=?)"],
  ]);
});

// --- internal ---

/** A hundred snapshots of each set, two new versions in each: straight into the tables, for speed. */
function fill(
  database: Awaited<ReturnType<typeof openStore>>["database"],
  sets: readonly { machineId: string; setName: string }[],
): void {
  database.run("BEGIN");
  database.run(
    "INSERT INTO machines (machine_id, created_at) VALUES ('m', '2026-01-01T00:00:00.000Z')",
  );
  const addSet = database.query(
    "INSERT INTO backupsets (machine_id, backupset_name, created_at, set_id) VALUES ('m', ?, '2026', ?)",
  );
  const addFolder = database.query("INSERT INTO folders VALUES (?, ?, x'2f')");
  const add = database.query(`INSERT INTO snapshots
    (snapshot_id, machine_id, backupset_name, set_id, timestamp_ms, received_at_ms, header)
    VALUES (?, 'm', ?, ?, ?, ?, ?)`);
  const addVersion = database.query(`INSERT INTO versions
    (set_id, folder_id, name, from_ms, to_ms, type, size) VALUES (?, ?, ?, ?, ?, 0, 7)`);
  sets.forEach(({ setName }, nr) => {
    addSet.run(setName, nr + 1);
    addFolder.run(nr + 1, nr + 1);
    for (let i = 0; i < 100; i++) {
      const at = T + i * 8 * 3_600_000;
      const summary = { file_count: 100, total_size: 700, error_count: 0, complete: true };
      const roots = [{ path: "/", state: "ok" }];
      const header = JSON.stringify({ summary, roots, tree_hash: "0".repeat(64) });
      add.run(`${nr}-${i}`, setName, nr + 1, at, at + 1000, header);
      for (const name of ["a", "b"]) {
        addVersion.run(nr + 1, nr + 1, Buffer.from(name), at, at + 8 * 3_600_000);
      }
    }
  });
  database.run("COMMIT");
}

test("what many copies of one content leave is told without asking for the content with each of them", async () => {
  const scope = await newScope();
  const twins = Array.from({ length: 10_000 }, (_, nr) =>
    file(`/twins/${String(nr).padStart(5, "0")}`, 1),
  );
  const { row } = await record(scope, T, twins);
  const next = await record(scope, T + 1000, [file("/other", 2)]);
  const fates = { keptMs: [next.row.timestampMs], goingMs: [row.timestampMs] };
  const startedAt = performance.now();
  expect(await all(gonePages(scope, SET, fates))).toHaveLength(twins.length);
  expect(performance.now() - startedAt).toBeLessThan(5000); // a hundred million rows took a minute
});
