import { expect, test } from "bun:test";
import fc from "fast-check";
import { entryLine, jsonText, MTIME_LIMIT_US, type Entry } from "#core/entry.ts";
import { entryProblems, judgeEntry, microseconds } from "#core/entry-json.ts";
import { pathText } from "#core/path-bytes.ts";

const file: Entry = {
  path: "/home/user/foo.txt",
  type: "file",
  target: null,
  sizeBytes: 1024,
  mtimeUs: 1_729_493_434_330_000,
  inode: 123_456,
  checksum: "abc123",
  error: null,
};

test("a file's line is the owner's shape, key for key", () => {
  expect(entryLine(file)).toBe(
    '{"path":"/home/user/foo.txt","size":1024,"mtime":1729493434.33,"inode":123456,"checksum":"abc123","error":null}',
  );
});

test("a symlink's line names type and target; a big inode is a string; DEL is escaped", () => {
  const link: Entry = {
    ...file,
    path: "/a\u007fb",
    type: "symlink",
    target: "../x",
    checksum: null,
    inode: "18446744073709551615",
  };
  expect(entryLine(link)).toBe(
    '{"path":"/a\\u007fb","type":"symlink","target":"../x","size":1024,"mtime":1729493434.33,"inode":"18446744073709551615","checksum":null,"error":null}',
  );
});

const entries = fc.record({
  path: fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => `/${pathText(bytes.map((byte) => (byte === 0 || byte === 47 ? 65 : byte)))}`),
  type: fc.constant("file" as const),
  target: fc.constant(null),
  sizeBytes: fc.maxSafeNat(),
  mtimeUs: fc.integer({ min: -MTIME_LIMIT_US, max: MTIME_LIMIT_US }),
  inode: fc.oneof(fc.maxSafeNat(), fc.constant("9007199254740993")),
  checksum: fc.option(fc.constantFrom("ab".repeat(32), "0fee")),
  error: fc.constant(null),
});

test("I5: any possible entry survives its own line, mtime to the microsecond", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      expect(judgeEntry(JSON.parse(entryLine(entry)))).toEqual({ entry });
    }),
    { numRuns: 3000 },
  );
});

test("seconds become microseconds exactly, floored only below the microsecond", () => {
  expect(microseconds(1_729_493_434.33)).toBe(1_729_493_434_330_000);
  expect(microseconds(0.000_000_9)).toBe(0);
  expect(microseconds(-0.000_000_1)).toBe(-1);
  expect(Object.is(microseconds(-0), 0)).toBe(true);
  expect(microseconds(1e300)).toBe(MTIME_LIMIT_US);
});

test("what a foreign writer may leave out is filled in, upper-case hex is lowered", () => {
  const judged = judgeEntry({ path: "foo", size: 1, mtime: 2.5, checksum: "ABCD" });
  expect(judged).toEqual({
    entry: { ...file, path: "foo", sizeBytes: 1, mtimeUs: 2_500_000, inode: 0, checksum: "abcd" },
  });
});

const impossible: [string, Record<string, unknown>][] = [
  ["an empty path", { path: "" }],
  ["a NUL in the path", { path: "/a\0b" }],
  ["a path that ends with a slash", { path: "/a/" }],
  ["a second spelling of valid UTF-8", { path: "/\udcc3\udca9" }],
  ["a negative size", { size: -1 }],
  ["a size that is no whole number", { size: 1.5 }],
  ["a size without error that is null", { size: null }],
  ["a checksum beside an error", { error: "EACCES: permission denied" }],
  ["a checksum that is no hex", { checksum: "xyz123" }],
  ["a symlink without target", { type: "symlink", checksum: null }],
  ["a file with a target", { target: "x" }],
  ["a folder that could be listed", { type: "dir", checksum: null }],
  ["a small inode as text", { inode: "5" }],
  ["an mtime in milliseconds", { mtime: 1_729_493_434_330 }],
  ["an error with half a character", { error: "EIO: \ud83d", checksum: null }],
  ["an unknown type", { type: "fifo" }],
];

for (const [what, change] of impossible) {
  test(`${what} is refused, with the key named`, () => {
    const good = { path: "/a", size: 1, mtime: 1, inode: 1, checksum: "abcd", error: null };
    expect(judgeEntry(good)).toHaveProperty("entry");
    const judged = judgeEntry({ ...good, ...change });
    const problem = "problem" in judged ? judged.problem : "";
    expect(problem).toMatch(/^(\w+, )*\w+: /);
    expect(entryProblems({ ...good, ...change }, false)).toContain(problem);
  });
}

test("the JSON of a text is what JSON.stringify makes of it, but for DEL", () => {
  const units = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom(
      '"',
      "\\",
      "/",
      " ",
      "~",
      "\u007f",
      "\u0080",
      "\u2028",
      "\ud7ff",
      "\ud83d",
      "\ude00",
    ),
  );
  fc.assert(
    fc.property(fc.array(units, { maxLength: 6 }), (parts) => {
      const text = parts.join("");
      expect(jsonText(text)).toBe(JSON.stringify(text).replaceAll("\u007f", "\\u007f"));
    }),
    { numRuns: 5000 },
  );
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = String.fromCharCode(unit);
    const wanted = JSON.stringify(text).replaceAll("\u007f", "\\u007f");
    if (jsonText(text) !== wanted) expect(jsonText(text)).toBe(wanted);
  }
});
