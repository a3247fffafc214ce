// A spool holds lines that are too many for memory, from the time they are found until they are recorded. It is
// written once, then read any number of times, synchronously: inside the store's transaction nothing may be awaited.
import { readSync, rmSync } from "node:fs";
import { OwnFile } from "./atomic-file.ts";

const PIECE_BYTES = 1 << 20;
const NEWLINE = 0x0a;

export class Spool {
  readonly #out: OwnFile;

  /** Takes over what a killed run may have left under this name; a lock of the caller's keeps out living ones. */
  constructor(file: string) {
    this.#out = new OwnFile(file, "w+");
  }

  /** `line` is JSON, so that it holds no line end and no lone surrogate. */
  append(line: string): void {
    this.#out.append(line);
    this.#out.append("\n");
  }

  *lines(): Generator<string> {
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
      if (end > 0) yield* piece.toString("utf8", 0, end - 1).split("\n");
      kept = piece.subarray(end, kept.length + read);
    }
  }

  remove(): void {
    this.#out.close();
    rmSync(this.#out.file, { force: true });
  }
}
