// The bytes of a body that lies in one or more files, decompressed as they are read and counted against a limit: a
// decompression bomb ends at the limit, having used no more memory than any other body.
import { BsvError } from "#core/errors.ts";
import type { BodyEncoding } from "#core/read-document.ts";

/** The files, one after another, as one body. Throws `malformed` if it does not decompress, `too_large` over the limit. */
export async function* bodyChunks(
  files: readonly string[],
  encoding: BodyEncoding,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const stored = storedChunks(files);
  const chunks =
    encoding === "identity" ? stored : stored.pipeThrough(new DecompressionStream(encoding));
  let sizeBytes = 0;
  const reader = chunks.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        if (cause instanceof BsvError) throw cause;
        throw new BsvError("malformed", `The body is no whole ${encoding} stream`, { cause });
      });
      if (done) return;
      sizeBytes += value.length;
      if (sizeBytes > limitBytes) {
        throw new BsvError("too_large", `The document is longer than ${limitBytes} bytes`, {
          details: { limit_bytes: limitBytes },
        });
      }
      yield value;
    }
  } finally {
    await reader.cancel().catch(saidAlready);
  }
}

// --- internal ---

/** Cancelling a stream that failed tells its error once more, in place of the one on its way to the caller. */
function saidAlready(): void {}

function storedChunks(files: readonly string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = (async function* () {
    for (const file of files) {
      try {
        yield* Bun.file(file).stream();
      } catch (cause) {
        // Our own disk's trouble, not the sender's.
        throw new BsvError("internal", `Can't read ${file}`, { cause });
      }
    }
  })();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => void (await chunks.return(undefined)),
  });
}
