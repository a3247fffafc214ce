// The strict reading of a command line. Nothing passes by accident: an unknown flag, a stray word, a missing, wrong or
// doubled value is a BsvError `usage`, with the nearest thing that would have been right.
import { parseArgs } from "node:util";
import { BsvError } from "#core/errors.ts";
import { nearest } from "#core/suggest.ts";
import type { Arg, Args, Values } from "./command.ts";
import { globalArgs } from "./globals.ts";

export interface SplitLine {
  /** The verb, one word or two (`config check`); the group alone (`config`); undefined when there is no word. */
  readonly verb: string | undefined;
  /** Everything else, in its order. */
  readonly rest: readonly string[];
}

/** Finds the verb among the words; only global flags may stand before it. */
export function splitVerb(argv: readonly string[], verbs: readonly string[]): SplitLine {
  const words = tokensOf(argv, globalArgs).filter((token) => token.kind === "positional");
  const first = words[0];
  if (first === undefined) return { verb: undefined, rest: argv };
  refuseUnknown(argv.slice(0, first.index), globalArgs, "before the command");
  const subVerbs = verbs.filter((verb) => verb.startsWith(`${first.value} `));
  if (subVerbs.length === 0) {
    if (verbs.includes(first.value)) return { verb: first.value, rest: without(argv, first) };
    throw unknownVerb(first.value, verbs);
  }
  const second = words[1];
  if (second === undefined) return { verb: first.value, rest: without(argv, first) };
  const verb = `${first.value} ${second.value}`;
  if (!subVerbs.includes(verb)) throw unknownVerb(verb, subVerbs);
  return { verb, rest: without(without(argv, second), first) };
}

/** Reads all arguments of a command. Words fill the positionals in the order of their declaration. */
export function readArguments<T extends Args>(argv: readonly string[], declared: T): Values<T> {
  const given = new Map<string, string[]>();
  const takesDashes = Object.values(declared).some((arg) => arg.mayStartWithDash === true);
  const masked = takesDashes ? argv.map((word) => word.replace(DASHED_WORD, `${MASK}$&`)) : argv;
  for (const token of tokensOf(masked, declared)) {
    if (token.kind === "option-terminator") continue;
    const isFlag = token.kind === "option";
    const word = isFlag ? "" : token.value.replace(MASK, "");
    const name = isFlag ? nameOf(token, declared) : nextPositional(word, declared, given);
    const value = isFlag ? flagValue(token, declared[name]!, argv) : word;
    const before = given.get(name);
    if (before !== undefined && declared[name]!.multiple !== true) {
      throw new BsvError("usage", `--${name} is given twice`, { hint: "Once is enough" });
    }
    given.set(name, [...(before ?? []), value]);
  }
  const values = Object.entries(declared).map(([name, arg]) => {
    return [name, valueOf(name, arg, given.get(name) ?? [])] as const;
  });
  return Object.fromEntries(values) as Values<T>;
}

export const isPositional = (arg: Arg): boolean => arg.type === "positional";

export const isRequired = (arg: Arg): boolean =>
  arg.required ?? (isPositional(arg) && arg.default === undefined);

export const aliasesOf = (arg: Arg): string[] =>
  isPositional(arg) ? [] : [(arg as { alias?: string | string[] }).alias ?? []].flat();

// --- internal ---

/** Put before a word that looks like flags and is none; no word of a command line holds a NUL. */
const MASK = "\0";
const DASHED_WORD = /^-[^-].+/;

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];
type OptionToken = Extract<Token, { kind: "option" }>;

/** node:util finds flags, values and words; what is right is decided here, so its own strictness stays off. */
function tokensOf(argv: readonly string[], declared: Args): Token[] {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const [name, arg] of Object.entries(declared)) {
    if (isPositional(arg)) continue;
    const type = arg.type === "boolean" ? "boolean" : "string";
    const short = aliasesOf(arg).find((alias) => alias.length === 1);
    options[name] = short === undefined ? { type } : { type, short };
    for (const alias of aliasesOf(arg)) if (alias.length > 1) options[alias] = { type };
  }
  return parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function nameOf(token: OptionToken, declared: Args): string {
  const found = Object.keys(declared).find((name) => {
    const arg = declared[name]!;
    return !isPositional(arg) && (name === token.name || aliasesOf(arg).includes(token.name));
  });
  if (found !== undefined) return found;
  const long = Object.keys(declared).filter((name) => !isPositional(declared[name]!));
  const near = token.name.length > 1 ? nearest(token.name, long) : undefined;
  throw new BsvError("usage", `Unknown flag: ${quote(token.rawName)}`, {
    hint: near === undefined ? "See --help for the flags there are" : `Did you mean --${near}?`,
    details: { flag: token.rawName },
  });
}

