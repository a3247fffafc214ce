// Secrets come in by the terminal, unseen, or by stdin; never by a flag, where every process of the machine could read them.
import { BsvError } from "#core/errors.ts";
import type { Context } from "./context.ts";

/** One line, without its end. `what`: as the question says it. */
export async function readSecret(context: Context, what: string): Promise<string> {
  const { globals, out, run } = context;
  if (process.stdin.isTTY !== true) return firstLine(await Bun.stdin.text(), what);
  if (globals["no-input"] || process.stderr.isTTY !== true) {
    throw new BsvError("usage", `Nobody can be asked for ${what}`, { hint: "Give it on stdin" });
  }
  await out.wordsWritten();
  process.stderr.write(`${what}: `);
  try {
    return await unseenLine(run.signal);
  } finally {
    process.stderr.write("\n");
  }
}

// --- internal ---

/** A file of some megabytes given by mistake is no key. */
const LONGEST = 4096;

function firstLine(text: string, what: string): string {
  const line = text.replace(/\r?\n[^]*$/, "");
  if (line !== "" && line.length <= LONGEST) return line;
  throw new BsvError("usage", `Stdin holds no ${what}`);
}

function unseenLine(signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.resume();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed = "";
  const onData = (data: Buffer) => {
    for (const character of data.toString("utf8")) {
      if (character === "\r" || character === "\n") return resolve(typed);
      if (character === "\u0003") return process.kill(process.pid, "SIGINT");
      if (character === "\u0004") {
        return reject(new BsvError("interrupted", "The input ended at a question"));
      }
      typed = character === "\u007f" ? typed.slice(0, -1) : typed + character;
    }
    return undefined;
  };
  const onAbort = () => reject(signal.reason);
  stdin.on("data", onData);
  signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    stdin.off("data", onData);
    stdin.setRawMode(false);
    stdin.pause();
    signal.removeEventListener("abort", onAbort);
  });
}
