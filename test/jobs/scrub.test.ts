// Scrubbing real files: what was read longest ago comes first, where it stopped is kept, and rot is found.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noFindings, type Finding } from "#core/proof/finding.ts";
import { carryPages } from "#db/carry.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { listVerifications } from "#db/proof/verifications.ts";
import { scrub, type ScrubInput } from "#jobs/verify/scrub.ts";
import { Trial } from "./scan-trial.ts";

const DAY_MS = 86_400_000;
const SET = { machineId: "devbox", setName: "photos" };
const START = Date.UTC(2030, 0, 1);
const UNLIMITED = { maxBytes: undefined, maxMs: undefined, sample: undefined };
let trial: Trial;

beforeEach(async () => {
  trial = await Trial.open();
  for (let nr = 0; nr < 30; nr++) write(nr, "x".repeat(1000));
  trial.nowMs = START;
  await trial.scan();
});
afterEach(() => trial.close());

function write(nr: number, text: string): void {
  const path = join(trial.tree, `${nr % 3}`, `${String(nr).padStart(2, "0")}.txt`);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `${nr} ${text}`);
  utimesSync(path, 1_700_000_000 + nr, 1_700_000_000 + nr);
}

async function scrubbed(atMs: number, more: Partial<ScrubInput> = {}) {
  trial.nowMs = atMs;
  const row = (await latestSnapshot(trial.scope, SET))!;
  const findings: Finding[] = [];
  const input = {
    row,
    definition: trial.set(),
    dataDir: trial.dataDir,
    cycleMs: 30 * DAY_MS,
    ...UNLIMITED,
    ...more,
  };
  const done = await scrub(trial.scope, input, async (one) => void findings.push(one), trial.run);
  return { ...done, findings, compared: done.verification.coverage.filesCompared };
}

async function readTimes(): Promise<Map<string, number>> {
  const row = (await latestSnapshot(trial.scope, SET))!;
  const times = new Map<string, number>();
  for await (const page of carryPages(trial.scope, row.snapshotId)) {
    for (const { entry, stamp } of page) times.set(entry.path, stamp!.readAtMs);
  }
  return times;
}

test("each day takes its part, oldest first, until all were read again; then it begins anew", async () => {
  let last = await readTimes();
  for (let day = 1; day <= 31; day++) {
    const { compared, outlook } = await scrubbed(START + day * DAY_MS);
    expect(compared).toBeLessThanOrEqual(2);
    expect(outlook.lateFiles).toBe(0);
    const now = await readTimes();
    const read = [...now].filter(([path, atMs]) => atMs !== last.get(path)).map(([path]) => path);
    expect(read.length).toBe(compared);
    const waited = [...last].filter(([path]) => !read.includes(path)).map(([, atMs]) => atMs);
    const latestRead = Math.max(...read.map((path) => last.get(path)!));
    expect(latestRead).toBeLessThanOrEqual(Math.min(...waited));
    last = now;
  }
  expect(Math.min(...last.values())).toBeGreaterThan(START);
});

test("a pace that misses the cycle is said in the first run, with the date", async () => {
  const { outlook, compared, verification } = await scrubbed(START + DAY_MS, { maxBytes: 1 });
  expect(compared).toBe(1);
  expect(verification.coverage.notChecked).toEqual({ MAX_BYTES: 29 });
  expect(outlook.lateFiles).toBe(0); // thirty files, one a day: just enough
  const { outlook: tight } = await scrubbed(START + 2 * DAY_MS, {
    maxBytes: 1,
    cycleMs: 9 * DAY_MS,
  });
  expect(tight.lateFiles).toBeGreaterThan(15);
  expect(tight.completeAtMs).toBeGreaterThan(START + 25 * DAY_MS);
});

test("a file that came after scrubbing began is read again within a day", async () => {
  await scrubbed(START + DAY_MS);
  write(77, "new");
  trial.nowMs = START + DAY_MS * 1.2;
  await trial.scan();
  const path = join(trial.tree, "2", "77.txt");
  expect((await readTimes()).get(path)).toBeLessThan(START + DAY_MS * 1.3);
  await scrubbed(START + DAY_MS * 2.3);
  expect((await readTimes()).get(path)).toBeGreaterThanOrEqual(START + DAY_MS * 2.3);
});

