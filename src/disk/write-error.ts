// What the file system says when our own writing fails, in the house's words. Never used for files that are scanned.
import { writeSync } from "node:fs";
import { BsvError } from "#core/errors.ts";

/** A full disk is `disk_full`, whatever else goes wrong with our own files is `internal`. */
export function writeError(error: unknown, file: string): unknown {
  const { code } = error as { code?: unknown };
  // An error of ours has a code too, but is said in the house's words already.
  if (typeof code !== "string" || error instanceof BsvError) return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new BsvError(
    isFull ? "disk_full" : "internal",
    isFull ? `No space left for ${file}` : `Can't write ${file}: ${code}`,
    { cause: error },
  );
}

/** Writes all the bytes: one call may take only some of them. */
export function writeAll(fd: number, bytes: Uint8Array, file: string): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch (error) {
    throw writeError(error, file);
  }
}
