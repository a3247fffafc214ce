// Looking for versions, against the naive model that keeps whole lists: what is found, since when, until when, and what came then.
import { expect, test } from "bun:test";
import { parseGlob } from "#core/glob.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys, pathOfKey } from "#core/order.ts";
import type { Sighting } from "#core/sighting.ts";
import { versionFits } from "#core/version-filter.ts";
import { searchAll } from "#db/search/search-all.ts";
import { searchSet, type Wanted } from "#db/search/search.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import type { Scope } from "#db/scope.ts";
import { newScope } from "./fixture.ts";
import { keyOf, Model } from "./model.ts";
import { Random } from "./random.ts";
import { all, file, record } from "./sample.ts";

const RUNS = process.env["BSV_SOAK"] === "1" ? 5_000 : 25;
const PATHS = ["/a", "/b/x", "/b/y", "/b/c/x", "/b/c/\udcff", "/b.x/y", "/é"];
const DENIED = "EACCES: no";

test(`I6: every question finds what looking at all lists finds, in ${RUNS} random histories`, async () => {
  const scope = await newScope();
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    try {
      await askAll(scope, new Random(seed), { machineId: "model", setName: `s${seed}` });
    } catch (error) {
      throw new Error(`The history of seed ${seed} failed`, { cause: error });
    }
  }
}, 3_600_000);

async function askAll(scope: Scope, random: Random, set: { machineId: string; setName: string }) {
  const model = new Model();
  const ids = new Map<number, string>();
  let list: Entry[] = [];
  for (let at = 1000; at < 1006; at++) {
    list = randomList(random, list);
    model.lists.set(at, list);
    ids.set(at, (await record(scope, at, list, { set })).row.snapshotId);
  }
  if (random.below(2) === 0) {
    await deleteSnapshot(scope, ids.get(1000)!, {
      nowMs: 1,
      why: "what it left begins before the oldest",
    });
    model.lists.delete(1000);
  }
  const content = file("", 1 + random.below(3)).checksum!;
  const wishes: Wanted[] = [
    {},
    { under: "/b" },
    { under: "/b/c" },
    { under: "/b/x" },
    { glob: "**/x" },
    { glob: "/b/*" },
    { glob: "/a" },
    { checksum: content },
    { checksum: content, under: "/b" },
    { checksum: content, glob: "/b*/**" },
    { minBytes: 2, maxBytes: 2 },
    { mtimeFromMs: 1_729_493_434_330, glob: "**" },
    { atMs: 1003, glob: "/b/**" },
    { atMs: 1002, checksum: content },
  ];
  for (const wanted of wishes) {
    const expected = expectedOf(model, ids, set, wanted);
    for (const limit of [1, 3, 1000]) {
      const found = await all(
        pagesOf((cursor) => searchSet(scope, set, wanted, { limit, cursor })),
      );
      expect({ wanted, found: found.sort(inOrder) }).toEqual({ wanted, found: expected });
    }
  }
  const where = { ...set, asOf: { kind: "date", atMs: 1003 } as const };
  const then = await all(pagesOf((cursor) => searchAll(scope, where, {}, { limit: 2, cursor })));
  expect(then.sort(inOrder)).toEqual(expectedOf(model, ids, set, { atMs: 1003 }));
}

async function* pagesOf(
  read: (cursor: string | undefined) => Promise<{ rows: Sighting[]; nextCursor: string | null }>,
): AsyncGenerator<Sighting[]> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    yield page.rows;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

const inOrder = (a: Sighting, b: Sighting): number =>
  compareKeys(keyOf(a.entry), keyOf(b.entry)) || a.first.timestampMs - b.first.timestampMs;

function expectedOf(
  model: Model,
  ids: Map<number, string>,
  set: { machineId: string; setName: string },
  wanted: Wanted,
): Sighting[] {
  const glob = wanted.glob === undefined ? undefined : parseGlob(wanted.glob);
  const fits = (entry: Entry): boolean =>
    versionFits(wanted, entry) &&
    (glob?.matches(entry.path) ?? true) &&
    (wanted.under === undefined || `${entry.path}/`.startsWith(`${wanted.under}/`));
  const seen = (at: number) => ({ snapshotId: ids.get(at)!, timestampMs: at });
  return model
    .history(fits)
    .filter(({ fromMs, toMs }) => {
      return wanted.atMs === undefined || (fromMs <= wanted.atMs && (toMs ?? 9999) > wanted.atMs);
    })
    .map(({ entry, fromMs, toMs }): Sighting => {
      const times = model.times().filter((at) => at >= fromMs && at < (toMs ?? 9999));
      return {
        ...set,
        entry,
        first: seen(fromMs),
        last: seen(times.at(-1)!),
        snapshotCount: times.length,
        end: toMs === null ? null : { ...endOf(model.lists.get(toMs)!, entry), at: seen(toMs) },
      };
    })
    .sort(inOrder);
}

function endOf(
  list: readonly Entry[],
  entry: Entry,
): Pick<NonNullable<Sighting["end"]>, "kind" | "why"> {
  if (list.some((other) => compareKeys(keyOf(other), keyOf(entry)) === 0)) {
    return { kind: "replaced", why: null };
  }
  const blind = list.find(({ error, ...other }) => {
    const { folder, name } = keyOf({ ...other, error });
    return error !== null && keyOf(entry).folder.startsWith(`${pathOfKey(folder, name)}/`);
  });
  return { kind: blind === undefined ? "removed" : "unknown", why: blind?.error ?? null };
}

function randomList(random: Random, base: readonly Entry[]): Entry[] {
  const known = new Map(base.map((entry) => [entry.path, entry]));
  const isBlind = random.below(5) === 0;
  const entries = PATHS.filter((path) => !isBlind || !path.startsWith("/b/c/")).flatMap((path) => {
    const old = known.get(path);
    if (old !== undefined && random.below(4) > 0) return [old];
    return random.below(3) === 0 ? [] : [file(path, 1 + random.below(3))];
  });
  if (isBlind) {
    entries.push(file("/b/c", 1, { type: "dir", checksum: null, sizeBytes: null, error: DENIED }));
  }
  return entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}
