// A file that somebody named and that cannot be read, as one error with one wording.
import { BsvError } from "#core/errors.ts";

/** `not_found` where there is none, else `usage` with the system's code. */
export function cannotRead(file: string, cause: unknown): BsvError {
  const { code } = cause as NodeJS.ErrnoException;
  const isAbsent = code === "ENOENT" || code === "ENOTDIR";
  const what = isAbsent ? "There is no file" : `${code}: cannot read`;
  return new BsvError(isAbsent ? "not_found" : "usage", `${what} ${JSON.stringify(file)}`, {
    details: { file },
    cause,
  });
}
