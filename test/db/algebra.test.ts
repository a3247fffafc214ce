// The interval algebra against the naive model: after every step of a random history, all that the store answers is
// what the model answers, and the versions are in canonical form. A failing history is named by its seed; put it into
// SEEDS, where it stays. BSV_SOAK=1 runs 100,000 histories.
//
// BREAKS are ways to break the algebra on purpose; with each the same harness must turn red.
import { expect, test } from "bun:test";
import { put, type Change } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { compareKeys } from "#core/order.ts";
import { findSetId } from "#db/owned.ts";
import { deltaPages } from "#db/comparison/delta.ts";
import { entryPages } from "#db/entries.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { findChecksum, pathHistory, type PathVersion } from "#db/search/history.ts";
import { querySnapshots } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { newScope } from "./fixture.ts";
import { all, file, record, whole } from "./sample.ts";
import { changeSql } from "./change-sql.ts";
import { canonicalFaults } from "./canonical.ts";
import { keyOf, Model } from "./model.ts";
import { Random } from "./random.ts";

/** Histories that failed once. */
const SEEDS: readonly number[] = [];
const RUNS = process.env["BSV_SOAK"] === "1" ? 100_000 : 600;
const STEPS = 10;

const PATHS = ["/a", "/b/x", "/b/y", "/b/c/x", "/b/c", "/é", "/b/\udcff", "/b.x/y"];

/** SQL of the product, and what it is changed to: each takes one thought out of the algebra. */
const BREAKS: readonly { what: string; from: string; to: string }[] = [
  { what: "a version still holds at its end", from: "v.to_ms > ?6", to: "v.to_ms >= ?6" },
  {
    what: "a deleted snapshot's twins are not merged",
    from: "AND b.type = a.type",
    to: "AND b.type = a.type + 1",
  },
  {
    what: "what a late snapshot splits is not kept before it",
    from: "FROM versions WHERE version_id = ?3",
    to: "FROM versions WHERE version_id = ?3 AND 0",
  },
  {
    what: "a late snapshot does not join the version that begins after it",
    from: "AND v.name = ?2 AND v.from_ms = ?3",
    to: "AND v.name = ?2 AND v.from_ms = ?3 + 1",
  },
  {
    what: "a deleted snapshot's versions do not begin later",
    from: "SET from_ms = ?3 WHERE set_id = ?1 AND from_ms = ?2",
    to: "SET from_ms = ?2 WHERE set_id = ?1 AND from_ms = ?2 AND ?3",
  },
  {
    what: "what began before the oldest is not cut before something older comes",
    from: "SET from_ms = ?2 WHERE set_id = ?1 AND from_ms < ?2",
    to: "SET from_ms = ?2 WHERE set_id = ?1 AND from_ms < ?2 AND 0",
  },
  {
    what: "a difference forgets what ended",
    from: "v.to_ms > ?2 AND v.to_ms <= ?3",
    to: "v.to_ms > ?3 AND v.to_ms <= ?3",
  },
];

test(`the store answers as whole lists would, in ${RUNS} random histories`, async () => {
  await runHistories(await newHistoryScope(), RUNS);
}, 7_200_000);

test(`so it does when every difference takes the walk meant for large ones, in ${RUNS / 10} histories`, async () => {
  const scope = await newHistoryScope();
  const found = changeSql(scope, "?4 AS most", "0 AS most");
  await runHistories(scope, RUNS / 10);
  expect(found()).toBe(true);
}, 7_200_000);

for (const { what, from, to } of BREAKS) {
  test(`the harness turns red when ${what}`, async () => {
    const scope = await newHistoryScope();
    const found = changeSql(scope, from, to);
    let failure: unknown;
    for (let seed = 1; seed <= 300 && failure === undefined; seed++) {
      failure = await History.run(scope, seed).catch((error: unknown) => error);
    }
    expect(found()).toBe(true);
    expect(failure).toBeInstanceOf(Error);
  }, 60_000);
}

async function runHistories(scope: Scope, count: number): Promise<void> {
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  const seeds = [...SEEDS, ...Array.from({ length: count }, (_, run) => first + run)];
  for (const seed of seeds) {
    try {
      await History.run(scope, seed);
    } catch (error) {
      throw new Error(`The history of seed ${seed} failed`, { cause: error });
    }
  }
}

async function newHistoryScope(): Promise<Scope> {
  const scope = await newScope();
  scope.store.database.run("PRAGMA synchronous = OFF"); // no power is cut here
  return scope;
}

class History {
  static async run(scope: Scope, seed: number): Promise<void> {
    const history = new History(scope, seed);
    for (let step = 1; step <= STEPS; step++) await history.step(step === STEPS);
  }

  readonly #scope: Scope;
  readonly #random: Random;
  readonly #model = new Model();
  readonly #ids = new Map<number, string>();
  readonly #set;

  constructor(scope: Scope, seed: number) {
    this.#scope = scope;
    this.#random = new Random(seed);
    this.#set = { machineId: "model", setName: `seed-${seed}-${++runs}` };
  }

