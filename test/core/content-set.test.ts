// Contents that a run has proven: none is lost, none is made up, and they come in an order that an index likes.
import { expect, test } from "bun:test";
import { ContentSet } from "#core/proof/content-set.ts";
import { Random } from "#test/db/random.ts";

test("every content that was added comes out once, by its first 16 bytes, in the order of the first two", () => {
  const random = new Random(5);
  const checksums = Array.from({ length: 40_000 }, () =>
    Array.from({ length: 8 }, () =>
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join(""),
  );
  const set = new ContentSet();
  for (const checksum of checksums) set.add(checksum);
  set.add("abcd"); // too short to tell contents apart
  const given = Array.from(set, (content) => content.toHex());
  expect(given.toSorted()).toEqual(checksums.map((one) => one.slice(0, 32)).toSorted());
  const prefixes = given.map((one) => one.slice(0, 4));
  expect(prefixes).toEqual(prefixes.toSorted());
  expect([...new ContentSet()]).toEqual([]);
});
