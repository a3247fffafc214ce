// The JSON form of a snapshot document, cut into pieces as its bytes come by: the header's members, wherever `files` stands
// among them, and the raw text of each entry. Only boundaries are found here, with memory for one piece;
// strict-json.ts reads what lies between them.
import { DEFAULT_LIMITS, type DocumentLimits } from "./config/limits.ts";
import { asBuffer, problem, utf8Text } from "./lines.ts";
import { parseStrict } from "./strict-json.ts";

/** Who is told of the pieces, in the order of the document, with the line each begins on. */
export interface DocumentSink {
  member(name: string, value: unknown, line: number): void;
  entry(text: string, line: number): void;
}

export class DocumentTokenizer {
  readonly #sink: DocumentSink;
  readonly #limits: DocumentLimits;
  #expecting: Expecting = "document";
  #line = 1;
  #name = "";
  readonly #names = new Set<string>();
  #headerBytes = 0;

  // The piece being captured, which may have begun in earlier chunks.
  #isCapturing = false;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #pieceLine = 1;
  #level = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(sink: DocumentSink, limits: DocumentLimits = DEFAULT_LIMITS) {
    this.#sink = sink;
    this.#limits = limits;
  }

  write(bytes: Uint8Array): void {
    const chunk = asBuffer(bytes);
    let at = 0;
    while (at < chunk.length) {
      if (this.#isCapturing) {
        at = this.#capture(chunk, at);
        continue;
      }
      const byte = chunk[at]!;
      if (isSpace(byte)) {
        if (byte === LF) this.#line++;
        at++;
      } else if (this.#step(byte)) {
        at++;
      }
    }
  }

  end(): void {
    if (this.#expecting === "nothing") return;
    throw problem("malformed", this.#line, "The document ends too early");
  }

  /** Takes one byte of structure, or begins a piece with it; false if the byte belongs to that piece. */
  #step(byte: number): boolean {
    switch (this.#expecting) {
      case "document":
        if (byte === OPEN_BRACE) return this.#expect("first key");
        break;
      case "first key":
      case "key":
        if (byte === QUOTE) return this.#begin();
        if (byte === CLOSE_BRACE && this.#expecting === "first key") return this.#expect("nothing");
        break;
      case "colon":
        if (byte === COLON) return this.#expect("value");
        break;
      case "value":
        if (this.#name !== "files") return this.#begin();
        if (byte === OPEN_BRACKET) return this.#expect("first entry");
        throw problem("invalid_document", this.#line, "files: is not an array");
      case "member end":
        if (byte === COMMA) return this.#expect("key");
        if (byte === CLOSE_BRACE) return this.#expect("nothing");
        break;
      case "first entry":
      case "entry":
        if (byte === CLOSE_BRACKET && this.#expecting === "first entry")
          return this.#expect("member end");
        return this.#begin();
      case "entry end":
        if (byte === COMMA) return this.#expect("entry");
        if (byte === CLOSE_BRACKET) return this.#expect("member end");
        break;
      case "nothing":
        break;
    }
    throw problem("malformed", this.#line, "The document is not JSON: unexpected character");
  }

  #expect(next: Expecting): true {
    this.#expecting = next;
    return true;
  }

  #begin(): false {
    this.#isCapturing = true;
    this.#pieceLine = this.#line;
    this.#level = 0;
    return false;
  }

  /** Goes on with the piece from `from`; returns where it ended, or the chunk's length. */
  #capture(chunk: Buffer, from: number): number {
    const { entry_size, header_size } = this.#limits;
    const limit = this.#isEntry() ? entry_size : header_size - this.#headerBytes;
    const end = this.#pieceEnd(chunk, from);
    this.#partBytes += (end < 0 ? chunk.length : end) - from;
    if (this.#partBytes > limit) {
      const what = this.#isEntry() ? "The entry" : "The header";
      throw problem("too_large", this.#pieceLine, `${what} is longer than ${limit} bytes`);
    }
    if (end < 0) {
      this.#parts.push(new Uint8Array(chunk.subarray(from))); // a copy: chunks may be used again
      return chunk.length;
    }
    if (this.#parts.length === 0) {
      this.#finish(utf8Text(chunk, this.#pieceLine, from, end));
    } else {
      const whole = Buffer.concat([...this.#parts, chunk.subarray(from, end)]);
      this.#finish(utf8Text(whole, this.#pieceLine));
    }
    return end;
  }

  /** The index after the piece's last byte, -1 if it goes on in the next chunk. */
  #pieceEnd(chunk: Buffer, from: number): number {
    let level = this.#level;
    let isInString = this.#isInString;
    let i = from;
    if (this.#isEscaped && i < chunk.length) {
      this.#isEscaped = false;
      i++;
    }
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (isInString) {
        if (byte === QUOTE) {
          isInString = false;
          if (level === 0) return this.#ended(i + 1);
        } else if (byte === BACKSLASH) {
          i++;
        }
      } else if (byte === QUOTE) {
        isInString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        level++;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (level === 0) return this.#ended(i); // a bare value ends before its container's end
        if (--level === 0) return this.#ended(i + 1);
      } else if (level === 0 && (byte === COMMA || isSpace(byte))) {
        return this.#ended(i);
      } else if (byte === LF) {
        this.#line++;
      }
    }
    this.#level = level;
    this.#isInString = isInString;
    this.#isEscaped = i > chunk.length; // the backslash was the chunk's last byte
    return -1;
  }

  #ended(end: number): number {
    this.#level = 0;
    this.#isInString = false;
    return end;
  }

  #finish(text: string): void {
    const line = this.#pieceLine;
    const sizeBytes = this.#partBytes;
    this.#isCapturing = false;
    if (this.#parts.length > 0) this.#parts = [];
    this.#partBytes = 0;
    if (this.#isEntry()) {
      this.#expecting = "entry end";
      this.#sink.entry(text, line);
      return;
    }
    this.#headerBytes += sizeBytes;
    const parsed = parseStrict(text, this.#limits.depth - 1);
    if ("problem" in parsed) {
      const where = this.#expecting === "value" ? this.#name : "The document";
      throw problem("malformed", line, `${where}: ${parsed.problem}`);
    }
    if (this.#expecting === "value") {
      this.#expecting = "member end";
      this.#sink.member(this.#name, parsed.value, line);
    } else {
      this.#expecting = "colon";
      this.#name = parsed.value as string;
      if (this.#names.has(this.#name)) {
        throw problem("malformed", line, `The document has a key twice: ${text.slice(0, 80)}`);
      }
      this.#names.add(this.#name);
    }
  }

  #isEntry(): boolean {
    return this.#expecting === "first entry" || this.#expecting === "entry";
  }
}

// --- internal ---

const LF = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const isSpace = (byte: number) => byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;

/** Where the tokenizer stands between two pieces: what may come next. */
type Expecting =
  | "document"
  | "first key"
  | "key"
  | "colon"
  | "value"
  | "member end"
  | "first entry"
  | "entry"
  | "entry end"
  | "nothing";
