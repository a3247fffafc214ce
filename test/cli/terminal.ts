// Runs bsv on a terminal of its own, as a person would: types answers, reads what is shown.
import { binary, type Home } from "./harness.ts";

export interface Typed {
  /** Typed when this appears on the terminal. */
  readonly after: string;
  readonly text: string;
}

/** All that was shown, and the exit code. */
export async function onTerminal(home: Home, args: readonly string[], typed: readonly Typed[]) {
  let shown = "";
  let next = 0;
  let seen = 0;
  const decoder = new TextDecoder();
  const process = Bun.spawn([binary, ...args], {
    cwd: home.folder,
    env: { ...home.env, TERM: "dumb" },
    terminal: {
      cols: 100,
      rows: 40,
      data(terminal, bytes) {
        shown += decoder.decode(bytes, { stream: true });
        const answer = typed[next];
        if (answer === undefined || !shown.slice(seen).includes(answer.after)) return;
        seen = shown.length;
        next++;
        terminal.write(answer.text);
      },
    },
  });
  const exit = await process.exited;
  process.terminal?.close();
  return { exit, shown: shown.replaceAll("\r\n", "\n") };
}
