// A spool holds values that are too many for memory, as lines of JSON, from the time they are found until they are recorded. It is
// written once, then read any number of times, synchronously: inside the store's transaction nothing may be awaited.
import { rmSync } from "node:fs";
import { OwnFile } from "./atomic-file.ts";
import { jsonLines } from "./json-lines.ts";

const PIECE_BYTES = 1 << 20;

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
    yield* jsonLines<Value>(this.#out.fd, PIECE_BYTES);
  }

  remove(): void {
    this.#out.close();
    rmSync(this.#out.file, { force: true });
  }
}
