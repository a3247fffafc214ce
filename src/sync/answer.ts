// Reading what a remote answers, which may be anything of any size: a limit first, then a schema.
import { type z } from "zod";
import { BsvError } from "#core/errors.ts";

/** A page of a thousand rows with long names stays far below this. */
const JSON_LIMIT_BYTES = 4 * 1024 * 1024;

/** The whole body as text, at most `limitBytes`. */
export async function readText(answer: Response, url: string, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(answer, url, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** The body as it comes. Throws as soon as it is longer than `limitBytes`, or is compressed though we did not ask. */
export async function* readChunks(
  answer: Response,
  url: string,
  limitBytes: number,
  encodings: readonly string[] = [],
): AsyncGenerator<Uint8Array> {
  const encoding = answer.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity" && !encodings.includes(encoding)) {
    await answer.body?.cancel();
    throw senseless(url, `is encoded as ${JSON.stringify(encoding.slice(0, 40))}, unasked`);
  }
  let sizeBytes = 0;
  // Leaving the loop cancels the body and closes the connection.
  for await (const chunk of answer.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw senseless(url, `is longer than ${limitBytes} bytes`);
    yield chunk;
  }
}

/** Reads JSON of the given shape. */
export function jsonOf<S extends z.ZodType>(
  schema: S,
  limitBytes = JSON_LIMIT_BYTES,
): (answer: Response, url: string) => Promise<z.infer<S>> {
  return async (answer, url) => {
    const text = await readText(answer, url, limitBytes);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw senseless(url, "is no JSON", cause);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw senseless(url, `has an unexpected shape: ${issue.path.join(".")}: ${issue.message}`);
  };
}

/** The answer is none that a bsv server gives. Not asked again: it would say the same. */
export function senseless(url: string, why: string, cause?: unknown): BsvError {
  return new BsvError("remote_refused", `The answer of ${url} ${why}`, {
    hint: "Check that the address is that of a bsv server, of a version that fits this one",
    ...(cause === undefined ? {} : { cause }),
  });
}
