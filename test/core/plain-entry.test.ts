import { expect, test } from "bun:test";
import fc from "fast-check";
import { judgeEntry } from "#core/entry-json.ts";
import { entryLine } from "#core/entry.ts";
import { readPlainEntry } from "#core/plain-entry.ts";

const LINE = `{"path":"/home/u/é\u2028.txt","size":1024,"mtime":1729493434.33,"inode":5,"checksum":"abcd","error":null}`;

test("a file's plain line is read as the judge reads it", () => {
  expect(readPlainEntry(LINE)).toEqual((judgeEntry(JSON.parse(LINE)) as { entry: never }).entry);
});

/** Mostly right: chance should often make a line that is nearly canonical. */
const mostly = (right: fc.Arbitrary<string>, ...wrong: string[]) =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const units = fc.constantFrom("a", "/", ".", " ", "é", "\u{1f600}", "\u2028", "\ufffd");
const pieces = fc.record({
  path: mostly(fc.string({ unit: units, minLength: 1 }), "", "\0", "\u007f", "\n", "\udc80", "\\n"),
  size: mostly(
    fc.oneof(fc.nat(), fc.maxSafeNat()).map(String),
    "00",
    "-1",
    "1.0",
    "1e3",
    "",
    "null",
  ),
  mtime: mostly(
    fc.integer({ min: -8.5e15, max: 8.5e15 }).map((us) => String(us / 1e6)),
    "-0",
    "0.10",
    "1.0000001",
    "8589934592",
    "1e9",
    ".5",
    "null",
    "01",
  ),
  inode: mostly(
    fc.oneof(fc.nat(), fc.maxSafeNat()).map(String),
    "007",
    '"9007199254740993"',
    "null",
  ),
  checksum: mostly(
    fc.uint8Array({ minLength: 2, maxLength: 64 }).map((bytes) => `"${bytes.toHex()}"`),
    '"ABCD"',
    "null",
    '"xyz1"',
    '"abc"',
    `"${"f".repeat(129)}"`,
  ),
  error: mostly(fc.constant("null"), '"EACCES: no"'),
  end: mostly(fc.constant(""), " ", ",", "\n", "}"),
});

test("what is read in the short way is possible and canonical to the byte", () => {
  let count = 0;
  fc.assert(
    fc.property(
      pieces,
      fc.boolean(),
      ({ path, size, mtime, inode, checksum, error, end }, isEscaped) => {
        const quoted = isEscaped ? JSON.stringify(path) : `"${path}"`;
        const line = `{"path":${quoted},"size":${size},"mtime":${mtime},"inode":${inode},"checksum":${checksum},"error":${error}}${end}`;
        const entry = readPlainEntry(line);
        if (entry === undefined) return;
        count++;
        expect(entryLine(entry)).toBe(line);
        expect(judgeEntry(JSON.parse(line))).toEqual({ entry });
      },
    ),
    { numRuns: 20_000 },
  );
  expect(count).toBeGreaterThan(2000);
});
