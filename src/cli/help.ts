// Help as text: made from the same declarations that the parser checks, so that it cannot say anything else.
import type { Arg, Args, Command } from "./command.ts";
import { exitMeanings, type ExitCode } from "./exit.ts";
import { globalArgs } from "./globals.ts";
import type { Colours } from "./output/colour.ts";
import { aliasesOf, isPositional, isRequired } from "./parse.ts";
import type { Registered } from "./registry.ts";

/** `bsv`, `bsv --help`, or a group alone (`bsv config`): the commands there are. */
export function overview(
  registry: Readonly<Record<string, Registered>>,
  group: string | undefined,
  colours: Colours,
): string[] {
  const verbs = Object.entries(registry).filter(
    ([verb]) => group === undefined || verb.startsWith(`${group} `),
  );
  const rows = verbs.map(([verb, { summary }]): Row => [verb, summary]);
  return [
    group === undefined
      ? "bsv, the independent witness for backups: records what was on disk, and proves it later."
      : `bsv ${group}: one of these commands.`,
    ...section(
      "Usage",
      [`  bsv ${group ?? ""}${group === undefined ? "" : " "}COMMAND [flags]`],
      colours,
    ),
    ...(group === undefined
      ? chaptersOf(registry, colours)
      : section("Commands", columns(rows), colours)),
    ...section("Global flags", columns(flagRows(globalArgs)), colours),
    ...(group === undefined
      ? section("Exit codes", exitRows(Object.keys(exitMeanings)), colours)
      : []),
    "",
    `See bsv help ${group === undefined ? "" : `${group} `}COMMAND for arguments and examples.`,
  ];
}

/** `bsv VERB --help`. */
export function commandHelp(
  verb: string,
  summary: string,
  command: Command,
  colours: Colours,
): string[] {
  const args = command.args ?? {};
  const words = Object.entries(args).filter(([, arg]) => isPositional(arg));
  const usage = ["bsv", verb, ...words.map(([name, arg]) => wordUsage(name, arg)), "[flags]"];
  const exits = [0, 1, 2, ...(command.exits ?? []), 130];
  const wordRows = words.map(([name, arg]): Row => [name.toUpperCase(), describe(arg)]);
  const examples = command.examples.flatMap(({ line, about }) => [`  ${line}`, `      ${about}`]);
  return [
    `${summary}.`,
    ...(command.description === undefined ? [] : ["", ...command.description.split("\n")]),
    ...section("Usage", [`  ${usage.join(" ")}`], colours),
    ...section("Arguments", columns(wordRows), colours),
    ...section("Flags", columns(flagRows(args)), colours),
    ...section("Global flags", columns(flagRows(globalArgs)), colours),
    ...section("Examples", examples, colours),
    ...section("Exit codes", exitRows(exits.toSorted((a, b) => a - b).map(String)), colours),
  ];
}

// --- internal ---

/** The commands under the headings of their chapters, in one width. */
function chaptersOf(registry: Readonly<Record<string, Registered>>, colours: Colours): string[] {
  const verbs = Object.entries(registry);
  const lines = columns(verbs.map(([verb, { summary }]): Row => [verb, summary]));
  const chapters = Map.groupBy(lines, (_, index) => verbs[index]![1].chapter);
  return [...chapters].flatMap(([chapter, rows]) => section(chapter, rows, colours));
}

type Row = readonly [left: string, right: string];

function section(title: string, body: readonly string[], colours: Colours): string[] {
  return body.length === 0 ? [] : ["", colours.bold(`${title}:`), ...body];
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

function wordUsage(name: string, arg: Arg): string {
  const word = name.toUpperCase() + (arg.multiple === true ? "..." : "");
  return isRequired(arg) ? word : `[${word}]`;
}

function flagRows(args: Args): Row[] {
  const flags = Object.entries(args).filter(([, arg]) => !isPositional(arg));
  return flags.map(([name, arg]) => {
    const short = aliasesOf(arg).find((alias) => alias.length === 1);
    const value = arg.type === "boolean" ? "" : ` ${valueHint(arg)}`;
    return [`${short === undefined ? "    " : `-${short}, `}--${name}${value}`, describe(arg)];
  });
}

function valueHint(arg: Arg): string {
  if (arg.type === "enum") return (arg.options ?? []).join("|");
  return (arg as { valueHint?: string }).valueHint ?? "VALUE";
}

function describe(arg: Arg): string {
  const marks = [
    ...(arg.multiple === true && !isPositional(arg) ? ["repeatable"] : []),
    ...(isRequired(arg) && !isPositional(arg) ? ["required"] : []),
    ...(arg.default === undefined || arg.type === "enum" ? [] : [`default ${arg.default}`]),
  ];
  return `${arg.description ?? ""}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}`;
}

const exitRows = (codes: readonly string[]): string[] =>
  columns(codes.map((code): Row => [code, exitMeanings[Number(code) as ExitCode]]));
