// What a command says, and where: data to stdout, everything else to stderr; text for people (names escaped), JSON for
// programs (names exact). The only place that prints; the status line of a terminal is kept out of the way here.
import { jsonText } from "#core/entry.ts";
import type { Colours } from "./colour.ts";
import type { Failure } from "./failure.ts";
import { prose } from "./escape.ts";
import { writeFully } from "./stream.ts";

export interface Channel {
  readonly stream: NodeJS.WriteStream;
  readonly colours: Colours;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly stdout: Channel;
  readonly stderr: Channel;
  /** Told once, when stdout cannot be written: a command whose data reaches nobody should stop. */
  readonly onFailure: (error: unknown) => void;
}

export interface ListStyle<T> {
  /** Said to people where there is nothing to list. */
  readonly none: string;
  readonly value: (item: T) => unknown;
  /** The lines of a page; `isFurther` when others went before, so that a heading comes once. */
  readonly text: (page: readonly T[], colours: Colours, isFurther: boolean) => readonly string[];
}

const CLEAR_LINE = "\r\u001b[K";

export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Colours for text that goes to stdout. */
  readonly colours: Colours;
  readonly #isVerbose: boolean;
  readonly #stdout: Channel;
  readonly #stderr: Channel;
  readonly #onFailure: (error: unknown) => void;
  /** Writes wait for each other. After one failed, all later ones meet the same error. */
  #dataWritten: Promise<void> = Promise.resolve();
  #wordsWritten: Promise<void> = Promise.resolve();
  #failed = false;
  #hasStatus = false;

  constructor(options: OutputOptions) {
    this.isJson = options.isJson;
    this.isQuiet = options.isQuiet;
    this.#isVerbose = options.isVerbose;
    this.colours = options.stdout.colours;
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#onFailure = options.onFailure;
  }

  /** Data, as it is, to stdout. Await it: it resolves when the kernel took it, and memory stays flat before a slow reader. */
  write(data: string | Uint8Array): Promise<void> {
    if (this.#stdout.stream.isTTY) this.status("");
    const wordsBefore = this.#wordsWritten; // with 2>&1 both go to one place: what was told first stands first
    this.#dataWritten = this.#dataWritten
      .then(() => wordsBefore)
      .then(() => writeFully(this.#stdout.stream, data, "standard output"));
    this.#dataWritten.catch((error: unknown) => {
      if (!this.#failed) this.#onFailure(error);
      this.#failed = true;
    });
    return this.#dataWritten;
  }

  /** The whole answer of a command: `value` with --json, else lines of text, in which names must be `printable`. */
  async answer(value: unknown, text: (colours: Colours) => readonly string[]): Promise<void> {
    if (this.isJson) return this.write(`${jsonText(value)}\n`);
    return this.write(lines(text(this.colours)));
  }

  /** A list of any length: with --json an array, one element a line, else lines of text. */
  async list<T>(pages: AsyncIterable<readonly T[]>, how: ListStyle<T>): Promise<void> {
    let written = 0;
    for await (const page of pages) {
      const isFurther = written > 0;
      written += page.length;
      if (!this.isJson) {
        await this.write(lines(how.text(page, this.colours, isFurther)));
      } else if (page.length > 0) {
        const values = page.map((item) => jsonText(how.value(item)));
        await this.write((isFurther ? ",\n" : "[\n") + values.join(",\n"));
      }
    }
    if (this.isJson) await this.write(written === 0 ? "[]\n" : "\n]\n");
    else if (written === 0) this.note(how.none);
  }

  /** As `list`, of values whose JSON is made already; text is one line, or several, for each. */
  async jsonLines<T>(
    pages: AsyncIterable<readonly T[]>,
    json: (item: T) => string,
    text: (item: T) => string,
  ): Promise<void> {
    let written = 0;
    for await (const page of pages) {
      if (page.length === 0) continue;
      if (!this.isJson) await this.write(lines(page.map(text)));
      else await this.write((written === 0 ? "[\n" : ",\n") + page.map(json).join(",\n"));
      written += page.length;
    }
    if (this.isJson) await this.write(written === 0 ? "[]\n" : "\n]\n");
  }

  /** One NDJSON line on stdout, for an event of a long command; nothing in text mode. */
  async event(type: string, facts: object): Promise<void> {
    if (this.isJson) await this.write(`${jsonText({ type, ...facts })}\n`);
  }

  /** Many lines that were made before, for -v: a stack trace. */
  trace(text: string): void {
    if (this.#isVerbose) this.#say(prose(text, "lines"));
  }

  /** A remark for people, to stderr; -q silences it, and so does --json, whose readers are programs. */
  note(text: string): void {
    if (!this.isQuiet && !this.isJson) this.#say(prose(text));
  }

  /** Like `note`, only with -v. */
  detail(text: string): void {
    if (this.#isVerbose) this.note(text);
  }

  /** Something that is wrong but does not stop the command, to stderr; also with -q. */
  warn(text: string): void {
    const { colours } = this.#stderr;
    this.#say(`bsv: ${colours.yellow("warning")}: ${prose(text)}`);
  }

  /** Something people must get to see, to stderr; also with -q and --json. */
  tell(text: string): void {
    this.#say(prose(text));
  }

  /** Resolves when all that was told on stderr stands there: before somebody else writes to the terminal. */
  async wordsWritten(): Promise<void> {
    this.status("");
    await this.#wordsWritten;
  }

  /** Why the command failed, to stderr. What is wrong in a backupset file takes several lines, with the lines meant. */
  failure({ message, code, hint }: Failure): void {
    const { red, bold, dim } = this.#stderr.colours;
    const [first, ...frames] = code === "config_invalid" ? message.split("\n") : [message];
    const told = [
      `bsv: ${red(bold("error"))}: ${prose(first!)} ${dim(`[${code}]`)}`,
      ...frames.map((line) => prose(line)),
      ...(hint === undefined ? [] : [`bsv: hint: ${prose(hint)}`]),
    ];
    this.#say(told.join("\n"));
  }

  /** How wide a status line may be; undefined where none can be redrawn in place. */
  get statusWidth(): number | undefined {
    const { stream } = this.#stderr;
    const canRedraw =
      stream.isTTY && !this.isQuiet && !this.isJson && process.env["TERM"] !== "dumb";
    return canRedraw ? Math.max(20, (stream.columns || 80) - 1) : undefined;
  }

  /** Redraws the one line that comes and goes; "" takes it away. The text must fit in `statusWidth`. */
  status(text: string): void {
    if (text === "" && !this.#hasStatus) return;
    this.#hasStatus = text !== "";
    this.#send(`${CLEAR_LINE}${text}`);
  }

  /** Waits until all is written; throws if stdout could not take it. */
  async finish(): Promise<void> {
    this.status("");
    await this.#wordsWritten;
    await this.#dataWritten;
  }

  // --- internal ---

  #say(text: string): void {
    const erase = this.#hasStatus ? CLEAR_LINE : "";
    this.#hasStatus = false;
    this.#send(`${erase}${text}\n`);
  }

  /** Words nobody can read are no reason to stop the work: exit code and data still tell. */
  #send(text: string): void {
    const sent = this.#wordsWritten.then(() =>
      writeFully(this.#stderr.stream, text, "standard error"),
    );
    this.#wordsWritten = sent.catch(() => undefined);
  }
}

const lines = (texts: readonly string[]): string => texts.map((line) => `${line}\n`).join("");
