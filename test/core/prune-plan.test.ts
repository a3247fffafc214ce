// What counts, which clock is believed, and what needs a confirmation.
import { expect, test } from "bun:test";
import { alarms, isAnomalous, judgeSnapshots, type Candidate } from "#core/retention/prune-plan.ts";
import { parseSpan, type RetentionPolicy } from "#core/retention/retention.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1, 2);
const NOW = START + 100 * DAY;

/** A snapshot of a day; received when it was made unless said otherwise. */
function of(day: number, more: Partial<Candidate> = {}): Candidate {
  const timestampMs = START + day * DAY;
  return {
    snapshotId: String(day),
    timestampMs,
    receivedAtMs: timestampMs,
    seq: day,
    fileCount: 100,
    totalSizeBytes: 1000,
    isComplete: true,
    tags: [],
    verdict: null,
    ...more,
  };
}

const kept = (list: Candidate[], policy: RetentionPolicy): string[] =>
  judgeSnapshots(list, policy, NOW)
    .filter((verdict) => verdict.isKept)
    .map((verdict) => verdict.snapshot.snapshotId);

test("incomplete, empty and future-dated snapshots never take the place of a good one", () => {
  const junk = [
    of(11, { isComplete: false }),
    of(12, { fileCount: 0 }),
    of(13, { timestampMs: NOW + 50 * DAY, receivedAtMs: NOW }),
    of(14, { isComplete: false }),
  ];
  const list = [of(8), of(9), of(10), ...junk];
  expect(kept(list, { last: 2 })).toEqual(["13", "14", "10", "9"]);
  const flaws = judgeSnapshots(list, { last: 2 }, NOW).map(({ flaw }) => flaw);
  expect(flaws).toEqual([
    "dated in the future",
    "incomplete",
    "empty",
    "incomplete",
    null,
    null,
    null,
  ]);
});

test("what does not count does not pile up either, and does not move the time that is counted back from", () => {
  const list = Array.from({ length: 10 }, (_, day) => of(day, { isComplete: false }));
  expect(kept(list, { last: 3 })).toEqual(["9", "8", "7"]);
  const late = [of(1), of(2), of(60, { isComplete: false })];
  expect(kept(late, { within: parseSpan("5d") })).toEqual(["60", "2", "1"]);
});

test("a clock that stands still cannot make the newest snapshots the oldest", () => {
  const stuck = [20, 21, 22].map((day) =>
    of(day, { timestampMs: Date.UTC(1999, 0, day), receivedAtMs: START + day * DAY }),
  );
  const verdicts = judgeSnapshots([of(1), of(2), of(3), ...stuck], { last: 2 }, NOW);
  const reasons = verdicts.map(({ snapshot, reasons }) => [snapshot.snapshotId, ...reasons]);
  expect(reasons).toEqual([
    ["3", "last"],
    ["2", "last"],
    ["1"],
    ["22", "last by time of arrival"],
    ["21", "last by time of arrival"],
    ["20"],
  ]);
});

test("junk that is dated back does not push out what the agent's clock keeps, nor the other way round", () => {
  const good = [of(30), of(31), of(32)];
  const junk = [40, 41, 42, 43].map((day) =>
    of(day, { timestampMs: START + (day - 40) * 1000, receivedAtMs: START + day * DAY }),
  );
  expect(kept([...good, ...junk], { last: 2 }).sort()).toEqual(["31", "32", "42", "43"]);
});

test("a history pulled back in one day keeps what its own times keep, and its newest by arrival", () => {
  const list = Array.from({ length: 30 }, (_, day) => of(day, { receivedAtMs: NOW + day }));
  const daily = kept(list, { daily: 3 });
  expect(daily).toEqual(expect.arrayContaining(["29", "28", "27"]));
  expect(kept(list, { within: parseSpan("2d") }).length).toBe(30);
});

test("an upload within a day of its making is judged by one clock", () => {
  const list = Array.from({ length: 9 }, (_, day) =>
    of(day, { receivedAtMs: START + day * DAY + 4000 }),
  );
  for (const { reasons } of judgeSnapshots(list, { daily: 4 }, NOW)) {
    expect(reasons.join()).not.toContain("arrival");
  }
});

test("more than 30 % going needs a confirmation, and so does the last complete one", () => {
  const list = Array.from({ length: 10 }, (_, day) => of(day, { tags: day < 7 ? ["x"] : [] }));
  const judged = (policy: RetentionPolicy, of: Candidate[] = list) =>
    alarms(judgeSnapshots(of, policy, NOW));
  expect(judged({ last: 7 })).toEqual([]);
  expect(judged({ last: 6 })).toEqual(["4 of 10 snapshots would go (40 %, more than 30 %)"]);
  const one = [
    of(1, { isComplete: false, tags: ["x"] }),
    of(2),
    of(0, { tags: ["x"], isComplete: false }),
    of(3, { tags: ["x"], isComplete: false }),
  ];
  expect(judged({ tags: [["x"]] }, one)).toEqual([
    "the last complete and plausible snapshot would go",
  ]);
});

test("a suspicious snapshot never takes a plausible one's place, and makes the newest ones strange", () => {
  const days = Array.from({ length: 20 }, (_, day) => of(day));
  const doubtful = [20, 21, 22].map((day) => of(day, { verdict: "suspicious" }));
  expect(kept([...days, ...doubtful], { last: 2 })).toEqual(["22", "21", "19", "18"]);
  const strange = (list: Candidate[]) => isAnomalous(judgeSnapshots(list, { last: 1 }, NOW));
  expect(strange(days)).toBe(false);
  expect(strange([...days, ...doubtful])).toBe(true);
  const later = Array.from({ length: 10 }, (_, day) => of(30 + day));
  expect(strange([...days, ...doubtful, ...later])).toBe(false);
});
