// A file that another tool writes and that must be there whole or not at all: beside its place first, renamed at the end.
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "./atomic-file.ts";
import { sweepBeside, temporaryName } from "./leftovers.ts";

export interface WrittenFile {
  readonly sizeBytes: number;
}

/** `write` makes the file it is given, durably; only then does it get its name. Whatever fails leaves what was there before. */
export async function writeWhole(
  file: string,
  write: (temporary: string) => Promise<void>,
): Promise<WrittenFile> {
  const temporary = temporaryName(file);
  sweepBeside(file);
  try {
    await write(temporary);
    const { size: sizeBytes } = statSync(temporary);
    renameSync(temporary, file);
    syncFolder(dirname(file));
    return { sizeBytes };
  } finally {
    rmSync(temporary, { force: true });
    rmSync(`${temporary}-journal`, { force: true });
  }
}

export const isThere = (file: string): boolean => existsSync(file);

/** How large a file is; 0 where there is none. */
export const sizeOf = (file: string): number =>
  statSync(file, { throwIfNoEntry: false })?.size ?? 0;
