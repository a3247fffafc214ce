// A folder for files that live no longer than one job. A killed process leaves its own behind; whoever owns the parent
// sweeps it at the next start.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeError } from "./write-error.ts";

/** Gives `work` a folder of its own below `parent`, and removes it whatever happens. */
export async function withWorkFolder<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(parent, "work-")).catch((error: unknown) => {
    throw writeError(error, parent);
  });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
