// Reads a snapshot document of any size from bytes, in either form: one JSON object, or NDJSON (the header's line,
// then a line for each entry). What comes out is the same, so nobody behind this page knows which form it was.
import { DocumentTokenizer, type DocumentSink } from "./json-stream.ts";
import { DEFAULT_LIMITS, type DocumentLimits } from "./config/limits.ts";
import { problem, readLines } from "./lines.ts";

export type DocumentForm = "json" | "ndjson";
/** How its bytes may be wrapped on the way. */
export type BodyEncoding = "identity" | "gzip" | "zstd";

/** Tells `sink` of every member and entry. Throws `malformed`, `too_large` or what the sink throws. */
export async function readDocument(
  chunks: AsyncIterable<Uint8Array>,
  form: DocumentForm,
  sink: DocumentSink,
  limits: DocumentLimits = DEFAULT_LIMITS,
): Promise<void> {
  if (form === "json") {
    const tokenizer = new DocumentTokenizer(sink, limits);
    for await (const chunk of chunks) tokenizer.write(chunk);
    tokenizer.end();
    return;
  }
  const limit = (line: number) => (line === 1 ? limits.header_size : limits.entry_size);
  const lines = await readLines(chunks, limit, (text, line) => {
    if (line > 1) sink.entry(text, line);
    else readHeaderLine(text, sink, limits);
  });
  if (lines === 0) throw problem("malformed", 1, "The document is empty");
}

// --- internal ---

/** The first line is a document without `files`. */
function readHeaderLine(text: string, sink: DocumentSink, limits: DocumentLimits): void {
  const header: DocumentSink = {
    member: (name, value) => sink.member(name, value, 1),
    entry: () => {
      throw problem("invalid_document", 1, "files: in NDJSON entries stand on their own lines");
    },
  };
  const tokenizer = new DocumentTokenizer(header, limits);
  tokenizer.write(Buffer.from(text));
  tokenizer.end();
}
