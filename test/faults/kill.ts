// Kills a process without warning, over and over, at any moment of its work, and asks the store each time: is all there
// that was acknowledged (I1), and is nothing there by half (I2)?
import type { Subprocess } from "bun";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store.ts";
import { damageIn, idsIn } from "./prove.ts";

/** Ordinary tests show that it works; BSV_SOAK=1 looks for what happens once in a thousand times. */
export const KILLS = process.env["BSV_SOAK"] === "1" ? 1000 : 25;

export interface Victim {
  /** Starts the work; it acknowledges on stdout, one line each. */
  start(): Subprocess<"ignore", "pipe", "inherit">;
  /** The snapshot that a line acknowledges. */
  acknowledged(line: string): string | undefined;
  /** Killed at the latest so long after its start. */
  readonly longestMs: number;
}

export interface Toll {
  kills: number;
  acknowledged: number;
  /** Lost or half: empty, or the promise is broken. */
  damage: string[];
}

/** `file`: the store in which the acknowledged snapshots must be. */
export async function killOver(victim: Victim, file: string, kills = KILLS): Promise<Toll> {
  const toll: Toll = { kills: 0, acknowledged: 0, damage: [] };
  const acknowledged = new Set<string>();
  while (toll.kills < kills && toll.damage.length === 0) {
    for (const id of await killOnce(victim)) acknowledged.add(id);
    toll.kills++;
    const isLast = toll.kills === kills;
    const scope = everything(await openStore(file));
    const there = new Set(await idsIn(scope));
    for (const id of acknowledged) if (!there.has(id)) toll.damage.push(`${id}: lost`);
    // What was looked at before cannot be half any more; at the end all is looked at again.
    toll.damage.push(...(await damageIn(scope, isLast ? Infinity : 3)));
    await scope.store.close();
  }
  toll.acknowledged = acknowledged.size;
  return toll;
}

// --- internal ---

async function killOnce(victim: Victim): Promise<string[]> {
  const process = victim.start();
  const reading = process.stdout.text();
  await Promise.race([Bun.sleep(Math.random() * victim.longestMs), process.exited]);
  process.kill("SIGKILL");
  await process.exited;
  const lines = (await reading).split("\n");
  lines.pop(); // cut off, or empty: nobody read it as a line
  return lines.map((line) => victim.acknowledged(line)).filter((id) => id !== undefined);
}
