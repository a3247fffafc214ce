// What the system says when something cannot be read or written, told apart: an item's trouble is recorded as text; a full disk ends the run.
import { BsvError } from "#core/errors.ts";

/** The stable code of a system error (`EACCES`), or undefined for anything else: a bug, not trouble with an item. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** `EACCES: permission denied`: what an entry's `error` holds. Rethrows what is no system error. */
export function troubleText(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) throw error;
  if (code === "ENOENT") return "ENOENT: vanished while being scanned";
  // Node's message is `CODE: reason, call 'path'`; the path is the entry's own and may be hostile.
  const reason = /^[A-Z0-9]+: ([^,]*)/.exec((error as Error).message)?.[1];
  return `${code}: ${reason ?? "failed"}`;
}

/** An error from writing our own files: never the trouble of a scanned item. */
export function writeFailure(error: unknown, file: string): BsvError {
  const code = systemCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new BsvError("disk_full", `No space left to write ${file}`, {
      hint: "Free some space, or let data_dir point to a larger disk",
      details: { file },
      cause: error,
    });
  }
  return new BsvError("internal", `Cannot write ${file}: ${(error as Error).message}`, {
    details: { file },
    cause: error,
  });
}
