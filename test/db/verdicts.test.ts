// Verdicts in a store: measured as two whole lists would be, inherited until they are undone or accepted, never the last good one.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { damageOf, WINDOW } from "#core/proof/anomalies.ts";
import { Measuring } from "#core/proof/measures.ts";
import { compareKeys } from "#core/order.ts";
import { NOBODY, type Run } from "#core/run.ts";
import { timestampText } from "#core/timestamp.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { measure, measureUpTo } from "#db/comparison/measure.ts";
import { prunePlan } from "#db/retention/prune-plan.ts";
import type { Scope } from "#db/scope.ts";
import { findVerdict, lastPlausible, unjudged } from "#db/proof/verdicts.ts";
import { accept } from "#jobs/accept.ts";
import { judge, judgeSet } from "#jobs/judge.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { newScope } from "./fixture.ts";
import { keyOf } from "./model.ts";
import { Random } from "./random.ts";
import { file, record, sealFor, SET } from "./sample.ts";

const T = Date.UTC(2026, 0, 5, 2);
const DAY = 86_400_000;
const run: Run = { signal: new AbortController().signal, monitor: NOBODY, now: () => T };
const RUNS = process.env["BSV_SOAK"] === "1" ? 2000 : 60;

const sorted = (entries: Entry[]): Entry[] =>
  entries.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));

/** A hundred documents of several kinds. */
const documents = (seed = 1): Entry[] =>
  sorted(
    Array.from({ length: 100 }, (_, nr) =>
      file(`/docs/${nr % 7}/${nr}.${["odt", "jpg", "txt"][nr % 3]}`, seed * 1000 + nr),
    ),
  );

const encrypted = (entries: readonly Entry[]): Entry[] =>
  sorted(
    entries.map((one, nr) =>
      file(`${one.path}.locked`, 50_000 + nr, { sizeBytes: one.sizeBytes! + 512 }),
    ),
  );

async function day(scope: Scope, nr: number, entries: Entry[]) {
  const { row } = await record(scope, T + nr * DAY, entries);
  return { row, verdict: (await judge(scope, row, run))! };
}

test(`a step is measured as two whole lists would be, in ${RUNS} random histories`, async () => {
  const scope = await newScope();
  const first = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  for (let seed = first; seed < first + RUNS; seed++) {
    const random = new Random(seed);
    const set = { machineId: "measure", setName: `seed-${seed}` };
    const names = ["a.txt", "a.txt.x", "a.txt.xy", "b", "b.x", "é.odt", "\udcff.odt"];
    const list = () =>
      sorted(
        names.flatMap((name) =>
          ["/p/", "/p/q/", "/r/"]
            .filter(() => random.below(3) > 0)
            .map((folder) =>
              file(folder + name, random.below(4), { mtimeUs: random.below(3) * 1e15 }),
            ),
        ),
      );
    const [before, after] = [list(), list()];
    const rows = [];
    for (const [nr, entries] of [before, list(), after].entries()) {
      rows.push((await record(scope, T + nr * DAY, entries, { set })).row);
    }
    const measuring = new Measuring({
      filesBefore: before.length,
      files: after.length,
      beforeMs: T,
      afterMs: T + 2 * DAY,
      rootsLost: 0,
      leftOutMore: 0,
      isUnseenBefore: () => false,
      isUnseenAfter: () => false,
    });
    const paths = sorted([
      ...new Map([...before, ...after].map((one) => [one.path, one])).values(),
    ]);
    for (const { path } of paths) {
      const pair = [before, after].map((side) => side.find((one) => one.path === path) ?? null);
      if (Bun.deepEquals(pair[0], pair[1])) continue;
      measuring.add({ key: keyOf(pair[0] ?? pair[1]!), before: pair[0]!, after: pair[1]! });
    }
    const said = await measure(scope, rows[0]!, rows[2]!);
    expect({ seed, ...said }).toEqual({ seed, ...measuring.measures() });
    for (const most of [0, damageOf(said) - 1, damageOf(said)]) {
      const answer = await measureUpTo(scope, rows[0]!, rows[2]!, most);
      const expected = damageOf(said) <= most ? said : undefined;
      expect({ seed, most, answer }).toEqual({ seed, most, answer: expected });
    }
  }
}, 600_000);