/** The positional that the next word belongs to: the first one still without, or one that takes many. */
function nextPositional(word: string, declared: Args, given: ReadonlyMap<string, unknown>): string {
  const names = Object.keys(declared).filter((name) => isPositional(declared[name]!));
  const name = names.find((name) => !given.has(name) || declared[name]!.multiple === true);
  if (name !== undefined) return name;
  throw new BsvError("usage", `Unexpected word: ${quote(word)}`, {
    hint: names.length === 0 ? "This command takes flags only" : "See --help for its arguments",
  });
}

function flagValue(token: OptionToken, arg: Arg, argv: readonly string[]): string {
  if (arg.type === "boolean") {
    if (token.value === undefined) return "true";
    throw new BsvError("usage", `${token.rawName} takes no value`, {
      hint: `Say ${token.rawName} alone, or leave it out`,
    });
  }
  // `--limit --json`: the next flag is not the value that was forgotten. `--limit=--json` says it is meant.
  const isNextFlag = token.inlineValue === false && /^-./.test(token.value);
  if (token.value !== undefined && !isNextFlag) return token.value;
  const hint = (arg as { valueHint?: string }).valueHint ?? "VALUE";
  throw new BsvError("usage", `${token.rawName} needs a value`, {
    hint: isNextFlag
      ? `If ${quote(argv[token.index + 1]!)} is the value, write ${token.rawName}=${argv[token.index + 1]}`
      : `Say ${token.rawName} ${hint}`,
  });
}

function valueOf(name: string, arg: Arg, words: readonly string[]): unknown {
  if (arg.type === "boolean") return words.length > 0;
  const label = isPositional(arg) ? name.toUpperCase() : `--${name}`;
  if (words.length === 0 && isRequired(arg)) {
    throw new BsvError("usage", `${label} is missing`, {
      hint: arg.description === undefined ? "See --help" : `${label}: ${arg.description}`,
    });
  }
  const values = words.length === 0 && arg.default !== undefined ? [String(arg.default)] : words;
  const read = values.map((word) => valueOfWord(label, arg, word));
  return arg.multiple === true ? read : read[0];
}

function valueOfWord(label: string, arg: Arg, word: string): unknown {
  if (word === "") throw new BsvError("usage", `${label} is empty`);
  if (arg.type === "enum") {
    const options = arg.options ?? [];
    if (options.includes(word)) return word;
    const near = nearest(word, options);
    throw new BsvError("usage", `${label}: ${quote(word)} is not one of ${options.join(", ")}`, {
      hint: near === undefined ? `Say ${label} ${options.join("|")}` : `Did you mean ${near}?`,
    });
  }
  if (arg.read === undefined) return word;
  try {
    return arg.read(word);
  } catch (error) {
    if (!(error instanceof BsvError) || error.message.startsWith(label)) throw error;
    throw new BsvError(error.code, `${label}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: error.details,
      cause: error,
    });
  }
}

function refuseUnknown(argv: readonly string[], declared: Args, where: string): void {
  for (const token of tokensOf(argv, declared)) {
    if (token.kind !== "option") continue;
    try {
      nameOf(token, declared);
    } catch (cause) {
      throw new BsvError("usage", `Unknown flag ${where}: ${quote(token.rawName)}`, {
        hint: "Flags of a command come after its name: bsv COMMAND [flags]",
        cause,
      });
    }
  }
}

function unknownVerb(verb: string, verbs: readonly string[]): BsvError {
  const near = nearest(verb, [...verbs, "help"]);
  return new BsvError("usage", `Unknown command: ${quote(verb)}`, {
    hint:
      near === undefined ? "See bsv --help for the commands there are" : `Did you mean ${near}?`,
  });
}

const without = (argv: readonly string[], token: Token): string[] => argv.toSpliced(token.index, 1);

const quote = (word: string): string => JSON.stringify(word);
