// Bytes that come from outside become a file: counted against a limit, hashed, given a deadline by the signal. Whatever
// fails, no half file stays.
import { open, rm, type FileHandle } from "node:fs/promises";
import { BsvError } from "#core/errors.ts";
import { writeError } from "./write-error.ts";

export interface ReceivedBody {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ReceiveOptions {
  readonly limitBytes: number;
  /** Aborts with the reason to throw. */
  readonly signal: AbortSignal;
  /** Whether the file must survive a power cut, because its receipt is acknowledged. */
  readonly isDurable: boolean;
}

/** Writes the body to `file`, which must not exist. Throws `too_large`, `disk_full`, or the signal's reason. */
export async function receiveBody(
  body: ReadableStream<Uint8Array> | null,
  file: string,
  options: ReceiveOptions,
): Promise<ReceivedBody> {
  const handle = await open(file, "wx", 0o600).catch((error: unknown) => {
    throw writeError(error, file);
  });
  try {
    const received = await copy(body, handle, file, options);
    if (options.isDurable) await handle.sync();
    await handle.close();
    return received;
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
}

// --- internal ---

async function copy(
  body: ReadableStream<Uint8Array> | null,
  handle: FileHandle,
  file: string,
  { limitBytes, signal }: ReceiveOptions,
): Promise<ReceivedBody> {
  const hasher = new Bun.CryptoHasher("sha256");
  let sizeBytes = 0;
  for await (const chunk of untilAborted(body, signal)) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new BsvError("too_large", `The body is longer than ${limitBytes} bytes`, {
        details: { limit_bytes: limitBytes },
      });
    }
    hasher.update(chunk);
    await writeWhole(handle, chunk, file);
  }
  return { file, sizeBytes, sha256: hasher.digest("hex") };
}

/** The body's chunks; a sender who says nothing more is left as soon as the signal aborts. */
async function* untilAborted(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const leave = () => void reader.cancel(signal.reason).catch(ignoreBrokenBody);
  signal.addEventListener("abort", leave, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(brokenBody);
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", leave);
    reader.releaseLock();
  }
}

/** The sender has gone: nobody is left to be told, and the reading ends with the signal's own reason. */
function ignoreBrokenBody(): void {}

function brokenBody(cause: unknown): never {
  throw new BsvError("invalid_request", "The body broke off before its end", { cause });
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array, file: string): Promise<void> {
  try {
    for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
  } catch (error) {
    throw writeError(error, file);
  }
}
