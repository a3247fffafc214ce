// Kills a process without warning, over and over, at any moment of its work, and collects what it had acknowledged by then.
import type { Subprocess } from "bun";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { damageIn, idsIn } from "./prove.ts";

/** Ordinary tests show that it works; BSV_SOAK=1 looks for what happens once in a thousand times. */
export const KILLS = process.env["BSV_SOAK"] === "1" ? 1000 : 10;

/** Lets the process work for a while, kills it, and returns the whole lines it had written by then. */
export async function killed(
  process: Subprocess<"ignore", "pipe", "ignore">,
  longestMs: number,
): Promise<string[]> {
  const reading = process.stdout.text();
  await Promise.race([Bun.sleep(Math.random() * longestMs), process.exited]);
  process.kill("SIGKILL");
  await process.exited;
  return (await reading).split("\n").slice(0, -1); // what is cut off nobody has read as a line
}

/** Opens the store that a killed process left, for a look. */
export async function lookInto<T>(file: string, look: (scope: Scope) => Promise<T>): Promise<T> {
  const store = await openStore(file);
  try {
    return await look(everything(store));
  } finally {
    await store.close();
  }
}

/** What is wrong: acknowledged snapshots that are not there (I1), and half ones among the newest `most` (I2). */
export function faults(
  file: string,
  acknowledged: ReadonlySet<string>,
  most?: number,
): Promise<string[]> {
  return lookInto(file, async (scope) => {
    const there = new Set(await idsIn(scope));
    const lost = [...acknowledged].filter((id) => !there.has(id)).map((id) => `${id}: is lost`);
    return [...lost, ...(await damageIn(scope, most))];
  });
}
