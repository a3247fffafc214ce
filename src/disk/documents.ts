// The folder of a set's snapshot documents, Snapshots/<machine>/<set>/<timestamp>.json, for people and other tools. A
// document appears whole or not at all; what a killed writer left is swept away by the next.
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { DOCUMENT_END } from "#core/document.ts";
import { parseTimestamp, timestampFileName } from "#core/timestamp.ts";
import { AtomicFile, OwnFile } from "./atomic-file.ts";
import { isTemporary } from "./leftovers.ts";
import { systemCode } from "./trouble.ts";

const PIECE_BYTES = 1 << 20;

export interface DocumentFile {
  readonly file: string;
  readonly timestampMs: number;
}

export class DocumentFolder {
  readonly path: string;

  /** Names are checked ones (core/names.ts): they become folders. */
  constructor(dataDir: string, machineId: string, setName: string) {
    this.path = `${dataDir}/Snapshots/${machineId}/${setName}`;
  }

  fileAt(timestampMs: number): string {
    return `${this.path}/${timestampFileName(timestampMs)}.json`;
  }

  has(timestampMs: number): boolean {
    return statSync(this.fileAt(timestampMs), { throwIfNoEntry: false }) !== undefined;
  }

  /** Newest first; what has no name of ours is somebody else's. */
  list(): DocumentFile[] {
    const files: DocumentFile[] = [];
    for (const name of this.#names()) {
      const match = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)\.json$/.exec(name);
      const timestampMs = match === null ? undefined : parseTimestamp(match.slice(1).join(":"));
      if (timestampMs !== undefined) files.push({ file: `${this.path}/${name}`, timestampMs });
    }
    return files.sort((a, b) => b.timestampMs - a.timestampMs);
  }

  /** Removes what killed writers left behind. Call while holding the set's lock. */
  sweep(): void {
    for (const name of this.#names()) {
      if (isTemporary(name)) rmSync(`${this.path}/${name}`, { force: true });
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return []; // no document yet
      throw error;
    }
  }
}

/** Entry lines kept aside until the header is known: it holds their hash, and stands before them. */
export class DocumentLines {
  readonly #folder: DocumentFolder;
  #out: OwnFile;
  #separator = "";

  constructor(folder: DocumentFolder) {
    this.#folder = folder;
    this.#out = this.#create();
  }

  /** Forgets all lines. */
  restart(): void {
    this.#out.close();
    this.#out = this.#create();
    this.#separator = "";
  }

  add(line: string): void {
    this.#out.append(this.#separator);
    this.#out.append(line);
    this.#separator = ",\n";
  }

  /** Makes the document of these lines. */
  publish(file: string, start: string): void {
    this.#out.flush();
    const document = new AtomicFile(file);
    try {
      document.append(start);
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      for (let at = 0, count = 1; count > 0; at += count) {
        count = readSync(this.#out.fd, piece, 0, PIECE_BYTES, at);
        document.append(piece.subarray(0, count));
      }
      document.append(DOCUMENT_END);
      document.commit();
    } catch (error) {
      document.discard();
      throw error;
    }
  }

  remove(): void {
    this.#out.close();
    rmSync(this.#out.file, { force: true });
  }

  #create(): OwnFile {
    return new OwnFile(`${this.#folder.path}/lines.tmp`, "w+");
  }
}

/** Whether a document begins so: with this id and header. */
export function documentStartsWith(file: string, start: string): boolean {
  const expected = Buffer.from(start);
  const fd = openSync(file, "r");
  try {
    const actual = Buffer.alloc(expected.length);
    return readSync(fd, actual, 0, actual.length, 0) === actual.length && actual.equals(expected);
  } finally {
    closeSync(fd);
  }
}

/** Removes a document for good. */
export function removeDocument(file: string): void {
  rmSync(file);
}
