// The outbox: compressed bodies on their way to a remote, with what is needed to go on after a crash. It is only a cache:
// whatever is lost or damaged here is made again from the store.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { writeAll, writeError } from "./write-error.ts";

/** What is packed; `baseId` tells that it is only the difference to that snapshot. */
export interface ParcelLabel {
  readonly snapshotId: string;
  readonly baseId: string | null;
  readonly lineCount: number;
  readonly plainBytes: number;
}

/** Where the remote expects it. */
interface Ticket {
  readonly uploadId: string;
  readonly partLimitBytes: number;
}

/** A body that lies whole and unchanging on disk. */
export interface Parcel extends ParcelLabel {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  readonly upload: Ticket | null;
  remember(upload: Ticket | null): void;
  discard(): void;
}

/** One outbox per remote and set, so that what is no longer wanted can be told and swept. */
export class Outbox {
  readonly #folder: string;

  constructor(dataDir: string, remoteUrl: string, machineId: string, setName: string) {
    const key = sha256(`${remoteUrl}\n${machineId}\n${setName}`).slice(0, 32);
    this.#folder = join(dataDir, "spool", "push", key);
  }

  /** A parcel that an earlier run left, if it is whole. */
  find(snapshotId: string): Parcel | null {
    const label = readLabel(this.#labelFile(snapshotId));
    if (label === null || label.snapshotId !== snapshotId) return null;
    const isWhole = statSync(this.#file(snapshotId), { throwIfNoEntry: false })?.size;
    return isWhole === label.sizeBytes ? this.#parcel(label) : null;
  }

  /** Writes the frames to disk; `label` is asked when they have passed. Returns once a crash would not lose them. */
  async pack(
    snapshotId: string,
    frames: AsyncIterable<Uint8Array>,
    label: () => ParcelLabel,
  ): Promise<Parcel> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const file = this.#file(snapshotId);
    let sizeBytes = 0;
    try {
      const fd = openSync(`${file}.tmp`, "w", 0o600);
      try {
        for await (const frame of frames) {
          writeAll(fd, frame, file);
          sizeBytes += frame.byteLength;
        }
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(`${file}.tmp`, file);
      const written = { ...label(), sizeBytes, upload: null };
      writeLabel(this.#labelFile(snapshotId), written);
      return this.#parcel(written);
    } catch (trouble) {
      rmSync(`${file}.tmp`, { force: true });
      throw writeError(trouble, file);
    }
  }

  /** Removes what no snapshot waits for any more. */
  sweep(waiting: ReadonlySet<string>): void {
    for (const name of namesIn(this.#folder)) {
      if (!waiting.has(name.slice(0, 64))) rmSync(join(this.#folder, name), { force: true });
    }
    if (waiting.size === 0) rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(snapshotId: string): string {
    return join(this.#folder, `${snapshotId}.zst`);
  }

  #labelFile(snapshotId: string): string {
    return join(this.#folder, `${snapshotId}.json`);
  }

  #parcel(label: StoredLabel): Parcel {
    const file = this.#file(label.snapshotId);
    const labelFile = this.#labelFile(label.snapshotId);
    let upload = label.upload;
    return {
      ...label,
      read: (offset, length) => readRange(file, offset, length),
      get upload() {
        return upload;
      },
      remember(ticket) {
        upload = ticket;
        writeLabel(labelFile, { ...label, upload });
      },
      discard() {
        rmSync(labelFile, { force: true });
        rmSync(file, { force: true });
      },
    };
  }
}

// --- internal ---

type StoredLabel = ParcelLabel & { sizeBytes: number; upload: Ticket | null };

/** Null for anything that is not exactly what we write: then the parcel is packed anew. */
function readLabel(file: string): StoredLabel | null {
  try {
    const label = JSON.parse(readFileSync(file, "utf8")) as Partial<StoredLabel> | null;
    if (label === null) return null;
    const { snapshotId, baseId, lineCount, plainBytes, sizeBytes, upload } = label;
    const isUpload =
      upload === null ||
      (typeof upload?.uploadId === "string" && Number.isSafeInteger(upload.partLimitBytes));
    const isLabel =
      typeof snapshotId === "string" &&
      (baseId === null || typeof baseId === "string") &&
      [lineCount, plainBytes, sizeBytes].every(Number.isSafeInteger);
    return isLabel && isUpload ? (label as StoredLabel) : null;
  } catch (trouble) {
    if (trouble instanceof SyntaxError || isMissing(trouble)) return null;
    throw trouble;
  }
}

function writeLabel(file: string, label: StoredLabel): void {
  const fd = openSync(`${file}.tmp`, "w", 0o600);
  try {
    writeAll(fd, Buffer.from(JSON.stringify(label)), file);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.tmp`, file);
}

function readRange(file: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const fd = openSync(file, "r");
  try {
    for (let at = 0; at < length;) {
      const count = readSync(fd, bytes, at, length - at, offset + at);
      if (count === 0) throw new BsvError("internal", `The spool file ${file} has become shorter`);
      at += count;
    }
  } finally {
    closeSync(fd);
  }
  return bytes;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (trouble) {
    if (isMissing(trouble)) return [];
    throw trouble;
  }
}

function isMissing(trouble: unknown): boolean {
  return (trouble as { code?: unknown }).code === "ENOENT";
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
