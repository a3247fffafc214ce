// The recorded way back, on random lists: applied to the latest list it gives the wanted one, unknown stays as it is, and pages of any
// size tell the same. BSV_SEED repeats a run.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { compareKeys } from "#core/order.ts";
import type { RollbackStep } from "#core/rollback.ts";
import { contentPlaces, isContentKnown } from "#db/search/content-places.ts";
import { rollbackPage, rollbackPages, type RecordedRollback } from "#db/comparison/rollback.ts";
import { newScope } from "./fixture.ts";
import { keyOf } from "./model.ts";
import { Random } from "./random.ts";
import { all, file, record, SET } from "./sample.ts";

const RUNS = process.env["BSV_SOAK"] === "1" ? 10_000 : 30;
const PATHS = ["/a/x", "/a/y", "/b.x/\udcff", "/b/x", "/b/c/x", "/é/z"];

test(`I5, I6: the latest list with all steps applied is the wanted list, in ${RUNS} random pairs`, async () => {
  const scope = await newScope();
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    const random = new Random(seed);
    const set = { machineId: "model", setName: `s${seed - first}` };
    const lists = [randomList(random), randomList(random), randomList(random)];
    const rows = [];
    for (const [at, list] of lists.entries()) {
      rows.push((await record(scope, 1000 + at, list, { set })).row);
    }
    for (const [i, target] of rows.entries()) {
      const wish = { target, latest: rows[2]!, path: undefined };
      const steps = await all(rollbackPages(scope, wish));
      expect([seed, applied(lists[2]!, steps)]).toEqual([seed, expected(lists[2]!, lists[i]!)]);
      if (i === 2) expect(steps).toEqual([]);
      expect(await inPages(wish, 1 + random.below(3))).toEqual(steps);
      const below = steps.filter(({ path }) => path === "/b" || path.startsWith("/b/"));
      expect(await all(rollbackPages(scope, { ...wish, path: "/b" }))).toEqual(below);
    }
  }

  async function inPages(wish: RecordedRollback, limit: number): Promise<RollbackStep[]> {
    const steps: RollbackStep[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await rollbackPage(scope, wish, { limit, cursor });
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      steps.push(...page.rows);
      if (page.nextCursor === null) return steps;
      cursor = page.nextCursor;
    }
  }
}, 3_600_000);

test("content is where the newest snapshots have it: on this machine first, then on others, then nowhere", async () => {
  const scope = await newScope();
  const nas = { machineId: "nas", setName: "photos" };
  await record(scope, 1000, [file("/here", 8), file("/old", 7)]);
  await record(scope, 1000, [file("/also", 8), file("/there", 7)], { set: nas });
  await record(scope, 2000, [file("/here", 8)]);
  const contents = [7, 8, 9].map((seed) => ({
    checksum: file("", seed).checksum!,
    sizeBytes: seed,
  }));
  expect(await contentPlaces(scope, contents, SET.machineId)).toEqual([
    [{ place: "elsewhere", ...nas, path: "/there" }],
    [
      { place: "here", path: "/here" },
      { place: "elsewhere", ...nas, path: "/also" },
    ],
    [],
  ]);
  expect(await isContentKnown(scope, contents[0]!.checksum)).toBe(true);
  expect(await isContentKnown(scope, contents[2]!.checksum)).toBe(false);
});

function randomList(random: Random): Entry[] {
  const nothing = { sizeBytes: null, mtimeUs: null, inode: null, checksum: null };
  const list = PATHS.flatMap((path): Entry[] => {
    if (random.below(3) === 0) return [];
    if (random.below(12) === 0) return [file(path, 1, { checksum: null, error: "EIO: no" })];
    if (random.below(8) === 0) {
      return [file(path, 3, { type: "symlink", target: random.pick(["p", "q"]), checksum: null })];
    }
    const seed = 1 + random.below(3);
    return [file(path, seed, { inode: random.below(2) })];
  });
  if (random.below(5) > 0) return list;
  const shut = file("/b", 1, { ...nothing, type: "dir", error: "EACCES: no" });
  return [...list.filter(({ path }) => !path.startsWith("/b/")), shut].toSorted((a, b) =>
    compareKeys(keyOf(a), keyOf(b)),
  );
}

/** What matters of an entry on a disk: not its inode. */
const facts = ({ path, type, target, sizeBytes, mtimeUs, checksum }: Entry): string =>
  JSON.stringify({ path, type, target, sizeBytes, mtimeUs, checksum });

const readable = (list: readonly Entry[]): Entry[] => list.filter(({ error }) => error === null);

function applied(latest: readonly Entry[], steps: readonly RollbackStep[]): string[] {
  const disk = new Map(readable(latest).map((entry) => [entry.path, entry]));
  for (const { action, target, path } of steps) {
    if (action === "delete") disk.delete(path);
    else if (action !== "unknown") disk.set(path, target!);
  }
  return [...disk.values()].map(facts).sort();
}

/** By looking at both lists: the wanted one, but as it is where either could not see. */
function expected(latest: readonly Entry[], target: readonly Entry[]): string[] {
  const isBlind = (list: readonly Entry[], { path }: Entry): boolean =>
    list.some(
      (entry) => entry.error !== null && (entry.path === path || path.startsWith(`${entry.path}/`)),
    );
  const isUnknown = (entry: Entry): boolean => isBlind(latest, entry) || isBlind(target, entry);
  return [
    ...readable(target).filter((entry) => !isUnknown(entry)),
    ...readable(latest).filter(isUnknown),
  ]
    .map(facts)
    .sort();
}