test("whether the damage is small is answered of lists too different to be sorted, whole or not", async () => {
  const scope = await newScope();
  const list = (seed: number) =>
    Array.from({ length: 26_000 }, (_, nr) => file(`/d/${100_000 + nr}`, seed + nr));
  const { row: before } = await record(scope, T, list(0));
  const { row: after } = await record(scope, T + DAY, list(100_000));
  const answers = [];
  for (const most of [0, 25_999, 26_000]) {
    answers.push((await measureUpTo(scope, before, after, most)) !== undefined);
  }
  expect(answers).toEqual([false, false, true]);
});

test("what was encrypted does not become the last good one by waiting", async () => {
  const scope = await newScope();
  const good = await day(scope, 0, documents());
  expect(good.verdict).toMatchObject({ verdict: "plausible", measures: null });
  const bad = await day(scope, 1, encrypted(documents()));
  expect(bad.verdict.verdict).toBe("suspicious");
  expect(bad.verdict.reasons.map(({ kind }) => kind)).toContain("renamed");
  for (let nr = 2; nr < 10; nr++) {
    const { verdict } = await day(scope, nr, [...encrypted(documents()), file(`/zz/${nr}`, nr)]);
    expect(verdict).toMatchObject({
      verdict: "suspicious",
      reasons: [],
      follows: bad.row.snapshotId,
    });
  }
  expect(lastPlausible(scope, SET)?.snapshotId).toBe(good.row.snapshotId);
  const { verdicts } = await prunePlan(scope, SET, { last: 1 }, T + 100 * DAY);
  const kept = verdicts.filter(({ isKept }) => isKept).map(({ snapshot }) => snapshot.snapshotId);
  expect(kept).toContain(good.row.snapshotId);
});

test("a suspicion goes when what caused it is undone, and not for less", async () => {
  const scope = await newScope();
  await day(scope, 0, documents());
  const bad = await day(scope, 1, encrypted(documents()));
  const half = sorted([...documents().slice(0, 50), ...encrypted(documents().slice(50))]);
  expect((await day(scope, 2, half)).verdict.follows).toBe(bad.row.snapshotId);
  const undone = await day(scope, 3, [...documents().slice(0, -1), file("/zz/new", 1)]);
  expect(undone.verdict.follows).toBeNull();
});

test("a restore is judged by what differs from before the damage, and makes the same damage no more plausible", async () => {
  const scope = await newScope();
  const inPlace = (seed: number) =>
    documents().map((one, nr) => file(one.path, seed + nr, { sizeBytes: one.sizeBytes! }));
  await day(scope, 0, documents());
  for (const [nr, damaged] of [encrypted(documents()), inPlace(70_000)].entries()) {
    expect((await day(scope, 3 * nr + 1, damaged)).verdict.verdict).toBe("suspicious");
    const restored = await day(scope, 3 * nr + 2, documents());
    expect(restored.verdict).toMatchObject({
      verdict: "plausible",
      reasons: [],
      follows: null,
      measures: { removed: 0, modified: 0 },
    });
    expect((await day(scope, 3 * nr + 3, documents())).verdict.verdict).toBe("plausible");
  }
  await day(scope, 7, inPlace(70_000));
  const partly = sorted([...inPlace(70_000).slice(0, 10), ...documents().slice(10)]);
  const { verdict } = await day(scope, 8, partly);
  expect(verdict.reasons.map(({ kind }) => kind)).toContain("sizes-kept");
});

test("a suspicion goes when what caused it is undone bit by bit", async () => {
  const scope = await newScope();
  await day(scope, 0, documents());
  const bad = await day(scope, 1, documents().slice(60));
  for (let nr = 2; nr < 7; nr++) {
    const { verdict } = await day(scope, nr, documents().slice(60 - 10 * (nr - 1)));
    expect(verdict).toMatchObject({ verdict: "suspicious", follows: bad.row.snapshotId });
  }
  expect((await day(scope, 7, documents())).verdict.verdict).toBe("plausible");
});

test("a suspicion goes when what caused it is undone in more steps than the rules look back on", async () => {
  const scope = await newScope();
  const many = sorted(
    Array.from({ length: 2 * WINDOW }, (_, nr) => file(`/docs/${1000 + nr}.odt`, nr)),
  );
  const gone = WINDOW + 30;
  await day(scope, 0, many);
  await day(scope, 1, many.slice(gone));
  for (let nr = 1; nr < gone; nr++) await day(scope, nr + 1, many.slice(gone - nr));
  expect((await day(scope, gone + 1, many)).verdict.verdict).toBe("plausible");
});

