// A file with a secret in it: written for its owner alone, read only if nobody else could have read it before us.
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { BsvError } from "#core/errors.ts";
import { AtomicFile } from "./atomic-file.ts";
import { makePrivateDir } from "./home.ts";

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

/** As `readSecretFile`; undefined where there is none. */
export const readSecretFileIfAny = (file: string, what: string): string | undefined =>
  existsSync(file) ? readSecretFile(file, what) : undefined;

/** Whole or not at all, and from its first byte on its user's alone. */
export function writeSecretFile(file: string, text: string): void {
  makePrivateDir(dirname(file));
  const out = new AtomicFile(file);
  try {
    out.append(text);
  } catch (error) {
    out.discard();
    throw error;
  }
  out.commit();
}
