// A command is a declaration (citty's, plus what citty cannot say: repeated flags and typed values) and a `run`.
// One file each, `commands/<verb>.ts`, default export; one line in registry.ts makes it known. Commands are words only:
// they parse, call a job or read the store, and report.
import type { ArgDef } from "citty";
import type { Context } from "./context.ts";
import type { ExitCode, Outcome } from "./exit.ts";

/** One argument. A positional is required unless it says `required: false`; a flag only where it says `required: true`. */
export type Arg = ArgDef & {
  /** May be given more than once; the value is an array, empty when it was not given. */
  multiple?: boolean;
  /** A positional whose words may start with a dash: `-draft` is a word then, only `-n` and `--name` are flags. */
  mayStartWithDash?: boolean;
  /** Turns the word into a value; throws a BsvError `usage` that says what would have been right. See values.ts. */
  read?: (text: string) => unknown;
};
export type Args = Record<string, Arg>;

export interface Command<T extends Args = Args> {
  /** What the one line in the registry leaves open: sentences, wrapped by hand at 80. */
  readonly description?: string;
  readonly args?: T;
  /** Command lines with a word about each; help shows them and tests parse them. */
  readonly examples: readonly Example[];
  /** The exit codes a script should be ready for, beside 1, 2 and 130. */
  readonly exits?: readonly ExitCode[];
  /** With --json: `events` writes NDJSON whose last line is `summary` or `error`; `answer` (default) one document. */
  readonly json?: "answer" | "events";
  run(context: Context, args: Values<T>): Promise<Outcome>;
}

export interface Example {
  readonly line: string;
  readonly about: string;
}

/** Values of arguments, by name, as `run` gets them. */
export type Values<T extends Args> = { [K in keyof T]: ValueOf<T[K]> };

export function defineCommand<const T extends Args>(command: Command<T>): Command<T> {
  return command;
}

/** For every verb that writes: say what would happen, change nothing. */
export const dryRun = {
  type: "boolean",
  alias: "n",
  description: "Say what would be done, and do nothing",
} as const;

// --- internal ---

type ValueOf<A extends Arg> = A extends { type: "boolean" }
  ? boolean
  : A extends { multiple: true }
    ? One<A>[]
    : IsGiven<A> extends true
      ? One<A>
      : One<A> | undefined;

type One<A extends Arg> = A extends { read: (text: string) => infer V }
  ? V
  : A extends { type: "enum"; options: readonly (infer O)[] }
    ? O
    : string;

type IsGiven<A extends Arg> = A extends { required: true } | { default: string }
  ? true
  : A extends { required: false }
    ? false
    : A extends { type: "positional" }
      ? true
      : false;
