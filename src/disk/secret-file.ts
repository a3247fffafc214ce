// A file with a secret in it: read only if nobody but its owner could have read it before us.
import { fstatSync, openSync, closeSync, readFileSync } from "node:fs";
import { BsvError } from "#core/errors.ts";

/**
 * The file's text. Throws `config_invalid` where it can't be read, or where others can. A group may read what belongs to root:
 * that is how a system hands keys to its services.
 */
export function readSecretFile(file: string, what: string): string {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new BsvError("config_invalid", `Can't read ${what} ${file}: ${code}`, {
      details: { file },
      cause,
    });
  }
  try {
    const { mode, uid } = fstatSync(fd);
    const tooMuch = uid === 0 ? 0o027 : 0o077;
    if (process.platform !== "win32" && (mode & tooMuch) !== 0) {
      throw new BsvError("config_invalid", `Others than its owner may read ${what} ${file}`, {
        hint: `chmod 600 ${file}; if somebody may have read it, make a new one`,
        details: { file },
      });
    }
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}
