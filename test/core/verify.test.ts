// The rules of verification that need no disk: names and paths, what a sample may say, what a pair of entries comes to.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Entry } from "#core/entry.ts";
import type { Observed } from "#core/proof/finding.ts";
import { judgeAbsent, judgePair, type JudgeRules } from "#core/proof/judge.ts";
import { likelyLayouts, nameOfPath, pathOfName, plainName } from "#core/proof/layout.ts";
import { isSampled, mostBad, sampleText } from "#core/proof/sample.ts";

const step = fc.stringMatching(/^[a-z.é\n]{1,4}$/).filter((text) => text !== "." && text !== "..");
const name = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/"));

test("a name inside a layout has one path, and the path that name", () => {
  fc.assert(
    fc.property(name, name, name, (inner, strip, prefix) => {
      const layouts = [
        { strip, prefix: `/${prefix}`, maps: [] },
        { strip: "", prefix: "/", maps: [] },
        { strip: "", prefix: "/", maps: [{ path: `/${prefix}`, name: strip }] },
      ];
      for (const layout of layouts) {
        const at = layout.strip === "" && layout.maps.length === 0 ? inner : `${strip}/${inner}`;
        const path = pathOfName(layout, at)!;
        expect(nameOfPath(layout, path)).toBe(at);
        expect(path.startsWith("/")).toBe(true);
      }
    }),
  );
  expect(pathOfName({ strip: "a", prefix: "/", maps: [] }, "ab/c")).toBeUndefined();
  expect(likelyLayouts(["/home/me/a"]).map(({ prefix }) => prefix)).toContain("/home/me");
});

test("I12: a name that climbs out of the copy is no plain one, however it is written", () => {
  for (const climbing of [
    "..",
    "../a",
    "a/..",
    "a/../b",
    "a\n/../b",
    "./../a",
    "/..",
    "",
    "/",
    "./.",
  ]) {
    expect([climbing, plainName(climbing)]).toEqual([climbing, undefined]);
  }
  for (const [said, plain] of [
    ["/a//b/", "a/b"],
    ["./a", "a"],
    ["..a/b..", "..a/b.."],
    ["a\nb", "a\nb"],
  ]) {
    expect([said, plainName(said!)]).toEqual([said, plain]);
  }
});

test("a sample says no more than its numbers allow", () => {
  expect(sampleText(0, 300)).toBe("0 bad of 300 sampled: fewer than 1 % bad with 95 % confidence");
  expect(sampleText(0, 0)).toContain("nothing is known");
  expect(mostBad(0, 300)).toBeCloseTo(0.00994, 4);
  expect(mostBad(1, 100)).toBeCloseTo(0.0466, 3); // Clopper and Pearson, one-sided
  expect(mostBad(5, 1000)).toBeCloseTo(0.01048, 4);
  const sampled = Array.from({ length: 100_000 }, (_, nr) => `/data/file-${nr}`).filter((path) =>
    isSampled(path, 0.01, 42),
  );
  expect(sampled.length).toBeGreaterThan(850);
  expect(sampled.length).toBeLessThan(1150);
});

const entry: Entry = {
  path: "/a",
  type: "file",
  target: null,
  sizeBytes: 5,
  mtimeUs: 1_500_000_000_250_000,
  inode: 1,
  checksum: "aa".repeat(32),
  error: null,
};
const observed: Observed = {
  path: "/a",
  type: "file",
  target: null,
  sizeBytes: 5,
  mtimeUs: entry.mtimeUs,
  ctimeUs: null,
  checksum: entry.checksum,
  trouble: null,
};
const rules: JudgeRules = { ignoreMtime: false, clockStepUs: 1, keepsSymlinks: true };

test("content decides; size and mtime only tell rot from writing; what was not read is never good", () => {
  const other = "bb".repeat(32);
  const trouble = (kind: "unreadable" | "unread") => ({ kind, why: "EIO: i/o error" });
  const cases: [string, Partial<Observed>, Partial<Entry>?, Partial<JudgeRules>?][] = [
    ["intact", {}],
    ["touched", { mtimeUs: 1 }],
    ["intact", { mtimeUs: 1 }, {}, { ignoreMtime: true }],
    ["touched", { mtimeUs: 1_500_000_000_000_000 }],
    ["intact", { mtimeUs: 1_500_000_000_000_000 }, {}, { clockStepUs: 1_000_000 }],
    ["touched", { mtimeUs: 1_500_000_001_500_000 }, {}, { clockStepUs: 2_000_000 }],
    ["intact", { mtimeUs: null }],
    ["corrupted", { checksum: other }],
    ["modified", { checksum: other, mtimeUs: 1 }],
    ["corrupted", { checksum: other, mtimeUs: null }],
    ["modified", { sizeBytes: 4, checksum: other }],
    ["modified", { type: "symlink", target: "x" }],
    ["unverifiable", { checksum: "cc".repeat(16) }],
    ["unverifiable", {}, { error: "EACCES: permission denied", checksum: null }],
    ["unreadable", { checksum: null, trouble: trouble("unreadable") }],
    ["unreadable", { sizeBytes: 4, checksum: null, trouble: trouble("unreadable") }],
    ["unread", { checksum: null, trouble: trouble("unread") }],
    ["modified", { sizeBytes: 4, checksum: null, trouble: trouble("unread") }],
  ];
  for (const [kind, seen, was = {}, more = {}] of cases) {
    const judged = judgePair({ ...entry, ...was }, { ...observed, ...seen }, { ...rules, ...more });
    expect([seen, judged.kind]).toEqual([seen, kind as typeof judged.kind]);
  }
  expect(judgeAbsent(entry, undefined, rules).kind).toBe("missing");
  expect(judgeAbsent(entry, { kind: "offline", why: "ROOT_OFFLINE: gone" }, rules).kind).toBe(
    "offline",
  );
  expect(judgeAbsent({ ...entry, error: "EIO: i/o error" }, undefined, rules).kind).toBe(
    "unverifiable",
  );
});
