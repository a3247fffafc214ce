import { expect, test } from "bun:test";
import fc from "fast-check";
import { comparePaths, compareKeys, keyOfPath, pathOfKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

const paths = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).map((text) => pathBytes(text)),
    fc
      .array(fc.constantFrom("a", "b", "-", "/", "\u00e9", "\uffee", "\u{1f600}"), { minLength: 1 })
      .map((units) => pathBytes(units.join(""))),
  )
  .map((bytes) => pathText(bytes));

test("I5: strings sort as their raw bytes", () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const byBytes = Buffer.compare(pathBytes(a), pathBytes(b));
      expect(Math.sign(comparePaths(a, b))).toBe(byBytes);
    }),
    { numRuns: 5000 },
  );
});

test("a key leads back to its path", () => {
  const files: [string, string, string][] = [
    ["/home/u/foo.txt", "/home/u/", "foo.txt"],
    ["foo.txt", "", "foo.txt"],
    ["C:/x", "C:/", "x"],
  ];
  for (const [path, folder, name] of files) {
    expect(keyOfPath(path, false)).toEqual({ folder, name });
    expect(pathOfKey(folder, name)).toBe(path);
  }
  for (const path of ["/", "/locked", "C:/", "locked", "a/b"]) {
    const key = keyOfPath(path, true);
    expect(key.name).toBe("");
    expect(pathOfKey(key.folder, key.name)).toBe(path);
  }
});

test("a folder's content stands together, and sorts with its slash", () => {
  const sorted = ["/d/z", "/d/a-b/x", "/d/a/x", "/d/a/y", "/d/a/b/x", "/d/a0/x"].sort((a, b) =>
    compareKeys(keyOfPath(a, false), keyOfPath(b, false)),
  );
  expect(sorted).toEqual(["/d/z", "/d/a-b/x", "/d/a/x", "/d/a/y", "/d/a/b/x", "/d/a0/x"]);
});
