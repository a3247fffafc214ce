// A folder for files that live no longer than one job. It goes whatever happens; what a killed process left goes with a later one.
import { lstatSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, makerOf, removeOwn } from "./leftovers.ts";
import { writeError } from "./write-error.ts";

/** Gives `work` a folder of its own below `parent`, and removes it whatever happens. */
export async function withWorkFolder<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`)).catch((error: unknown) => {
    throw writeError(error, parent);
  });
  try {
    sweep(parent);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

const PREFIX = "bsv-work-";
/** A process of another container may work here too, and its number says nothing: what is this young stays. */
const LEFTOVER_AGE_MS = 24 * 3_600_000;

function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = makerOf(name, PREFIX);
    // A number like our own is that of a container before: of ours, nothing is so old.
    if (pid === undefined || (isRunning(pid) && pid !== process.pid)) continue;
    const folder = join(parent, name);
    const touchedAtMs = lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - touchedAtMs > LEFTOVER_AGE_MS) removeOwn(folder);
  }
}