test("who accepts a suspicious snapshot accepts those before it, and none after it", async () => {
  const scope = await newScope();
  await day(scope, 0, documents());
  const first = await day(scope, 1, documents(2));
  const second = await day(scope, 2, encrypted(documents(2)));
  const third = await day(scope, 3, [...encrypted(documents(2)), file("/zz/new", 1)]);
  expect(first.verdict.verdict).toBe("suspicious");
  expect(third.verdict.follows).toBe(second.row.snapshotId);
  const verdictOf = ({ row }: typeof first) => findVerdict(scope, row.snapshotId)!.verdict;

  expect(await accept(scope, { row: first.row, why: "new layout" }, run)).toEqual({ accepted: 1 });
  expect([first, second, third].map(verdictOf)).toEqual(["plausible", "suspicious", "suspicious"]);
  expect(await accept(scope, { row: third.row, why: "mine too" }, run)).toEqual({ accepted: 1 });
  expect([first, second, third].map(verdictOf)).toEqual(["plausible", "plausible", "plausible"]);
  expect(findVerdict(scope, second.row.snapshotId)!.accepted?.why).toBe("mine too");
});

test("a doubt outlives the snapshot that raised it, until somebody accepts what came after it", async () => {
  const scope = await newScope();
  const first = await day(scope, 0, documents());
  const early = await day(scope, 1, documents(2));
  const bad = await day(scope, 2, encrypted(documents(2)));
  const after = [3, 4].map((nr) => [...encrypted(documents(2)), file("/zz/new", nr)]);
  const third = await day(scope, 3, after[0]!);
  const fourth = await day(scope, 4, after[1]!);
  await deleteSnapshot(scope, bad.row.snapshotId, { nowMs: T, why: "test" });
  const verdictsOf = () =>
    [first, early, third, fourth].map(({ row }) => findVerdict(scope, row.snapshotId)!.verdict);

  expect(findVerdict(scope, third.row.snapshotId)).toMatchObject({
    reasons: bad.verdict.reasons,
    follows: early.row.snapshotId,
  });
  expect(findVerdict(scope, fourth.row.snapshotId)?.follows).toBe(third.row.snapshotId);

  await accept(scope, { row: early.row, why: "new layout" }, run);
  expect(verdictsOf()).toEqual(["plausible", "plausible", "suspicious", "suspicious"]);
  expect(lastPlausible(scope, SET)?.snapshotId).toBe(early.row.snapshotId);
  await accept(scope, { row: third.row, why: "mine too" }, run);
  expect(verdictsOf()).toEqual(["plausible", "plausible", "plausible", "plausible"]);
});

test("a doubt can still be undone when the snapshot that raised it is deleted", async () => {
  const scope = await newScope();
  await day(scope, 0, documents());
  const bad = [];
  for (let nr = 1; nr < 5; nr++) bad.push(await day(scope, nr, encrypted(documents())));
  for (const { row } of bad.slice(0, 3)) {
    await deleteSnapshot(scope, row.snapshotId, { nowMs: T, why: "test" });
    expect(findVerdict(scope, bad.at(-1)!.row.snapshotId)?.verdict).toBe("suspicious");
  }
  const still = await day(scope, 5, [...encrypted(documents()), file("/zz/new", 1)]);
  expect(still.verdict).toMatchObject({ reasons: [], follows: bad.at(-1)!.row.snapshotId });
  const { verdict } = await day(scope, 6, documents());
  expect(verdict).toMatchObject({ verdict: "plausible", reasons: [], follows: null });
});

/** Records snapshots of a set with these roots, a day apart, and judges each. */
function judgingRoots(scope: Scope) {
  const seal =
    (nr: number, roots: object[]): ReturnType<typeof sealFor> =>
    (entries) => {
      const { headerText } = sealFor(SET, T + nr * DAY)(entries);
      const text = JSON.stringify({ ...JSON.parse(headerText), roots });
      return {
        snapshotId: new Bun.CryptoHasher("sha256").update(text).digest("hex"),
        headerText: text,
      };
    };
  return async (nr: number, entries: Entry[], roots: object[]) => {
    const { row } = await record(scope, T + nr * DAY, entries, { seal: seal(nr, roots) });
    return (await judge(scope, row, run))!;
  };
}
const root = (path: string, state = "ok") => ({ path, state });

