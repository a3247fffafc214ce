// A file small enough to be read in one piece, or standard input, as text.
import { BsvError } from "#core/errors.ts";
import { cannotRead } from "./cannot-read.ts";

/** `-` is standard input. Throws `not_found` where there is no such file, `too_large` over the limit. */
export async function readWholeText(file: string, limitBytes: number): Promise<string> {
  const source = file === "-" ? Bun.stdin : Bun.file(file);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of source.stream()) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) break;
    }
  } catch (cause) {
    throw cannotRead(file, cause);
  }
  if (sizeBytes <= limitBytes) return Buffer.concat(chunks).toString("utf8");
  throw new BsvError("too_large", `${JSON.stringify(file)} is longer than ${limitBytes} bytes`);
}
