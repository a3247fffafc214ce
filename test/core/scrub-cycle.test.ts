// Scrubbing day after day: every file is read within the cycle, new ones within a day, and a pace that will not do is said at once.
import { expect, test } from "bun:test";
import { DAY_MS, dueAtMs, outlook, shareOf, type Reread } from "#core/proof/scrub-cycle.ts";
import { Random } from "#test/db/random.ts";

const CYCLE_MS = 30 * DAY_MS;
const START = Date.UTC(2026, 0, 1);
type File = { -readonly [K in keyof Reread]: Reread[K] };

const byDue = (files: File[]): (File & { dueAtMs: number })[] =>
  files
    .map((file) => Object.assign(file, { dueAtMs: dueAtMs(file, CYCLE_MS) }))
    .sort((a, b) => a.dueAtMs - b.dueAtMs);

/** A daily run: what is due, and the share; or at most so much. Says how much it read. */
function runOnce(files: File[], nowMs: number, mostBytes = Infinity): number {
  const list = byDue(files);
  const share = shareOf(list, DAY_MS, CYCLE_MS, nowMs);
  let bytes = 0;
  for (const file of list) {
    if ((file.dueAtMs > nowMs && bytes >= share) || bytes >= mostBytes) break;
    bytes += file.sizeBytes;
    Object.assign(file, { readAtMs: nowMs, isNew: false });
  }
  return bytes;
}

const RUNS = process.env["BSV_SOAK"] === "1" ? 300 : 20;

test(`daily runs without a limit keep the cycle, read new files within a day, and no day reads much more than its part, in ${RUNS} histories`, () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new Random(seed);
    const ageDays = random.below(29);
    const size = () => 1 + random.below(1000);
    const files: File[] = Array.from({ length: 300 }, () => ({
      sizeBytes: size(),
      readAtMs: START - random.below(ageDays + 1) * DAY_MS,
      isNew: false,
    }));
    const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (let day = 0; day < 100; day++) {
      const nowMs = START + day * DAY_MS;
      const added = day === 0 ? 0 : random.below(3);
      for (let nr = 0; nr < added; nr++) {
        files.push({ sizeBytes: size(), readAtMs: nowMs - DAY_MS / 2, isNew: true });
      }
      const read = runOnce(files, nowMs);
      for (const { readAtMs, isNew } of files) {
        expect(nowMs - readAtMs).toBeLessThanOrEqual(CYCLE_MS + DAY_MS);
        if (isNew) expect(nowMs - readAtMs).toBeLessThan(1.5 * DAY_MS);
      }
      if (day > 60) expect(read).toBeLessThan(total / 3);
    }
  }
});

test("the outlook misses a date exactly where reading on at that pace would", () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new Random(seed);
    const files: File[] = Array.from({ length: 60 }, () => ({
      sizeBytes: 1 + random.below(500),
      readAtMs: START - random.below(40) * DAY_MS,
      isNew: false,
    }));
    const perDay = 50 + random.below(2000);
    const list = byDue(files);
    const said = outlook(list, perDay, START);
    let [bytes, late] = [0, 0];
    for (const { sizeBytes, dueAtMs: due } of list) {
      bytes += sizeBytes;
      if (START + (bytes / perDay) * DAY_MS > due + DAY_MS) late++;
    }
    expect({ seed, late: said.lateFiles }).toEqual({ seed, late });
    expect(said.completeAtMs).toBe(START + (bytes / perDay) * DAY_MS);
  }
});

test("nothing read at all is never complete; nothing to read is complete now", () => {
  const file = { sizeBytes: 1, readAtMs: START, isNew: false };
  expect(outlook(byDue([file]), 0, START)).toMatchObject({ completeAtMs: null, lateFiles: 1 });
  expect(outlook([], 0, START)).toMatchObject({ completeAtMs: START, lateFiles: 0 });
});
