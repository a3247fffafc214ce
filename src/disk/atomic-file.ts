// A file that is there whole or not at all: written beside its place, made durable, then renamed. Not Bun.write, which does not
// fsync, and not FileSink, whose end() resolves on a full disk.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { sweepBeside, temporaryName } from "./leftovers.ts";
import { writeFailure } from "./trouble.ts";

/** Small writes are gathered to this size before the kernel is asked. */
const BUFFER_BYTES = 1 << 18;

export class AtomicFile {
  readonly #file: string;
  readonly #temporary: string;
  readonly #out: OwnFile;

  /** Makes the folder where needed. */
  constructor(file: string) {
    this.#file = file;
    this.#temporary = temporaryName(file);
    this.#out = new OwnFile(this.#temporary, "wx");
    sweepBeside(file);
  }

  append(data: string | Uint8Array): void {
    this.#out.append(data);
  }

  /** Durable and visible when this returns. */
  commit(): void {
    try {
      this.#out.sync();
      this.#out.close();
      renameSync(this.#temporary, this.#file);
      syncFolder(dirname(this.#file));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  discard(): void {
    this.#out.close();
    rmSync(this.#temporary, { force: true });
  }
}

/** A file of ours, 0600 in folders of 0700, written in large pieces; every failure to write ends the run. */
export class OwnFile {
  readonly file: string;
  readonly fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #isOpen = true;

  /** `wx` insists on a new file, `w+` takes over what is there and can be read back. */
  constructor(file: string, flags: "wx" | "w+") {
    this.file = file;
    this.fd = this.#mine(() => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      return openSync(file, flags, 0o600);
    });
  }

  append(data: string | Uint8Array): void {
    // A UTF-16 unit is at most three bytes of UTF-8.
    const most = typeof data === "string" ? data.length * 3 : data.length;
    if (most > BUFFER_BYTES - this.#used) this.flush();
    if (most > BUFFER_BYTES) {
      this.#write(typeof data === "string" ? Buffer.from(data) : data);
    } else if (typeof data === "string") {
      this.#used += this.#buffer.write(data, this.#used);
    } else {
      this.#buffer.set(data, this.#used);
      this.#used += data.length;
    }
  }

  flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  sync(): void {
    this.flush();
    this.#mine(() => fsyncSync(this.fd));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.fd);
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      done += this.#mine(() => writeSync(this.fd, bytes, done, bytes.length - done, null));
    }
  }

  #mine<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw writeFailure(error, this.file);
    }
  }
}

/** A rename is durable once its folder is; Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