test("I6: what lies below a root that is not there was not deleted; a root that is no more part of the set is told", async () => {
  const judged = judgingRoots(await newScope());
  const more = Array.from({ length: 20 }, (_, nr) => file(`/usb/${100 + nr}`, nr));
  await judged(0, [...documents(), ...more], [root("/docs"), root("/usb")]);
  const offline = await judged(1, more, [root("/docs", "offline"), root("/usb")]);
  expect(offline).toMatchObject({ verdict: "plausible", measures: { removed: 0, unknown: 100 } });
  const shrunk = await judged(2, more, [root("/usb")]);
  expect(shrunk).toMatchObject({ verdict: "suspicious", reasons: [{ kind: "narrowed" }] });
});

test("the suspicion of a narrowed set goes when its root is part of it again", async () => {
  const judged = judgingRoots(await newScope());
  const more = Array.from({ length: 40 }, (_, nr) => file(`/usb/${100 + nr}`, nr));
  const whole = [...documents(), ...more];
  await judged(0, whole, [root("/docs"), root("/usb")]);
  const narrowed = await judged(1, documents(), [root("/docs")]);
  expect(narrowed).toMatchObject({ verdict: "suspicious", reasons: [{ kind: "narrowed" }] });
  const again = await judged(2, whole, [root("/docs"), root("/usb")]);
  expect(again).toMatchObject({ verdict: "plausible", follows: null });
});

test("a narrowed set is told by what it does not look at any more, never by what could not be seen before", async () => {
  const judged = judgingRoots(await newScope());
  await judged(0, [], [root("/docs"), root("/usb", "offline")]);
  const seen = await judged(1, [file("/usb/1", 1)], [root("/usb")]);
  expect(seen.measures).toMatchObject({ unknown: 1, lost: 0 });
  expect(seen.reasons).toMatchObject([{ kind: "narrowed", count: 0, of: 0 }]);
  const both = [file("/docs/1", 1), file("/docs/2", 2), file("/usb/1", 1)];
  await judged(2, both, [root("/docs"), root("/usb")]);
  const { measures, reasons } = await judged(3, [file("/usb/1", 1)], [root("/usb")]);
  expect(measures).toMatchObject({ unknown: 2, lost: 2 });
  expect(reasons).toMatchObject([{ kind: "narrowed", count: 2, of: 3 }]);
});

test("a set that is empty now is suspicious, however small it was", async () => {
  const scope = await newScope();
  await day(scope, 0, [file("/only", 1)]);
  const { verdict } = await day(scope, 1, []);
  expect(verdict.reasons).toMatchObject([{ kind: "empty", count: 1, of: 1 }]);
});

test("a snapshot is not judged before the one whose doubt it may inherit", async () => {
  const scope = await newScope();
  const rows = [];
  const lists = [documents(), encrypted(documents()), encrypted(documents())];
  for (const [nr, entries] of lists.entries()) {
    rows.push((await record(scope, T + nr * DAY, entries)).row);
  }
  expect(await judge(scope, rows[2]!, run, -1)).toBeUndefined(); // no time to catch up
  expect(lastPlausible(scope, SET)).toBeUndefined();
  const { row, verdict } = await day(scope, 3, encrypted(documents()));
  expect(verdict).toMatchObject({ verdict: "suspicious", follows: rows[1]!.snapshotId });
  expect(findVerdict(scope, rows[2]!.snapshotId)?.verdict).toBe("suspicious");
  expect(lastPlausible(scope, SET)?.snapshotId).toBe(rows[0]!.snapshotId);
  expect(row.snapshotId).not.toBe(rows[2]!.snapshotId);
});

test("a past that nobody judged is judged with the first snapshot that is; what is deleted takes its verdict along", async () => {
  const scope = await newScope();
  const ids: string[] = [];
  for (let nr = 0; nr < 5; nr++) {
    ids.push((await record(scope, T + nr * DAY, documents())).row.snapshotId);
  }
  expect(unjudged(scope, SET).map(({ snapshotId }) => snapshotId)).toEqual(ids);
  await judge(scope, (await findSnapshot(scope, ids[4]!))!, run);
  expect(unjudged(scope, SET)).toEqual([]);
  await deleteSnapshot(scope, ids[2]!, { nowMs: T, why: "test" });
  expect(findVerdict(scope, ids[2]!)).toBeUndefined();
  await judgeSet(scope, SET, run);
  expect(timestampText(T)).toBe("2026-01-05T02:00:00.000Z");
});