test("rot is found and told with its reason; it stays first in line, and a changed file is nobody's fault", async () => {
  const rotten = join(trial.tree, "0", "00.txt");

  writeFileSync(rotten, "0 ".padEnd(1002, "y"));
  utimesSync(rotten, 1_700_000_000, 1_700_000_000);
  writeFileSync(join(trial.tree, "0", "03.txt"), "edited");
  rmSync(join(trial.tree, "0", "06.txt"));
  const all = { cycleMs: DAY_MS };
  for (const day of [2, 4]) {
    const { findings, verification, changed } = await scrubbed(START + day * DAY_MS, all);
    expect(findings.map(({ kind, path }) => [kind, path])).toEqual([["corrupted", rotten]]);
    expect(verification.counts).toMatchObject({
      corrupted: 1,
      intact: 27,
      modified: 1,
      missing: 1,
    });
    expect(verification).toMatchObject({ method: "scrub", copy: null, isComplete: true });
    expect(changed).toBe(2);
  }
  const { rows } = await listVerifications(trial.scope, SET, { copy: null }, { limit: 9 });
  expect(rows.map(({ method, counts }) => [method, counts.corrupted])).toEqual([
    ["scrub", 1],
    ["scrub", 1],
  ]);
});

test("I6: a root that is not there, or suddenly empty, is offline, and none of its files missing", async () => {
  const offline = async (day: number, why: string) => {
    const before = await readTimes();
    const { verification, findings, changed } = await scrubbed(START + day * DAY_MS, {
      cycleMs: DAY_MS,
    });
    expect(verification.counts).toEqual({ ...noFindings(), offline: 30 });
    expect(verification.coverage.notChecked).toEqual({ [why]: 30 });
    expect([verification.isComplete, verification.coverage.filesChecked]).toEqual([false, 0]);
    expect([findings, changed]).toEqual([[], 0]);
    expect(await readTimes()).toEqual(before); // all as much in line as before
  };
  renameSync(trial.tree, `${trial.tree}-away`);
  await offline(2, "ROOT_OFFLINE");
  mkdirSync(trial.tree); // what is left of a disk that is not mounted
  await offline(4, "ROOT_EMPTY");
});

test("I6: a root that goes away while it is read leaves the rest offline, and what was read before proven", async () => {
  for (const [nr, left] of ["nothing", "another folder"].entries()) {
    let count = 0;
    trial.onProgress = () => {
      if (++count !== 10) return;
      renameSync(trial.tree, `${trial.tree}-away`);
      if (left === "nothing") return;
      mkdirSync(trial.tree);
      writeFileSync(join(trial.tree, "other"), "");
    };
    const atMs = START + (nr + 1) * 9 * DAY_MS;
    const { verification, changed } = await scrubbed(atMs, { cycleMs: DAY_MS });
    expect(verification.counts).toEqual({ ...noFindings(), intact: 10, offline: 20 });
    expect([verification.coverage.notChecked, changed]).toEqual([{ ROOT_OFFLINE: 20 }, 0]);
    rmSync(trial.tree, { recursive: true, force: true });
    renameSync(`${trial.tree}-away`, trial.tree);
  }
});

test("I6: what cannot be read is unreadable, not missing", async () => {
  const isRoot = process.getuid?.() === 0; // to whom nothing is unreadable
  if (isRoot) {
    Bun.spawnSync(["chown", "-R", "65534:65534", trial.home]);
    process.seteuid!(65534);
  }
  chmodSync(join(trial.tree, "1"), 0);
  try {
    const { verification } = await scrubbed(START + 2 * DAY_MS, { cycleMs: DAY_MS });
    expect(verification.counts).toMatchObject({ unreadable: 10, missing: 0, intact: 20 });
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(join(trial.tree, "1"), 0o700);
  }
});

test("interrupted, it keeps what was read until then", async () => {
  const row = (await latestSnapshot(trial.scope, SET))!;
  trial.nowMs = START + 5 * DAY_MS;
  const controller = new AbortController();
  const run = { ...trial.run, signal: controller.signal };
  let count = 0;
  const monitor = {
    ...run.monitor,
    progress: () => {
      if (++count === 10) controller.abort(new Error("enough"));
    },
  };
  const input = {
    row,
    definition: trial.set(),
    dataDir: trial.dataDir,
    cycleMs: DAY_MS,
    ...UNLIMITED,
  };
  const going = scrub(trial.scope, input, async () => {}, { ...run, monitor });
  expect(await going.catch((error: Error) => error.message)).toBe("enough");
  const read = [...(await readTimes()).values()].filter((atMs) => atMs > START + DAY_MS).length;
  expect(read).toBe(10);
});

test("a blind sample reads as many as it says, and says what that is worth", async () => {
  const { verification } = await scrubbed(START + DAY_MS, { sample: 7 });
  expect(verification.coverage).toMatchObject({
    filesCompared: 7,
    filesBad: 0,
    notChecked: { SAMPLE: 23 },
  });
});
