import { expect, test } from "bun:test";
import fc from "fast-check";
import { BsvError } from "#core/errors.ts";
import { readDocument, type DocumentForm } from "#core/read-document.ts";

interface Pieces {
  members: [string, unknown][];
  entries: unknown[];
  lines: number[];
}

/** Reads `text`, cut at the given places, as a server would get it. */
async function read(
  text: string | Uint8Array,
  form: DocumentForm = "json",
  cuts: number[] = [],
): Promise<Pieces> {
  const bytes = Buffer.from(text as string);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const pieces: Pieces = { members: [], entries: [], lines: [] };
  await readDocument(
    (async function* () {
      for (const [i, from] of places.entries()) yield bytes.subarray(from, places[i + 1]);
    })(),
    form,
    {
      member: (name, value) => pieces.members.push([name, value]),
      entry: (entry, line) => {
        pieces.entries.push(JSON.parse(entry));
        pieces.lines.push(line);
      },
    },
  );
  return pieces;
}

async function problemOf(text: string | Uint8Array, form: DocumentForm = "json") {
  try {
    await read(text, form);
  } catch (error) {
    if (error instanceof BsvError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no problem";
}

const leaf = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "\n", "é", "\udc80"),
  }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const nested = (depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? leaf
    : fc.oneof(
        leaf,
        fc.array(nested(depth - 1), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 4 }), nested(depth - 1), { maxKeys: 4 }),
      );
const documents = fc.record({
  before: fc.dictionary(
    fc.string().filter((key) => key !== "files"),
    nested(3),
    { maxKeys: 4 },
  ),
  files: fc.option(fc.array(nested(2), { maxLength: 6 }), { nil: undefined }),
  after: fc.dictionary(
    fc.string().filter((key) => key !== "files"),
    nested(3),
    { maxKeys: 4 },
  ),
});
const cuts = fc.array(fc.nat(), { maxLength: 12 });

test("I5: the tokenizer sees what JSON.parse sees, however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(documents, cuts, fc.constantFrom(0, 1, "\t"), async (parts, cuts, indent) => {
      const { before, files, after } = parts;
      const whole = { ...before, ...(files === undefined ? {} : { files }), ...after };
      const text = JSON.stringify(whole, null, indent);
      const pieces = await read(text, "json", cuts);
      const expected = JSON.parse(text);
      delete expected.files;
      expect(pieces.members).toEqual(Object.entries(expected));
      expect(pieces.entries).toEqual(JSON.parse(JSON.stringify(files ?? [])));
    }),
    { numRuns: 1500 },
  );
});

test("both forms give the same pieces, and each entry's line", async () => {
  const header = `{"a":1,"b":{"c":"\\udc80"}}`;
  const asJson = await read(`{"a":1,"b":{"c":"\\udc80"},\n"files":[\n{"n":1},\n{"n":2}\n]}\n`);
  const asLines = await read(`${header}\n{"n":1}\n{"n":2}`, "ndjson", [3, 11, 20, 31]);
  expect(asLines.members).toEqual(asJson.members);
  expect(asLines.entries).toEqual(asJson.entries);
  expect(asLines.lines).toEqual([2, 3]);
  expect(asJson.lines).toEqual([3, 4]);
});

test("what JSON.parse refuses is refused, cut short anywhere or with a byte changed", async () => {
  const text = `{"a": [1, {"b": "x\\n"}], "files": [{"p": 1}, {"p": "é"}], "z": null}`;
  for (let end = 0; end < text.length; end++) {
    expect(await problemOf(text.slice(0, end))).toMatch(/^malformed: /);
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), async (at, other) => {
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      let isJson = true;
      try {
        JSON.parse(changed);
      } catch {
        isJson = false;
      }
      const outcome = await problemOf(changed).catch(() => "an entry that is no JSON");
      if (!isJson) expect(outcome).not.toBe("no problem");
    }),
    { numRuns: 2000 },
  );
});

test("doubled keys, deep nesting and broken UTF-8 are refused with their line", async () => {
  expect(await problemOf(`{"a":1,\n"a":2}`)).toBe(
    `malformed: Line 2: The document has a key twice: "a"`,
  );
  expect(await problemOf(`{"a":1,"\\u0061":2}`)).toContain("has a key twice");
  expect(await problemOf(`{"files":[],"files":[]}`)).toContain("has a key twice");
  expect(await problemOf(`{"a":{"b":1,"b":1}}`)).toBe("malformed: Line 1: a: has a key twice");
  expect(await problemOf(`{"a":${"[".repeat(7)}${"]".repeat(7)}}`)).toBe("no problem");
  expect(await problemOf(`{"a":${"[".repeat(8)}${"]".repeat(8)}}`)).toContain("nested too deep");
  expect(await problemOf(`{"a":${"[".repeat(1e6)}`)).toMatch(/^malformed: .*ends too early/);
  const broken = Buffer.from(`{"files":[\n"ok",\n"caf\u00e9"]}`, "latin1");
  expect(await problemOf(broken)).toBe("malformed: Line 3: The text is not UTF-8");
  expect(await problemOf(`{"files":["\ufffd"]}`)).toBe("no problem");
});

test("I11: a piece over its limit is refused before it is held in memory", async () => {
  const long = "x".repeat((1 << 20) + 1);
  expect(await problemOf(`{"files":["${long}"]}`)).toMatch(/^too_large: Line 1: The entry/);
  expect(await problemOf(`{}\n"${long}"`, "ndjson")).toMatch(/^too_large: Line 2: /);
  const header = "x".repeat(4 << 20);
  expect(await problemOf(`{"a":"${header}"}`)).toMatch(/^too_large: Line 1: The header/);
  expect(await problemOf(`{"${header}":1}`)).toMatch(/^too_large: /);
  const keys = Array.from({ length: 5 }, (_, i) => `"${i}":"${header.slice(0, 1 << 20)}"`);
  expect(await problemOf(`{${keys.join(",")}}`)).toMatch(/^too_large: /);
});

test("NDJSON that is empty, or holds its entries in the header, says so", async () => {
  expect(await problemOf("", "ndjson")).toBe("malformed: Line 1: The document is empty");
  expect(await problemOf(`{"files":[{}]}`, "ndjson")).toMatch(/^invalid_document: Line 1: files/);
  expect(await problemOf(`{"files":{}}`)).toMatch(
    /^invalid_document: Line 1: files: is not an array/,
  );
});
