import { expect, test } from "bun:test";
import fc from "fast-check";
import { BsvError } from "#core/errors.ts";
import type { Args } from "#cli/command.ts";
import { globalArgs } from "#cli/globals.ts";
import { readArguments, splitVerb } from "#cli/parse.ts";

const args = {
  set: { type: "positional", required: false, multiple: true },
  limit: { type: "string", valueHint: "N", read: Number },
  exclude: { type: "string", multiple: true },
  order: { type: "enum", options: ["asc", "desc"] },
  "dry-run": { type: "boolean", alias: "n" },
  ...globalArgs,
} as const satisfies Args;

const verbs = ["version", "snapshots", "config check", "config show"];

/** The error of a line, as `message | hint`. */
function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BsvError && error.code === "usage")
      return `${error.message} | ${error.hint}`;
    throw error;
  }
  throw new Error("accepted");
}

test("global flags stand before or after the verb, and words keep their order", () => {
  const line = ["--json", "-f", "x.yaml", "snapshots", "a", "-q", "b"];
  const { verb, rest } = splitVerb(line, verbs);
  expect(verb).toBe("snapshots");
  const values = readArguments(rest, args);
  expect(values).toMatchObject({ json: true, file: "x.yaml", quiet: true, set: ["a", "b"] });
});

test("a group takes a second word, wherever flags stand between", () => {
  expect(splitVerb(["config", "--json", "check"], verbs)).toEqual({
    verb: "config check",
    rest: ["--json"],
  });
  expect(splitVerb(["config"], verbs).verb).toBe("config");
  expect(complaint(() => splitVerb(["config", "chek"], verbs))).toBe(
    'Unknown command: "config chek" | Did you mean config check?',
  );
});

test("nothing after -- is a flag", () => {
  const values = readArguments(["--limit", "3", "--", "--json", "-q"], args);
  expect(values).toMatchObject({ limit: 3, json: false, quiet: false, set: ["--json", "-q"] });
});

test("a repeatable flag collects, in order; -n is --dry-run; = and a space both give a value", () => {
  const values = readArguments(["--exclude", "a", "-n", "--exclude=b=c"], args);
  expect(values).toMatchObject({ exclude: ["a", "b=c"], "dry-run": true, limit: undefined });
});

test("what nobody declared is refused, with the nearest thing that would have been right", () => {
  const of = (...line: string[]) => complaint(() => readArguments(line, args));
  expect([
    of("--limt", "3"),
    of("--zzz"),
    of("-x"),
    of("--limit"),
    of("--limit", "--json"),
    of("--limit="),
    of("--json=true"),
    of("--limit", "1", "--limit", "2"),
    of("--json", "--json"),
    of("--order", "dsc"),
  ]).toMatchInlineSnapshot(`
    [
      "Unknown flag: "--limt" | Did you mean --limit?",
      "Unknown flag: "--zzz" | See --help for the flags there are",
      "Unknown flag: "-x" | See --help for the flags there are",
      "--limit needs a value | Say --limit N",
      "--limit needs a value | If "--json" is the value, write --limit=--json",
      "--limit is empty | undefined",
      "--json takes no value | Say --json alone, or leave it out",
      "--limit is given twice | Once is enough",
      "--json is given twice | Once is enough",
      "--order: "dsc" is not one of asc, desc | Did you mean asc?",
    ]
  `);
});

test("a stray word, an unknown verb and a flag before the verb are refused", () => {
  expect([
    complaint(() => readArguments(["x"], globalArgs)),
    complaint(() => readArguments([], { ref: { type: "positional", description: "A snapshot" } })),
    complaint(() => splitVerb(["snapshot"], verbs)),
    complaint(() => splitVerb(["frobnicate"], verbs)),
    complaint(() => splitVerb(["--limit", "3", "snapshots"], verbs)),
  ]).toMatchInlineSnapshot(`
    [
      "Unexpected word: "x" | This command takes flags only",
      "REF is missing | REF: A snapshot",
      "Unknown command: "snapshot" | Did you mean snapshots?",
      "Unknown command: "frobnicate" | See bsv --help for the commands there are",
      "Unknown flag before the command: "--limit" | Flags of a command come after its name: bsv COMMAND [flags]",
    ]
  `);
});

test("any line is either understood or refused as usage", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "--",
      "-",
      "-q",
      "-qv",
      "-f",
      "-fx",
      "-nq",
      "--json",
      "--limit",
      "--limit=",
      "--order=asc",
    ),
    fc.constantFrom(
      "--no-json",
      "--__proto__",
      "--toString=x",
      "constructor",
      "",
      "snapshots",
      "config",
    ),
    fc.string({ maxLength: 6 }),
  );
  const orRefused = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      expect(error).toBeInstanceOf(BsvError);
      expect((error as BsvError).code).toBe("usage");
    }
  };
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (line) => {
      orRefused(() => splitVerb(line, verbs));
      orRefused(() => {
        const values = readArguments(line, args);
        expect(Object.keys(values)).toEqual(Object.keys(args));
      });
    }),
    { numRuns: 3000 },
  );
});
