import { expect, test } from "bun:test";
import { CollisionFinder, type Collision } from "#core/collisions.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";

function collisionsOf(paths: string[]): Collision[] {
  const finder = new CollisionFinder();
  const keys = paths.map((path) => keyOfPath(path, false)).sort(compareKeys);
  return keys.flatMap((key) => [...finder.meet(key)]);
}

test("names that differ only in case or composition are found, in every folder, once", () => {
  const found = collisionsOf([
    "/d/xt_CONNMARK.h",
    "/d/xt_connmark.h",
    "/d/caf\u00e9",
    "/d/cafe\u0301",
    "/d/sub/a",
    "/d/Sub/b",
    "/d/Sub/c",
    "/d/readme/x",
    "/d/README",
    "/e/readme",
    "/D/x",
    "/d.x/y",
  ]);
  const pairs = found.map(({ kind, paths }) => `${kind} ${[...paths].sort().join(" ")}`).sort();
  expect(pairs).toEqual(
    [
      "case /D /d",
      "case /d/README /d/readme",
      "case /d/Sub /d/sub",
      "case /d/xt_CONNMARK.h /d/xt_connmark.h",
      "unicode /d/cafe\u0301 /d/caf\u00e9",
    ].sort(),
  );
});

test("names that no other system takes for one are no collision; bytes that are no text neither", () => {
  expect(collisionsOf(["/a/x", "/b/X", "/a/\udcff", "/a/\udcfe", "/a/x.txt", "bare"])).toEqual([]);
});
