// The meaning of the rules is restic's. The golden file is what `restic forget --dry-run --json` itself answered for 51
// snapshots and 31 policies; where a restic is installed, it is asked again.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  keepsNothing,
  parseSpan,
  reasonsToKeep,
  spanText,
  type RetentionPolicy,
} from "#core/retention/retention.ts";
import golden from "./golden/restic-forget.json";

type Kept = Record<string, string[]>;

const snapshots = golden.snapshots as [string, string[]][];

describe("the rules mean what restic's mean", () => {
  for (const { flags, keep } of golden.cases as unknown as { flags: string; keep: Kept }[]) {
    test(flags, () => expect(withoutOldest(keptBy(flags, snapshots))).toEqual(withoutOldest(keep)));
  }
});

test.skipIf(Bun.which("restic") === null)(
  "restic, asked now, keeps the same for the same reasons",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "bsv-restic-"));
    try {
      const restic = resticIn(folder);
      const keepsOldest = !/^restic 0\.(\d|1[0-5])\./.test(await restic("version"));
      await restic("init");
      writeFileSync(join(folder, "f"), "a");
      const some = snapshots.filter((_, nr) => nr % 9 === 0);
      for (const [time, tags] of some) {
        const at = time.slice(0, 19).replace("T", " ");
        const marks = tags.flatMap((tag) => ["--tag", tag]);
        await restic("backup", "--quiet", "--time", at, ...marks, join(folder, "f"));
      }
      for (const flags of [
        "--keep-daily 4",
        "--keep-within 1y3m2d5h --keep-yearly 2",
        "--keep-tag keep --keep-monthly 99",
      ]) {
        const [group] = JSON.parse(
          await restic("forget", "--dry-run", "--json", ...flags.split(" ")),
        );
        const kept = group.reasons.map(
          (reason: { snapshot: { time: string }; matches: string[] }) =>
            [`${reason.snapshot.time.slice(0, 19)}Z`, reason.matches.map(inOurWords)] as const,
        );
        const ours = keptBy(flags, some);
        expect(keepsOldest ? inOneWord(ours) : withoutOldest(ours)).toEqual(
          Object.fromEntries(kept),
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);

test("the oldest of all is kept while a count is not used up, as by restic since 0.16 (restic#3624)", () => {
  const some = snapshots.filter(([time]) => time.startsWith("2024-12-28") || time > "2025-04");
  expect(keptBy("--keep-daily 3 --keep-yearly 2", some)).toEqual({
    "2025-04-01T21:23:11Z": ["daily", "yearly"],
    "2024-12-28T19:24:00Z": ["daily", "yearly"],
    "2024-12-28T00:00:00Z": ["oldest, daily"],
  });
  expect(Object.keys(keptBy("--keep-daily 2", some))).toEqual([
    "2025-04-01T21:23:11Z",
    "2024-12-28T19:24:00Z",
  ]);
});

test("a policy without a rule that could keep something keeps nothing", () => {
  expect(keepsNothing({})).toBe(true);
  expect(keepsNothing({ last: 0, daily: 0, tags: [] })).toBe(true);
  expect(keepsNothing({ daily: 1 })).toBe(false);
  expect(keepsNothing({ withinPeriod: { yearly: parseSpan("1h") } })).toBe(false);
});

test("a span is years, months, days and hours, in this order, and some time at least", () => {
  expect(parseSpan("2y5m7d3h")).toEqual({ years: 2, months: 5, days: 7, hours: 3 });
  expect(spanText(parseSpan("36h")!)).toBe("36h");
  for (const text of ["", "0d", "5", "3w", "1d2y", "-1d", "1.5d", " 1d", "1d\n"]) {
    expect(parseSpan(text)).toBeUndefined();
  }
});

test("every rule keeps the newest, and more rules never keep less", () => {
  const policy = fc.record({
    last: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    daily: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    weekly: fc.option(fc.constantFrom(1, 3, Infinity), { nil: undefined }),
    within: fc.option(fc.constantFrom(parseSpan("2d"), parseSpan("1y")), { nil: undefined }),
  });
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 4e11 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, policy, policy, (ms, some, more) => {
      const list = ms.sort((a, b) => b - a).map((atMs) => ({ atMs, tags: [] }));
      const keptUnder = (rules: RetentionPolicy) =>
        reasonsToKeep(list, rules, list[0]!.atMs).map((reasons) => reasons.length > 0);
      const [few, both] = [keptUnder(some), keptUnder({ ...more, ...withoutNothing(some) })];
      if (!keepsNothing(some)) expect(few[0]).toBe(true);
      few.forEach((isKept, nr) => isKept && expect(both[nr]).toBe(true));
    }),
  );
});

// --- internal ---

const withoutNothing = (policy: RetentionPolicy): RetentionPolicy =>
  Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));

function keptBy(flags: string, given: readonly (readonly [string, string[]])[]): Kept {
  const list = given
    .map(([time, tags]) => ({ time, tags, atMs: Date.parse(time) }))
    .sort((a, b) => b.atMs - a.atMs);
  const reasons = reasonsToKeep(list, policyOf(flags), list[0]!.atMs);
  return Object.fromEntries(
    list.flatMap(({ time }, nr) => (reasons[nr]!.length === 0 ? [] : [[time, reasons[nr]!]])),
  );
}

/** That the oldest is kept while a count is not used up came with restic 0.16; the golden file is of 0.14. */
function withoutOldest(kept: Kept): Kept {
  const others = Object.entries(kept).map(
    ([time, reasons]) => [time, reasons.filter((reason) => !reason.startsWith("oldest"))] as const,
  );
  return Object.fromEntries(others.filter(([, reasons]) => reasons.length > 0));
}

/** What restic says of the oldest: the rule, as for any other. */
const inOneWord = (kept: Kept): Kept =>
  Object.fromEntries(
    Object.entries(kept).map(([time, reasons]) => [
      time,
      reasons.map((reason) => reason.replace("oldest, ", "")),
    ]),
  );

function policyOf(flags: string): RetentionPolicy {
  const policy: Record<string, unknown> = {};
  const withinPeriod: Record<string, unknown> = {};
  const tags: string[][] = [];
  for (const [, rule, value] of flags.matchAll(/--keep-(\S+) (\S+)/g)) {
    if (rule === "tag") tags.push(value!.split(","));
    else if (rule === "within") policy["within"] = parseSpan(value!);
    else if (rule!.startsWith("within-")) withinPeriod[rule!.slice(7)] = parseSpan(value!);
    else policy[rule!] = Number(value);
  }
  return { ...policy, withinPeriod, tags };
}

const inOurWords = (match: string): string =>
  match
    .replace(" snapshot", "")
    .replace(/^oldest /, "")
    .replace(/^has tags \[(.*)\]$/, (_, tags: string) => `tags ${tags.replaceAll(", ", ",")}`);

function resticIn(folder: string) {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    TZ: "UTC",
    RESTIC_REPOSITORY: join(folder, "repo"),
    RESTIC_PASSWORD: "x",
  };
  return async (...args: string[]): Promise<string> => {
    const ran = Bun.spawn(["restic", "--no-cache", ...args], { env, stderr: "pipe" });
    const [out, err, exit] = await Promise.all([ran.stdout.text(), ran.stderr.text(), ran.exited]);
    if (exit !== 0) throw new Error(`restic ${args[0]}: ${err}`);
    return out;
  };
}
