// A file that must not be there yet: what exists is never overwritten, and what could not be written whole is taken away.
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import { BsvError } from "#core/errors.ts";

/** Writes the file, 0600; false when there is one already, which stays as it is. */
export function writeNewFile(file: string, text: string): boolean {
  const fd = openNew(file);
  if (fd === undefined) return false;
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return true;
}

// --- internal ---

function openNew(file: string): number | undefined {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return undefined;
    throw new BsvError("config_invalid", `${JSON.stringify(file)} cannot be written: ${code}`, {
      details: { file },
      cause: error,
    });
  }
}
