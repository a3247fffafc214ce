import { expect, test } from "bun:test";
import fc from "fast-check";
import { applyDelta, type Change } from "#core/delta.ts";
import { isSameEntry, type Entry } from "#core/entry.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";

const keyOf = (entry: Entry) => keyOfPath(entry.path, entry.type === "dir");

/** Small trees over few paths, so that the same path often stands in both. */
const trees = fc
  .uniqueArray(
    fc.record({
      path: fc.constantFrom("/a", "/a/b", "/a-b", "/a-b/c", "/z", "/a/z", "/é"),
      isFolder: fc.boolean(),
      sizeBytes: fc.nat(2),
    }),
    { selector: ({ path, isFolder }) => `${path}${isFolder}` },
  )
  .map((items) =>
    items
      .map(({ path, isFolder, sizeBytes }): Entry => ({
        path,
        type: isFolder ? "dir" : "file",
        target: null,
        sizeBytes,
        mtimeUs: 0,
        inode: 0,
        checksum: null,
        error: isFolder ? "EACCES: permission denied" : null,
      }))
      .sort((a, b) => compareKeys(keyOf(a), keyOf(b))),
  );

/** The naive delta: every key of both, looked up. */
function deltaOf(from: Entry[], to: Entry[]): Change[] {
  const keys = [...from, ...to].map(keyOf).sort(compareKeys);
  const at = (tree: Entry[], key: Change["key"]) =>
    tree.find((entry) => compareKeys(keyOf(entry), key) === 0) ?? null;
  return keys
    .filter((key, i) => i === 0 || compareKeys(keys[i - 1]!, key) !== 0)
    .map((key) => ({ key, before: at(from, key), entry: at(to, key) }))
    .filter(
      ({ before, entry }) => !(before && entry ? isSameEntry(before, entry) : before === entry),
    )
    .map(({ key, entry }) => ({ key, entry }));
}

test("the delta of two trees, applied to the first, gives the second", () => {
  fc.assert(
    fc.property(trees, trees, (from, to) => {
      expect([...applyDelta(from, deltaOf(from, to))]).toEqual(to);
    }),
    { numRuns: 2000 },
  );
});
