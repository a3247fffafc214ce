// A spool holds values that are too many for memory, as lines of JSON, from the time they are found until they are recorded. It is
// written once, then read any number of times, synchronously: inside the store's transaction nothing may be awaited.
import { readSync, rmSync } from "node:fs";
import { OwnFile } from "./atomic-file.ts";

const PIECE_BYTES = 1 << 20;
const NEWLINE = 0x0a;

export class Spool<Value> {
  readonly #out: OwnFile;

  /** Takes over what a killed run may have left under this name; a lock of the caller's keeps out living ones. */
  constructor(file: string) {
    this.#out = new OwnFile(file, "w+");
  }

  append(value: Value): void {
    this.#out.append(JSON.stringify(value));
    this.#out.append("\n");
  }

  *values(): Generator<Value> {
    this.#out.flush();
    let kept = Buffer.alloc(0);
    let position = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(kept.length + PIECE_BYTES);
      kept.copy(piece);
      const read = readSync(this.#out.fd, piece, kept.length, PIECE_BYTES, position);
      if (read === 0) return;
      position += read;
      const end = piece.lastIndexOf(NEWLINE, kept.length + read - 1) + 1;
      // JSON has no line end inside a value; parsed all at once they take half the time of one after the other.
      const lines = piece.toString("utf8", 0, Math.max(0, end - 1));
      yield* JSON.parse(`[${lines.replaceAll("\n", ",")}]`) as Value[];
      kept = piece.subarray(end, kept.length + read);
    }
  }

  remove(): void {
    this.#out.close();
    rmSync(this.#out.file, { force: true });
  }
}
