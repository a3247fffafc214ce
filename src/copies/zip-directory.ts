// The directory of a zip archive, entry by entry as yauzl reads it, without its names ever being paths: through a window over the file,
// so that a million entries take a second, and no memory.
import { readSync } from "node:fs";
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from "yauzl";
import { CopyCut } from "./copy.ts";

/** The entries, in the directory's order, so many at once. Throws `CopyCut` for what is no whole archive. */
export async function* directoryPages(fd: number, sizeBytes: number): AsyncGenerator<Entry[]> {
  const options = {
    lazyEntries: true,
    decodeStrings: false, // names are bytes
    validateEntrySizes: false, // sizes are compared with what comes out
    autoClose: false,
  };
  const zip = await fromRandomAccessReaderPromise(new Window(fd), sizeBytes, options).catch(
    (error: unknown) => {
      throw notWhole(error);
    },
  );
  const turns = new Turns(zip);
  for (;;) {
    const page = await turns.next();
    if (page.length > 0) yield page;
    if (page.length < PAGE_ENTRIES) break;
  }
  // Some tools write more than 65,535 entries and count them in 16 bits; others read on, and so what is behind is not missing.
  if (isEntryAt(fd, Number(zip.readEntryCursor))) {
    throw new CopyCut("unverifiable", "CUT: its directory goes on behind the entries it counts");
  }
}

// --- internal ---

const PAGE_ENTRIES = 500;
const WINDOW_BYTES = 1 << 20;

function isEntryAt(fd: number, position: number): boolean {
  const signature = Buffer.alloc(4);
  const count = readSync(fd, signature, 0, 4, position);
  return count === 4 && signature.readUInt32LE(0) === DIRECTORY_ENTRY;
}

const DIRECTORY_ENTRY = 0x02014b50;

/** What yauzl reads, from one piece of the file that is kept, at once. */
class Window extends RandomAccessReader {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    let count: number;
    try {
      count = this.#copy(buffer, offset, length, position);
    } catch (error) {
      return callback(error as Error);
    }
    callback(null, count);
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null); // the descriptor is its opener's
  }

  override _readStreamForRange(): never {
    throw new Error("contents are not read through the directory");
  }

  #copy(buffer: Buffer, offset: number, length: number, position: number): number {
    if (length > WINDOW_BYTES) return readSync(this.#fd, buffer, offset, length, position);
    const isInside = position >= this.#start && position + length <= this.#start + this.#length;
    if (!isInside) {
      this.#start = position;
      this.#length = readSync(this.#fd, this.#bytes, 0, WINDOW_BYTES, position);
    }
    const from = position - this.#start;
    return this.#bytes.copy(buffer, offset, from, Math.min(from + length, this.#length));
  }
}

/** Asks for one entry after the other; most come at once, without waiting. */
class Turns {
  readonly #zip: ZipFile;
  #page: Entry[] = [];
  #isAtEnd = false;
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(zip: ZipFile) {
    this.#zip = zip;
    zip.on("entry", (entry: Entry) => {
      this.#page.push(entry);
      this.#wake?.();
    });
    zip.on("end", () => {
      this.#isAtEnd = true;
      this.#wake?.();
    });
    zip.on("error", (error: unknown) => {
      this.#failure = { error };
      this.#wake?.();
    });
  }

  /** Shorter than a page only at the end. */
  async next(): Promise<Entry[]> {
    this.#page = [];
    while (this.#page.length < PAGE_ENTRIES && !this.#isAtEnd) {
      const before = this.#page.length;
      this.#zip.readEntry();
      const isSettled = (): boolean =>
        this.#page.length > before || this.#isAtEnd || this.#failure !== undefined;
      if (!isSettled()) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
      if (this.#failure !== undefined) throw notWhole(this.#failure.error);
    }
    return this.#page;
  }
}

const notWhole = (error: unknown): CopyCut =>
  new CopyCut("unverifiable", `CUT: no whole zip archive: ${(error as Error).message}`, error);
