// Questions on a terminal: asked on stderr, since stdout is for data, and only where somebody can answer.
import { createInterface } from "node:readline/promises";
import { BsvError } from "#core/errors.ts";
import type { Context } from "./context.ts";

/** Whether the answer is yes; no is the default. Where nobody can be asked, throws `usage` with the flag that says it. */
export async function confirm(context: Context, question: string, flag: string): Promise<boolean> {
  const asker = askerFor(context);
  if (asker === undefined) {
    throw new BsvError("usage", `Nobody can be asked: ${question}`, {
      hint: `Say ${flag} if this is meant`,
    });
  }
  try {
    return /^y(es)?$/i.test(await asker.ask(question, "no"));
  } finally {
    asker.close();
  }
}

export interface Asker {
  /** The answer, or the default for an empty one. Asks again as long as `problem` finds one. */
  ask(
    question: string,
    fallback: string,
    problem?: (answer: string) => string | undefined,
  ): Promise<string>;
  close(): void;
}

/** Undefined where nobody is there to answer, or nobody shall be asked. */
export function askerFor({ globals, out, run }: Context): Asker | undefined {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (!isTerminal || globals["no-input"] || globals.json || out.isQuiet) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal is readline's while it asks: Ctrl-C arrives here first. Ctrl-D ends the input, and so the asking.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<never>((_, reject) => {
    lines.once("close", () => reject(new BsvError("interrupted", "The input ended at a question")));
  });
  ended.catch(() => undefined); // told to whoever waits for an answer; after the last one nobody does
  return {
    async ask(question, fallback, problem) {
      for (;;) {
        const shown = fallback === "" ? `${question}: ` : `${question} [${fallback}]: `;
        await out.wordsWritten();
        const asked = lines.question(shown, { signal: run.signal });
        const answer = (await Promise.race([asked, ended])).trim() || fallback;
        const trouble = problem?.(answer);
        if (trouble === undefined) return answer;
        out.note(trouble);
      }
    },
    close: () => lines.close(),
  };
}
