import { expect, test } from "bun:test";
import fc from "fast-check";
import { isExactPath, pathBytes, pathText } from "#core/path-bytes.ts";

const names = fc.uint8Array({ minLength: 0, maxLength: 64 });

test("I5: any bytes become a string and come back exactly", () => {
  fc.assert(
    fc.property(names, (bytes) => {
      const text = pathText(bytes);
      expect(Buffer.compare(pathBytes(text), bytes)).toBe(0);
      expect(isExactPath(text)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("I5: the string survives JSON", () => {
  fc.assert(
    fc.property(names, (bytes) => {
      const text = pathText(bytes);
      expect(JSON.parse(JSON.stringify(text))).toBe(text);
    }),
  );
});

test("bytes that are not UTF-8 are escaped as Python's surrogateescape does", () => {
  const cases: [number[], string][] = [
    [[0x66, 0xff, 0x6f], "f\udcffo"],
    [[0xc3, 0xa9], "é"],
    [[0xed, 0xa0, 0x80], "\udced\udca0\udc80"], // an encoded surrogate is not UTF-8
    [[0xe2, 0x82, 0x41], "\udce2\udc82A"], // cut short
    [[0xf0, 0x9f, 0x98, 0x80, 0x80], "😀\udc80"],
    [[0xef, 0xbf, 0xbd], "\ufffd"], // a real replacement character stays itself
    [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"], // a byte order mark is part of the name
    [[0xef, 0xbb, 0xbf, 0xff], "\ufeff\udcff"],
  ];
  for (const [bytes, text] of cases) expect(pathText(Uint8Array.from(bytes))).toBe(text);
});

test("a second spelling of the same bytes is no exact path", () => {
  expect(isExactPath("\udcc3\udca9")).toBe(false);
  expect(isExactPath("\udc7f")).toBe(false);
  expect(isExactPath("\ud800x")).toBe(false);
  expect(isExactPath("\ud800")).toBe(false);
  expect(isExactPath("a\udcff😀é")).toBe(true);
});
