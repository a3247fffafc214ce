// Plays the lines of a transcript as a person would type them, in a fresh home, and gives back what the screen showed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, Home } from "#test/cli/harness.ts";

/** The port that the text says, and that is free on nobody's machine for sure. */
const SAID_PORT = "8080";

export async function play(commands: readonly string[]): Promise<string> {
  using home = new Home({ BSV_MACHINE_ID: "laptop", BSV_HOME: "" });
  mkdirSync(join(home.folder, "letters"));
  for (const name of ["ada.txt", "bob.txt", "draft.tmp"]) {
    writeFileSync(join(home.folder, "letters", name), `Dear ${name}\n`);
  }
  // A person types slowly: what was just written is read again by the next scan, to be sure.
  await Bun.sleep(2100);
  const shown: string[] = [];
  let port = SAID_PORT;
  let server: Bun.Subprocess | undefined;
  try {
    for (const command of commands) {
      shown.push(`$ ${command}`);
      if (command.endsWith(" &")) {
        const words = command.slice(0, -2).replace(SAID_PORT, "0").split(" ").slice(1);
        const child = Bun.spawn([binary, ...words], {
          cwd: home.folder,
          env: home.env,
          stdout: "pipe",
          stderr: "ignore",
        });
        server = child;
        const reader = child.stdout.getReader();
        const line = new TextDecoder().decode((await reader.read()).value).trim();
        port = /:(\d+)$/.exec(line)![1]!;
        shown.push(line);
      } else {
        const { stdout } = await home.shell(command.replaceAll(`:${SAID_PORT}`, `:${port}`));
        if (stdout !== "") shown.push(stdout.trimEnd());
      }
    }
  } finally {
    server?.kill();
    await server?.exited;
  }
  return shown.join("\n").replaceAll(home.folder, "~").replaceAll(`:${port}`, `:${SAID_PORT}`);
}

/** Ids, times, ages and how well ids compress differ from run to run; nothing else may. */
export function withoutChance(transcript: string): string {
  return transcript
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{8}\b/g, "ID")
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(?:\.\d+)?Z/g, "TIME")
    .replaceAll(/[\d.]+ K?i?B instead of about [\d.]+ K?i?B/g, "LESS")
    .replaceAll(/just now|\d+ seconds? ago/g, "AGE")
    .replaceAll(/ {2,}/g, "  ");
}
