// What kind of document a file holds: JSON or NDJSON by its name, plain or compressed by its first bytes. What has no name, because it
// came from a pipe, is told by its first line.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import { cannotRead } from "./cannot-read.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";
import { parseStrict } from "#core/strict-json.ts";
import { bodyChunks } from "./body-chunks.ts";

export interface DocumentKind {
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
}

/** Throws `not_found` where there is no such file, `usage` for what is none. */
export function documentKind(file: string): DocumentKind {
  const start = firstBytes(file);
  const isNdjson = /\.(ndjson|jsonl)(\.(gz|zst))?$/i.test(file);
  return { form: isNdjson ? "ndjson" : "json", encoding: encodingOf(start) };
}

/** Of a file that is only where standard input was put: a first line that is a header by itself is NDJSON's. */
export async function unnamedKind(file: string): Promise<DocumentKind> {
  const encoding = encodingOf(firstBytes(file));
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyChunks([file], encoding, Infinity)) {
    parts.push(chunk);
    sizeBytes += chunk.length;
    if (chunk.includes(LF) || sizeBytes > MAX_HEADER_BYTES) break;
  }
  const [line = ""] = Buffer.concat(parts).toString("utf8").split("\n", 1);
  const parsed = parseStrict(line);
  const isHeader = "value" in parsed && !("files" in Object(parsed.value));
  return { form: isHeader ? "ndjson" : "json", encoding };
}

// --- internal ---

const LF = 0x0a;
/** A longer first line is no header. */
const MAX_HEADER_BYTES = 4 << 20;
const MAGIC: Readonly<Record<string, BodyEncoding>> = { "1f8b": "gzip", "28b52ffd": "zstd" };

function encodingOf(start: Buffer): BodyEncoding {
  const hex = start.toString("hex");
  const magic = Object.keys(MAGIC).find((bytes) => hex.startsWith(bytes));
  return magic === undefined ? "identity" : MAGIC[magic]!;
}

function firstBytes(file: string): Buffer {
  const start = Buffer.alloc(4);
  try {
    // Waiting for a pipe's writer would be deaf to Ctrl-C; and what is read here is read again later.
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) {
        throw new BsvError("usage", `${JSON.stringify(file)} is no regular file`, {
          hint: "What comes from a pipe is named -: COMMAND | bsv import -",
          details: { file },
        });
      }
      return start.subarray(0, readSync(fd, start));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (cause instanceof BsvError) throw cause;
    throw cannotRead(file, cause);
  }
}
