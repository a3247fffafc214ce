// What kind of document a file holds: JSON or NDJSON by its name, plain or compressed by its first bytes.
import { closeSync, openSync, readSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";

export interface DocumentKind {
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
}

/** Throws `not_found` where there is no such file. */
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
    const fd = openSync(file, "r");
    try {
      return start.subarray(0, readSync(fd, start));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    const what = isAbsent ? "There is no file" : `${code}: cannot read`;
    throw new BsvError(isAbsent ? "not_found" : "usage", `${what} ${JSON.stringify(file)}`, {
      details: { file },
      cause,
    });
  }
}
