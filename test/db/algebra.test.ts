// The interval algebra against the naive model: after every step of a random history, all that the store answers is
// what the model answers, and the versions are in canonical form. A failing history is named by its seed; put it into
// SEEDS, where it stays. BSV_SOAK=1 runs 100,000 histories.
//
// BSV_BREAK names a way to break the algebra on purpose; the run must then fail. The last test does that for each.
import { expect, test } from "bun:test";
import { put, type Change } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys } from "#core/order.ts";
import { findSetId } from "#db/backupsets.ts";
import { deltaPages } from "#db/delta.ts";
import { entryPages } from "#db/entries.ts";
import { deleteSnapshot } from "#db/erase.ts";
import { findChecksum, pathHistory, type PathVersion } from "#db/history.ts";
import { querySnapshots } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { all, file, newScope, record } from "./fixture.ts";
import { canonicalFaults } from "./canonical.ts";
import { keyOf, Model } from "./model.ts";
import { Random } from "./random.ts";

/** Histories that failed once. */
const SEEDS: readonly number[] = [];
const RUNS = process.env["BSV_SOAK"] === "1" ? 100_000 : 100;
const STEPS = 12;

const PATHS = ["/a", "/b/x", "/b/y", "/b/c/x", "/b/c", "/é", "/b/\udcff", "/b.x/y"];

test(`the store answers as whole lists would, in ${RUNS} random histories`, async () => {
  const scope = await newScope();
  scope.store.database.run("PRAGMA synchronous = OFF"); // no power is cut here
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  const seeds = [...SEEDS, ...Array.from({ length: RUNS }, (_, run) => first + run)];
  for (const seed of seeds) {
    try {
      await History.run(scope, seed);
    } catch (error) {
      throw new Error(`The history of seed ${seed} failed`, { cause: error });
    }
  }
}, 3_600_000);

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
        ? { kind: "list" as const, entries }
        : { kind: "delta" as const, baseId, changes: this.#delta(base, entries) };
    const { row } = await record(this.#scope, at, content, { set: this.#set });
    this.#model.lists.set(at, entries);
    this.#ids.set(at, row.snapshotId);
  }

  async #delete(at: number): Promise<void> {
    await deleteSnapshot(this.#scope, this.#ids.get(at)!, { nowMs: 1, why: "test" });
    this.#model.lists.delete(at);
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
    const setId = findSetId(this.#scope.store, this.#set);
    return setId === undefined ? [] : canonicalFaults(this.#scope.store.database, setId);
  }

  /** One question of each kind; all lists at the end of the history. */
  async #compare(isEnd: boolean): Promise<void> {
    const times = this.#model.times();
    const asked = isEnd ? times : times.length > 0 ? [this.#random.pick(times)] : [];
    for (const at of asked) await this.#compareList(at);
    if (times.length > 0) await this.#compareDelta(this.#random.pick(times), asked[0]!);
    await this.#compareHistory(this.#random.pick(PATHS));
    await this.#compareChecksum(file("", 1 + this.#random.below(3)).checksum!);
  }

  async #compareList(at: number): Promise<void> {
    const pageSize = 1 + this.#random.below(5);
    const pages = entryPages(this.#scope, this.#ids.get(at)!, { pageSize });
    expect(await all(pages)).toEqual(this.#model.lists.get(at)!);
  }

  async #compareDelta(from: number, to: number): Promise<void> {
    const pages = deltaPages(this.#scope, this.#ids.get(from)!, this.#ids.get(to)!);
    const [before, after] = [this.#model.lists.get(from)!, this.#model.lists.get(to)!];
    expect(await all(pages)).toEqual(this.#model.delta(before, after));
  }

  async #compareHistory(path: string): Promise<void> {
    const { rows } = await pathHistory(this.#scope, this.#set, path, PAGE);
    expect(rows).toEqual(this.#model.history((entry) => entry.path === path));
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
    expect(rows.map(({ machineId: _m, setName: _s, ...version }) => version).sort(byPlace)).toEqual(
      this.#model.history(holds).sort(byPlace),
    );
    const filter = { checksum, pathGlob: "/b/**" };
    const fitting = await querySnapshots(this.#scope, this.#set, filter, {
      ...PAGE,
      order: "desc",
    });
    expect(fitting.rows.map((row) => row.timestampMs)).toEqual(
      this.#timesOf((entry) => holds(entry) && entry.path.startsWith("/b/")).reverse(),
    );
  }

  #timesOf(fits: (entry: Entry) => boolean): number[] {
    return this.#model.times().filter((at) => this.#model.lists.get(at)!.some(fits));
  }
}

let runs = 0;
const PAGE = { limit: 1000 };

const byPlace = (a: PathVersion, b: PathVersion): number =>
  compareKeys(keyOf(a.entry), keyOf(b.entry)) || a.fromMs - b.fromMs;
