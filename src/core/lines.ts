// Text that comes as bytes, line by line: cut at line ends, decoded exactly, and every trouble told with its line.
import { BsvError, type ErrorCode } from "./errors.ts";

/** Cuts at `\n`; an unfinished last line counts. `line` gets the bytes without their end, and the number, from 1. */
export async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: (line: number) => number,
  line: (bytes: Uint8Array, line: number) => void,
): Promise<number> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let count = 0;
  const checkLength = (bytes: number) => {
    const limit = limitBytes(count + 1);
    if (bytes <= limit) return;
    throw problem("too_large", count + 1, `The line is longer than ${limit} bytes`);
  };
  const finish = (last: Uint8Array) => {
    checkLength(partBytes + last.length);
    line(parts.length === 0 ? last : Buffer.concat([...parts, last]), ++count);
    parts = [];
    partBytes = 0;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      finish(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from === chunk.length) continue;
    parts.push(new Uint8Array(chunk.subarray(from))); // a copy: chunks may be used again
    partBytes += chunk.length - from;
    checkLength(partBytes);
  }
  if (partBytes > 0) finish(new Uint8Array(0));
  return count;
}

/** Decodes exactly, or says on which line the text is no UTF-8. */
export function utf8Text(bytes: Uint8Array, line: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  // Only a text with U+FFFD in it can be damaged, so only that one is decoded a second time.
  if (text.includes("\ufffd")) {
    try {
      strictUtf8.decode(bytes);
    } catch {
      throw problem("malformed", line, "The text is not UTF-8");
    }
  }
  return text;
}

/** A document that cannot be taken, and on which line it says so. */
export function problem(code: ErrorCode, line: number, text: string, details = {}): BsvError {
  return new BsvError(code, `Line ${line}: ${text}`, { details: { line, ...details } });
}

// --- internal ---

const LF = 0x0a;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
