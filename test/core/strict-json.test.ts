import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseStrict } from "#core/strict-json.ts";

test("strict JSON is JSON.parse for every value that is not nested too deep", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      expect(parseStrict(text)).toEqual({ value: JSON.parse(text) });
    }),
    { numRuns: 2000 },
  );
});

test("a key written twice is refused at any depth, in any spelling", () => {
  for (const text of [
    `{"a":1,"a":1}`,
    `{"a":1,"b":2,"\\u0061":1}`,
    `[{"x":{"a":{"b":1},"a":0}}]`,
    `{"__proto__":1,"__proto__":2}`,
    `{"":1,"":1}`,
  ]) {
    expect(parseStrict(text)).toEqual({ problem: "has a key twice" });
  }
  for (const text of [`{"a":":","b":":"}`, `{"__proto__":{"a":1}}`, `{"a\\":":1}`, `[":"]`]) {
    expect(parseStrict(text)).toHaveProperty("value");
  }
});

test("I11: nesting is measured before the parser sees it", () => {
  expect(parseStrict("[".repeat(8) + "]".repeat(8))).toHaveProperty("value");
  expect(parseStrict("[".repeat(9) + "]".repeat(9))).toEqual({ problem: "is nested too deep" });
  expect(parseStrict("[".repeat(5_000_000))).toEqual({ problem: "is nested too deep" });
});
