// A small JSON body: bounded, strict, and of the shape the route asks for.
import type { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { utf8Text } from "#core/lines.ts";
import { parseStrict } from "#core/strict-json.ts";

/** A description and a few names. */
const LIMIT_BYTES = 64 * 1024;

/** Reads the body; none at all is read as `{}`. */
export async function readJsonBody<S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<z.output<S>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > LIMIT_BYTES) {
      throw new BsvError("too_large", `The body is longer than ${LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return shaped(schema, {});
  if (mediaTypeOf(request) !== "application/json") {
    throw new BsvError("unsupported_media_type", "The body must be application/json");
  }
  const parsed = parseStrict(utf8Text(Buffer.concat(chunks), 1));
  if ("problem" in parsed) throw new BsvError("malformed", `The body ${parsed.problem}`);
  return shaped(schema, parsed.value);
}

/** Without its parameters. */
export function mediaTypeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

// --- internal ---

function shaped<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new BsvError("invalid_request", `body ${issue.path.join(".")}: ${issue.message}`);
}
