// What another tool writes to its standard output: its words and its exit code are part of the verdict. A tool that fails, is killed or
// is not there leaves a stream that was cut, whatever it wrote before.
import type { Subprocess } from "bun";
import { CopyCut } from "./copy.ts";

/** So much of what a tool said last is told. */
const LAST_WORDS = 400;
const MOST_WORDS = 16_384;

export interface ToolWishes {
  /** What it reads from its standard input; nothing without it. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** What it says may hold a secret: it is not told. */
  readonly isDiscreet?: boolean;
  /** Its standard input says nothing, and ends when nobody is there any more who would read. */
  readonly isLeashed?: boolean;
  /** What it is called, where a shell runs it. */
  readonly name?: string;
}

/** Throws `CopyCut` when the tool did not end well. Ends the tool when nobody reads on. */
export async function* toolOutput(
  command: readonly string[],
  signal: AbortSignal,
  { input, isDiscreet = false, isLeashed = false, name: tool = command[0] }: ToolWishes = {},
): AsyncGenerator<Uint8Array> {
  let process: Subprocess<"pipe" | "ignore", "pipe", "pipe">;
  try {
    process = Bun.spawn([...command], {
      env: globalThis.process.env,
      stdin: input === undefined && !isLeashed ? "ignore" : "pipe",
      stdout: "pipe",
      stderr: "pipe",
      signal,
    });
  } catch (error) {
    throw new CopyCut(
      "unverifiable",
      `NO_TOOL: ${tool} cannot be run: ${(error as Error).message}`,
      error,
    );
  }
  const words = lastWords(process.stderr);
  const fed = input === undefined ? Promise.resolve(undefined) : feed(process.stdin!, input);
  let isRead = false;
  try {
    for await (const piece of process.stdout) yield piece;
    isRead = true;
  } finally {
    if (!isRead) {
      process.kill();
      await fed;
      await process.exited;
    }
    if (isLeashed) await process.stdin!.end();
  }
  const inputTrouble = await fed;
  const exit = await process.exited;
  signal.throwIfAborted();
  if (inputTrouble instanceof CopyCut) throw inputTrouble;
  if (exit === 0) return;
  const how = process.signalCode === null ? `exit ${exit}` : process.signalCode;
  const said = isDiscreet ? "" : (await words).trim().slice(-LAST_WORDS);
  throw new CopyCut(
    "unverifiable",
    `TOOL_FAILED: ${tool} ended with ${how}${said === "" ? "" : `: ${said}`}`,
  );
}

// --- internal ---

/** Gives the trouble of the input, if there is any; that the tool reads no further is its own to tell. */
async function feed(stdin: Bun.FileSink, input: AsyncIterable<Uint8Array>): Promise<unknown> {
  try {
    for await (const piece of input) {
      await stdin.write(piece.slice());
      await stdin.flush();
    }
    await stdin.end();
    return undefined;
  } catch (error) {
    if (error instanceof CopyCut) {
      await Promise.resolve(stdin.end()).catch(() => undefined); // the input's trouble is what is told
      return error;
    }
    return undefined; // EPIPE: the tool ended, and its exit code says how
  }
}

async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let words = "";
  const decoder = new TextDecoder();
  for await (const piece of stream) {
    words = (words + decoder.decode(piece, { stream: true })).slice(-MOST_WORDS);
  }
  return words;
}
