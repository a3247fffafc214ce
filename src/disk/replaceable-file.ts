// A file that the user named for us to write, and that may be there already: its real place, so that a symlink stays one.
import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BsvError } from "#core/errors.ts";

/** Throws `usage` for what must not be replaced: a folder, a device (`/dev/null`), a pipe. */
export function replaceableFile(path: string): string {
  const stat = statOf(path);
  if (stat === undefined) return resolve(path);
  if (stat.isFile()) return realpathSync(path);
  throw new BsvError("usage", `${JSON.stringify(path)} is no regular file`, {
    hint: stat.isDirectory() ? "Name a file in it" : `Write to standard output instead: > ${path}`,
    details: { file: path },
  });
}

/** The same, in a folder that is there: one that is made for a slip of the pen is looked for in vain. Throws `usage`. */
export function fileInFolder(path: string): string {
  const place = replaceableFile(path);
  const folder = dirname(place);
  if (statOf(folder)?.isDirectory() === true) return place;
  throw new BsvError("usage", `There is no folder ${JSON.stringify(folder)} to write into`, {
    hint: "Make it first; or is its disk not mounted?",
    details: { file: path },
  });
}

// --- internal ---

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BsvError("usage", `${code}: ${JSON.stringify(path)} cannot be written`, {
      ...(code === "ENOTDIR" ? { hint: "A part of the path is a file, not a folder" } : {}),
      details: { file: path },
      cause,
    });
  }
}
