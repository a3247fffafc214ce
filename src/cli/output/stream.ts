// The one way bytes leave the process. A write is done when the kernel took it: a full disk is an error, a slow reader is
// waited for, and a reader that went away (`| head -1`) ends the command quietly.
import { BsvError } from "#core/errors.ts";

/** Thrown when whoever read our output closed it: nobody is left to tell. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

/** Writes all of `data`, or throws. */
export function writeFully(
  stream: NodeJS.WriteStream,
  data: string | Uint8Array,
  name: "standard output" | "standard error",
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Without a listener Node would raise the same error a second time, as an uncaught one.
    if (stream.listenerCount("error") === 0) stream.on("error", alreadyReported);
    stream.write(data, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(asFailure(error, name));
    });
  });
}

// --- internal ---

function alreadyReported(): void {
  // The callback of the write that failed has told; this is its echo.
}

function asFailure(error: NodeJS.ErrnoException, name: string): Error {
  if (error.code === "EPIPE" || error.code === "ECONNRESET") return new ReaderGone();
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  return new BsvError(isFull ? "disk_full" : "internal", `Cannot write to ${name}: ${error.code}`, {
    cause: error,
  });
}
