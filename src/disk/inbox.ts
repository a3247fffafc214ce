// What arrives from a remote, as one file in a work folder. Begun anew whenever the link breaks.
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { writeAll, writeError } from "./write-error.ts";

export class Inbox {
  readonly file: string;
  sizeBytes = 0;
  readonly #fd: number;

  constructor(file: string) {
    this.file = file;
    try {
      this.#fd = openSync(file, "ax", 0o600);
    } catch (error) {
      throw writeError(error, file);
    }
  }

  restart(): void {
    ftruncateSync(this.#fd, 0);
    this.sizeBytes = 0;
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes, this.file);
    this.sizeBytes += bytes.byteLength;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
