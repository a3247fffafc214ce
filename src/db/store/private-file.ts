// The files of a store as files: private to their user, in a private folder, made empty if there are none.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { fileError } from "./store-error.ts";

/** Makes the folder (0700) and an empty file (0600) where there are none; SQLite's side files take the file's mode. */
export function makePrivateFile(file: string): void {
  let isFolderThere = false;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    isFolderThere = true;
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if (isFolderThere && (error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw fileError(error, file);
  }
}
