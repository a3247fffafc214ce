// What kind of document a file holds: JSON or NDJSON by its name, plain or compressed by its first bytes.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";

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

// --- internal ---

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
          hint: "Write the document to a file, and import that",
          details: { file },
        });
      }
      return start.subarray(0, readSync(fd, start));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (cause instanceof BsvError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    const what = isAbsent ? "There is no file" : `${code}: cannot read`;
    throw new BsvError(isAbsent ? "not_found" : "usage", `${what} ${JSON.stringify(file)}`, {
      details: { file },
      cause,
    });
  }
}
