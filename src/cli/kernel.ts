// From the words of a command line to an exit code. Finds the command, reads its arguments, runs it, and gives every way
// it can end its message and its code.
import type { Args, Command } from "./command.ts";
import { Context } from "./context.ts";
import { EXIT_READER_GONE, exitOfOutcome } from "./exit.ts";
import { failureOf } from "./output/failure.ts";
import { globalArgs, type Globals } from "./globals.ts";
import { commandHelp, overview } from "./help.ts";
import { coloursFor } from "./output/colour.ts";
import { Output } from "./output/output.ts";
import { ReaderGone } from "./output/stream.ts";
import { readArguments, splitVerb } from "./parse.ts";
import type { Registered } from "./registry.ts";
import { listenForSignals } from "./signals.ts";

type Registry = Readonly<Record<string, Registered>>;

/** Runs one command line; resolves with the exit code when all output is written. */
export async function runLine(argv: readonly string[], registry: Registry): Promise<number> {
  const controller = new AbortController();
  let out = outputFor(guessGlobals(argv), controller);
  listenForSignals(controller, () => out.note("Interrupted: tidying up; once more stops at once"));
  try {
    const plan = planFor(argv, registry);
    if (plan.verb === undefined) return await help(plan.words, registry, out);
    const command = (await registry[plan.verb]!.load()).default;
    const args = readArguments(plan.rest, { ...globalArgs, ...command.args } as Args);
    const globals = args as Globals;
    if (globals.help) return await help(plan.verb.split(" "), registry, out); // -qh
    out = outputFor(globals, controller);
    const context = new Context(out, globals, command, controller.signal);
    return await Promise.race([runCommand(command, args, context), strayFailure()]);
  } catch (error) {
    return await fail(error, out, controller.signal);
  }
}

// --- internal ---

type Plan = { verb: undefined; words: string[] } | { verb: string; rest: readonly string[] };

/** What the line asks for: a command, or help for these words. */
function planFor(argv: readonly string[], registry: Registry): Plan {
  const { verb, rest } = splitVerb(argv, [...Object.keys(registry), "help"]);
  const flags = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : undefined);
  if (verb === "help") return { verb: undefined, words: wordsIn(rest) };
  if (flags.includes("--version")) {
    return { verb: "version", rest: rest.filter((word) => word !== "--version") };
  }
  const wantsHelp = flags.includes("--help") || flags.includes("-h");
  if (verb !== undefined && verb in registry && !wantsHelp) return { verb, rest };
  if (!wantsHelp) readArguments(rest, globalArgs);
  return { verb: undefined, words: verb?.split(" ") ?? [] };
}

function wordsIn(rest: readonly string[]): string[] {
  const words = { type: "positional", required: false, multiple: true } as const;
  return readArguments(rest, { ...globalArgs, words }).words;
}

async function help(words: readonly string[], registry: Registry, out: Output): Promise<number> {
  const { verb } = splitVerb(words, [...Object.keys(registry), "help"]);
  const found = verb === undefined ? undefined : registry[verb];
  const group = verb === "help" ? undefined : verb;
  const text =
    found === undefined
      ? overview(registry, group, out.colours)
      : commandHelp(verb!, found.summary, (await found.load()).default, out.colours);
  await out.write(`${text.join("\n")}\n`);
  await out.finish();
  return 0;
}

async function runCommand(command: Command, args: object, context: Context): Promise<number> {
  try {
    const outcome = await command.run(context, args as never);
    await context.out.finish();
    return exitOfOutcome[outcome];
  } finally {
    await context.close();
  }
}

/** Rejects with a failure that nobody waited for: a bug, but one that is told like any other and ends the run. */
function strayFailure(): Promise<never> {
  return new Promise((_, reject) => {
    process.on("uncaughtException", reject);
    process.on("unhandledRejection", reject);
  });
}

async function fail(thrown: unknown, out: Output, signal: AbortSignal): Promise<number> {
  const isEcho = signal.aborted && thrown instanceof Error && thrown.name === "AbortError";
  const error: unknown = isEcho ? signal.reason : thrown;
  if (error instanceof ReaderGone) return EXIT_READER_GONE;
  const failure = failureOf(error);
  const isTold = out.isJson && (await out.event("error", failure).then(...TOLD));
  const isOwnWish = failure.code === "interrupted" && signal.aborted;
  if (!isTold && !isOwnWish) out.failure(failure);
  if (error instanceof Error) out.trace(stackOf(error));
  await out.finish().catch(() => undefined); // stdout failed: that is what was just reported
  return failure.exit;
}

/** Whether an event reached stdout. Where stdout itself is the trouble, it is told on stderr instead. */
const TOLD = [(): boolean => true, (): boolean => false] as const;

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

function outputFor(globals: Globals, controller: AbortController): Output {
  const choice = globals["no-color"] ? "never" : globals.color;
  const channel = (stream: NodeJS.WriteStream) => ({
    stream,
    colours: coloursFor(choice, stream.isTTY === true, process.env),
  });
  return new Output({
    isJson: globals.json,
    isQuiet: globals.quiet,
    isVerbose: globals.verbose,
    stdout: channel(process.stdout),
    stderr: channel(process.stderr),
    onFailure: (error) => controller.abort(error),
  });
}

/** How to speak before the line is understood, so that its errors too come as they were asked for. */
function guessGlobals(argv: readonly string[]): Globals {
  const has = (...flags: string[]): boolean => argv.some((word) => flags.includes(word));
  const color = has("--color=never", "--no-color")
    ? "never"
    : has("--color=always")
      ? "always"
      : "auto";
  return {
    ...readArguments([], globalArgs),
    json: has("--json"),
    quiet: has("-q", "--quiet"),
    verbose: has("-v", "--verbose"),
    color,
  };
}
