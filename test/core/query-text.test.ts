import { expect, test } from "bun:test";
import fc from "fast-check";
import { pathText } from "#core/path-bytes.ts";
import { queryPairs, queryText } from "#core/query-text.ts";

test("a path of any bytes comes out of an address as it went in (I5)", () => {
  const path = fc.uint8Array({ maxLength: 40 }).map(pathText);
  fc.assert(
    fc.property(fc.array(fc.tuple(path, path)), (pairs) => {
      const text = queryText(pairs);
      expect(text).toMatch(/^[!-~]*$/);
      expect(queryPairs(`?${text}`)).toEqual(pairs);
    }),
    { numRuns: 500 },
  );
});

test("what is UTF-8 is read and written as the web does it", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      const theirs = new URLSearchParams(pairs);
      expect(queryPairs(theirs.toString())).toEqual([...theirs]);
      expect([...new URLSearchParams(queryText(pairs))]).toEqual([...theirs]);
    }),
    { numRuns: 500 },
  );
});

test("bytes that are not UTF-8, half-written escapes and missing values are taken as they stand", () => {
  expect(queryPairs("path=%2Fbad%ff%FE&x&=y&&a=b=c+d&p=100%&q=%zz")).toEqual([
    ["path", "/bad\udcff\udcfe"],
    ["x", ""],
    ["", "y"],
    ["a", "b=c d"],
    ["p", "100%"],
    ["q", "%zz"],
  ]);
});
