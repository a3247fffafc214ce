import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import fc from "fast-check";
import { exitMeanings, exitOfError, exitOfOutcome } from "#cli/exit.ts";
import { coloursFor } from "#cli/output/colour.ts";
import { printable, prose } from "#cli/output/escape.ts";
import { Output } from "#cli/output/output.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, bytesText, countText, durationText, plural } from "#cli/output/units.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

test("I12: no name can move the cursor, hide or reorder letters, or end a line", () => {
  const names = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => pathText(bytes));
  const suspects = fc.constantFrom(
    "\u001b[2J",
    "\u009b",
    "\u202e",
    "\u2066",
    "\u2069",
    "\r",
    "\n",
    "\u007f",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u{e0041}",
    "\udcff",
  );
  const both = fc.array(fc.oneof(names, suspects)).map((parts) => parts.join(""));
  fc.assert(
    fc.property(both, (name) => {
      for (const text of [printable(name), prose(name)]) {
        expect(text).not.toMatch(
          /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u,
        );
      }
    }),
    { numRuns: 2000 },
  );
});

test("I5: two different names are never printed alike, and the bytes can be read back", () => {
  const names = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => pathText(bytes));
  const tricky = fc.array(fc.constantFrom("\\", "x", "1", "b", "\u001b", "\udc80", "\u202e"), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        names,
        tricky.map((parts) => parts.join("")),
      ),
      (name) => {
        const bytes: number[] = [];
        for (const part of printable(name).matchAll(/\\x([0-9a-f]{2})|\\\\|[^\\]+/g)) {
          if (part[1] !== undefined) bytes.push(Number.parseInt(part[1], 16));
          else bytes.push(...Buffer.from(part[0] === "\\\\" ? "\\" : part[0]));
        }
        expect(Buffer.from(bytes).toString("hex")).toBe(pathBytes(name).toString("hex"));
      },
    ),
    { numRuns: 5000 },
  );
});

test("ordinary names are printed as they are", () => {
  for (const name of ["/home/ü/日本語.txt", "a b'\"c", "می\u200cخواهم", "👩\u200d👧"]) {
    expect(printable(name)).toBe(name);
  }
});

test("the digits of a size are those that toFixed gives", () => {
  const size = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1_023_500, max: 2e9 }));
  fc.assert(
    fc.property(size, ([power, thousandths]) => {
      const bytes = (thousandths / 1000) * 2 ** power;
      const [digits, unit] = bytesText(bytes).split(" ") as [string, string];
      const value = bytes / 1024 ** (["KiB", "MiB", "GiB", "TiB", "PiB"].indexOf(unit) + 1);
      expect(digits).toBe(value.toFixed(digits.split(".")[1]?.length ?? 0));
    }),
    { numRuns: 5000 },
  );
});

test("sizes, counts, durations and ages", () => {
  const sizes = [0, 571.55, 1023, 1024, 1536, 89_072_342, 1_048_051, 1_048_575, 1.3e9, 5e15];
  expect(sizes.map(bytesText)).toEqual([
    "0 B",
    "572 B",
    "1023 B",
    "1.00 KiB",
    "1.50 KiB",
    "84.9 MiB",
    "1023 KiB",
    "1.00 MiB",
    "1.21 GiB",
    "4.44 PiB",
  ]);
  expect([0, 999, 1000, 1234567].map(countText)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([plural(1, "file"), plural(0, "file"), plural(2, "entry", "entries")]).toEqual([
    "1 file",
    "0 files",
    "2 entries",
  ]);
  expect([0, 7400, 725_000, 3_723_000, 273_906_000].map(durationText)).toEqual([
    "0:00",
    "0:07",
    "12:05",
    "1:02:03",
    "3d 4:05:06",
  ]);
  const day = 86_400_000;
  const ages = [0, 45_000, 5 * 60_000, 2 * day, 40 * day, 800 * day, -7_200_000];
  expect(ages.map((age) => ageText(1e12 - age, 1e12))).toEqual([
    "just now",
    "45 seconds ago",
    "5 minutes ago",
    "2 days ago",
    "1 month ago",
    "2 years ago",
    "in 2 hours",
  ]);
});

test("columns align by what is seen, wide characters too; the last is not padded", () => {
  const rows = [
    { name: "日本", n: 5 },
    { name: "a", n: 1234 },
  ];
  const columns: Column<(typeof rows)[number]>[] = [
    { title: "NAME", text: (row) => row.name },
    { title: "N", align: "right", text: (row) => String(row.n) },
    { title: "NOTE", text: () => "x" },
  ];
  const colours = coloursFor("never", true, {});
  expect(table(rows, columns, colours)).toEqual([
    "NAME     N  NOTE",
    "日本     5  x",
    "a     1234  x",
  ]);
  expect(table([], columns, colours)).toEqual([]);
});

test("a terminal gets colour unless NO_COLOR, TERM=dumb or --color forbid it", () => {
  const isColoured = (choice: "auto" | "always" | "never", isTerminal: boolean, env = {}) =>
    coloursFor(choice, isTerminal, env).isColorSupported;
  expect(isColoured("auto", true)).toBe(true);
  expect(isColoured("auto", true, { NO_COLOR: "" })).toBe(true);
  expect(isColoured("auto", true, { NO_COLOR: "0" })).toBe(false);
  expect(isColoured("auto", true, { TERM: "dumb" })).toBe(false);
  expect(isColoured("auto", false, { FORCE_COLOR: "1", TERM: "dumb" })).toBe(true);
  expect(isColoured("auto", true, { FORCE_COLOR: "0" })).toBe(false);
  expect(isColoured("never", true, { FORCE_COLOR: "1" })).toBe(false);
});

test("every way to end has an exit code that help explains", () => {
  const codes = [...Object.values(exitOfError), ...Object.values(exitOfOutcome)];
  for (const code of codes) expect(exitMeanings).toHaveProperty(String(code));
});

test("what was told before the answer stands before it where both go to one place, as in `bsv scan 2>&1 | tail -1`", async () => {
  const place: string[] = [];
  // A pipe takes what it has room for; the rest waits.
  const slow = (ms: number) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        setTimeout(() => {
          place.push(text);
          done();
        }, ms);
      },
    }) as unknown as NodeJS.WriteStream;
  const colours = coloursFor("never", false, {});
  const out = new Output({
    isJson: false,
    isQuiet: false,
    isVerbose: false,
    stdout: { stream: slow(0), colours },
    stderr: { stream: slow(5), colours },
    onFailure: (error) => {
      throw error;
    },
  });
  for (let i = 0; i < 5; i++) out.warn(`${i}`);
  await out.write("scan=ok\n");
  await out.finish();
  expect(place).toEqual([...[0, 1, 2, 3, 4].map((i) => `bsv: warning: ${i}\n`), "scan=ok\n"]);
});