  async step(isEnd: boolean): Promise<void> {
    const times = this.#model.times();
    const isDeletion = times.length > 0 && this.#random.below(10) < 3;
    await (isDeletion ? this.#delete(this.#random.pick(times)) : this.#insert());
    expect(this.#faults()).toEqual([]);
    await this.#compare(isEnd);
  }

  /** At any free time, as a list or as a delta against any snapshot or none. */
  async #insert(): Promise<void> {
    const times = this.#model.times();
    const free = Array.from({ length: 10 }, (_, i) => 1000 + i).filter((at) => !times.includes(at));
    if (free.length === 0) return;
    const at = this.#random.pick(free);
    const baseAt = this.#random.pick([null, ...times]);
    const base = baseAt === null ? [] : this.#model.lists.get(baseAt)!;
    const entries = this.#list(base);
    const baseId = baseAt === null ? null : this.#ids.get(baseAt)!;
    const content =
      this.#random.below(2) === 0
        ? whole(entries)
        : { baseId, changes: this.#delta(base, entries) };
    const recording = record(this.#scope, at, content, { set: this.#set });
    if (this.#model.wasDeleted(at, entries)) {
      expect(await recording.catch(codeOf)).toBe("gone");
      return;
    }
    this.#model.lists.set(at, entries);
    this.#ids.set(at, (await recording).row.snapshotId);
  }

  async #delete(at: number): Promise<void> {
    await deleteSnapshot(this.#scope, this.#ids.get(at)!, { nowMs: 1, why: "test" });
    this.#model.delete(at);
    this.#ids.delete(at);
  }

  /** A list like the base, a little changed; now and then a folder of it can't be listed. */
  #list(base: readonly Entry[]): Entry[] {
    const known = new Map(base.map((entry) => [entry.path, entry]));
    const entries = PATHS.flatMap((path): Entry[] => {
      const old = known.get(path);
      const choice = this.#random.below(8);
      if (choice < 4) return old === undefined ? [] : [old];
      if (choice === 4) return [];
      if (choice === 5 && path === "/b/c") {
        return [file(path, 1, { type: "dir", checksum: null, error: "EACCES: no" })];
      }
      return [file(path, 1 + this.#random.below(3))];
    });
    return entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
  }

  /** What differs, and sometimes also what does not: a delta may say what is so already. */
  #delta(base: readonly Entry[], entries: readonly Entry[]): Change[] {
    const changes = this.#model.delta(base, entries);
    if (this.#random.below(2) === 0) return changes;
    const said = new Set(changes.map((change) => change.entry));
    const again = entries.filter((entry) => !said.has(entry) && this.#random.below(3) === 0);
    return [...changes, ...again.map(put)].sort((a, b) => compareKeys(a.key, b.key));
  }

  #faults(): unknown[] {
    const setId = findSetId(this.#scope, this.#set);
    return setId === undefined ? [] : canonicalFaults(this.#scope.store.database, setId);
  }

  /** One question after a step; at the end of the history one of each kind, and all lists. */
  async #compare(isEnd: boolean): Promise<void> {
    const times = this.#model.times();
    const chosen = this.#random.below(4);
    const isAsked = (kind: number): boolean => isEnd || kind === chosen;
    if (times.length > 0) {
      const at = this.#random.pick(times);
      if (isAsked(0)) for (const time of isEnd ? times : [at]) await this.#compareList(time);
      if (isAsked(1)) await this.#compareDelta(at, this.#random.pick(times));
    }
    if (isAsked(2)) await this.#compareHistory(this.#random.pick(PATHS));
    if (isAsked(3)) await this.#compareChecksum(file("", 1 + this.#random.below(3)).checksum!);
  }

  async #compareList(at: number): Promise<void> {
    const pageSize = 1 + this.#random.below(5);
    const pages = entryPages(this.#scope, this.#ids.get(at)!, { pageSize });
    expect(await all(pages)).toEqual(this.#model.lists.get(at)!);
  }

  async #compareDelta(from: number, to: number): Promise<void> {
    const pageSize = 1 + this.#random.below(5);
    const pages = deltaPages(this.#scope, this.#ids.get(from)!, this.#ids.get(to)!, { pageSize });
    const [before, after] = [this.#model.lists.get(from)!, this.#model.lists.get(to)!];
    expect(await all(pages)).toEqual(this.#model.delta(before, after));
  }

  async #compareHistory(path: string): Promise<void> {
    const { rows } = await pathHistory(this.#scope, this.#set, path, PAGE);
    expect(rows.map(this.#told)).toEqual(this.#model.history((entry) => entry.path === path));
    const fitting = await querySnapshots(
      this.#scope,
      this.#set,
      { path },
      { ...PAGE, order: "asc" },
    );
    expect(fitting.rows.map((row) => row.timestampMs)).toEqual(
      this.#timesOf((entry) => entry.path === path),
    );
  }

  async #compareChecksum(checksum: string): Promise<void> {
    const holds = (entry: Entry): boolean => entry.checksum === checksum;
    const { rows } = await findChecksum(this.#scope, checksum, { set: this.#set }, PAGE);
    const versions = rows.map(({ machineId: _m, setName: _s, ...version }) => this.#told(version));
    expect(versions.sort(byPlace)).toEqual(this.#model.history(holds).sort(byPlace));
    const filter = { checksum, pathGlob: "/b/**" };
    const fitting = await querySnapshots(this.#scope, this.#set, filter, {
      ...PAGE,
      order: "desc",
    });
    expect(fitting.rows.map((row) => row.timestampMs)).toEqual(
      this.#timesOf((entry) => holds(entry) && entry.path.startsWith("/b/")).reverse(),
    );
  }

  /** What the oldest snapshot has may begin before it. */
  readonly #told = (version: PathVersion): PathVersion => ({
    ...version,
    fromMs: Math.max(version.fromMs, this.#model.times()[0]!),
  });

  #timesOf(fits: (entry: Entry) => boolean): number[] {
    return this.#model.times().filter((at) => this.#model.lists.get(at)!.some(fits));
  }
}

let runs = 0;
const codeOf = (error: unknown): unknown => (error instanceof BsvError ? error.code : error);
const PAGE = { limit: 1000 };

const byPlace = (a: PathVersion, b: PathVersion): number =>
  compareKeys(keyOf(a.entry), keyOf(b.entry)) || a.fromMs - b.fromMs;
