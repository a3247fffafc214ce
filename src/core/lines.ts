// Text that comes as bytes, line by line: cut at line ends, decoded exactly, and every trouble told with its line.
import { BsvError, type ErrorCode } from "./errors.ts";

/** Cuts at `\n`; an unfinished last line counts. `line` gets the text without its end, and the number, from 1. */
export async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: (line: number) => number,
  line: (text: string, line: number) => void,
): Promise<number> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let count = 0;
  const checkLength = (bytes: number) => {
    const limit = limitBytes(count + 1);
    if (bytes <= limit) return;
    throw problem("too_large", count + 1, `The line is longer than ${limit} bytes`);
  };
  const finish = (bytes: Buffer, from: number, to: number) => {
    checkLength(partBytes + to - from);
    count++;
    if (parts.length === 0) return line(utf8Text(bytes, count, from, to), count);
    const whole = Buffer.concat([...parts, bytes.subarray(from, to)]);
    parts = [];
    partBytes = 0;
    line(utf8Text(whole, count), count);
  };
  for await (const chunk of chunks) {
    const bytes = asBuffer(chunk);
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      finish(bytes, from, end);
      from = end + 1;
    }
    if (from === bytes.length) continue;
    parts.push(new Uint8Array(bytes.subarray(from))); // a copy: chunks may be used again
    partBytes += bytes.length - from;
    checkLength(partBytes);
  }
  if (partBytes > 0) finish(Buffer.alloc(0), 0, 0);
  return count;
}

/** The same bytes as a Buffer, which decodes slices without making views. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes `[from, to)` exactly, or says on which line the text is no UTF-8. */
export function utf8Text(bytes: Buffer, line: number, from = 0, to = bytes.length): string {
  const text = bytes.toString("utf8", from, to);
  // Only a text with U+FFFD in it can be damaged, so only that one is decoded a second time.
  if (text.includes("\ufffd")) {
    try {
      strictUtf8.decode(bytes.subarray(from, to));
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
