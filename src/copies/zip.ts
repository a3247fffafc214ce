// A zip archive as a copy: stored and deflated entries, ZIP64, symlinks. The directory says what there is; every content is read and
// unpacked in memory, piece by piece, never to disk. What is packed otherwise, or encrypted and no password opens it, is unverifiable, and said to be.
import { readSync } from "node:fs";
import { Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import type { Entry } from "yauzl";
import { pathText } from "#core/path-bytes.ts";
import { mostExpanded, ofArchive } from "./archive-bytes.ts";
import { CopyCut, EntryFlaw, EntryTrouble, type Copy, type CopyEntry } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { cipherOf, isEncrypted, type Decipher } from "./zip-cipher.ts";
import { directoryPages } from "./zip-directory.ts";

export function zipCopy(file: string, { resolve, expectedBytes, password }: OpenOptions): Copy {
  const path = resolve(file);
  const wishes = { limitBytes: mostExpanded(expectedBytes), password };
  return {
    target: `zip:${path}`,
    keepsSymlinks: true,
    clockStepUs: DOS_CLOCK_US,
    entries: (signal) =>
      ofArchive(path, (fd, sizeBytes) => entriesIn(fd, sizeBytes, wishes, signal)),
  };
}

// --- internal ---

/** DOS counts every other second, the usual extra field every one. */
const DOS_CLOCK_US = 2_000_000;
const ABSURD_RATIO = 200;
/** Up to here an entry is unpacked at once. */
const AT_ONCE_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 20;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER = 0x04034b50;
const CRC_FOLLOWS = 8;
const LONGEST_TARGET = 1 << 16;

interface Wishes {
  readonly limitBytes: number;
  readonly password: string | undefined;
}

async function* entriesIn(
  fd: number,
  sizeBytes: number,
  wishes: Wishes,
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  if (sizeBytes === 0) throw new CopyCut("unverifiable", "EMPTY: it has no byte");
  const contents = new Contents(fd, wishes);
  for await (const page of directoryPages(fd, sizeBytes)) {
    signal.throwIfAborted();
    for (const entry of page) {
      const told = entryOf(entry, contents);
      if (told !== undefined) yield told;
    }
  }
}

function entryOf(entry: Entry, contents: Contents): CopyEntry | undefined {
  const host = entry.versionMadeBy >> 8;
  const isUnix = host === 3 || host === 19;
  const kind = isUnix ? (entry.externalFileAttributes >>> 16) & 0xf000 : 0;
  const name = nameOf(entry, isUnix);
  if (name.endsWith("/") || kind === 0x4000) return undefined;
  const told = {
    name,
    target: null,
    sizeBytes: entry.uncompressedSize,
    mtimeUs: mtimeOf(entry),
    ctimeUs: null,
    content: null,
    trouble: null,
  };
  if (kind !== 0 && kind !== 0x8000 && kind !== 0xa000) return { ...told, type: "other" };
  const why = contents.whyNot(entry);
  if (why !== undefined) {
    const type = kind === 0xa000 ? "symlink" : "file";
    return { ...told, type, trouble: { kind: "unverifiable", why } };
  }
  if (kind === 0xa000) return symlinkOf(told, entry, contents);
  const read = (take: (piece: Uint8Array) => void) => contents.read(entry, take);
  return { ...told, type: "file", content: { kind: "bytes", read } };
}

/** A symlink's content is where it leads. */
function symlinkOf(told: Omit<CopyEntry, "type">, entry: Entry, contents: Contents): CopyEntry {
  const symlink = { ...told, type: "symlink" as const, sizeBytes: null };
  if (entry.uncompressedSize > LONGEST_TARGET) {
    return { ...symlink, trouble: { kind: "unverifiable", why: "DAMAGED: an endless symlink" } };
  }
  try {
    let target = "";
    void contents.read(entry, (bytes) => (target = pathText(bytes)));
    return { ...symlink, target };
  } catch (error) {
    if (!(error instanceof EntryTrouble)) throw error;
    return { ...symlink, trouble: error.trouble };
  }
}

class Contents {
  readonly #fd: number;
  readonly #limitBytes: number;
  readonly #password: Uint8Array | undefined;
  #expandedBytes = 0;
  readonly #header = Buffer.alloc(LOCAL_HEADER_BYTES);
  readonly #packed = Buffer.allocUnsafeSlow(AT_ONCE_BYTES);

  constructor(fd: number, { limitBytes, password }: Wishes) {
    this.#fd = fd;
    this.#limitBytes = limitBytes;
    this.#password = password === undefined ? undefined : Buffer.from(password);
  }

  whyNot(entry: Entry): string | undefined {
    const { compressedSize, uncompressedSize } = entry;
    const cipher = isEncrypted(entry) ? cipherOf(entry) : undefined;
    if (isEncrypted(entry)) {
      if (this.#password === undefined)
        return "ENCRYPTED: it asks for a password (--password-file)";
      if (cipher === undefined) return "ENCRYPTED: by a cipher that cannot be read here";
    }
    const method = cipher?.method ?? entry.compressionMethod;
    if (method !== 0 && method !== 8) return `METHOD: packed by method ${method}`;
    this.#expandedBytes += uncompressedSize;
    const isAbsurd = uncompressedSize > ABSURD_RATIO * compressedSize;
    if (this.#expandedBytes <= this.#limitBytes || !isAbsurd) return undefined;
    return "BOMB: it expands far beyond the snapshot";
  }

  read(entry: Entry, take: (piece: Uint8Array) => void): void | Promise<void> {
    if (Math.max(entry.compressedSize, entry.uncompressedSize) > AT_ONCE_BYTES) {
      return this.#readLarge(entry, take);
    }
    const whole = this.small(entry);
    take(whole);
    if (!isEncrypted(entry)) this.#mustAgree(entry, crc32(whole));
  }

  /** Of what is encrypted the check stands for the password; of a file in the clear its reader asks it. */
  small(entry: Entry): Uint8Array {
    const packed = this.#open(entry);
    const { at, length, method, decipher, tail } = packed;
    const bytes = this.#packed.subarray(0, length);
    if (readSync(this.#fd, bytes, 0, length, at) < length) throw cut();
    decipher?.update(bytes);
    decipher?.finish(tail);
    try {
      const whole = method === 0 ? bytes : inflated(bytes, entry.uncompressedSize);
      if (whole.length !== entry.uncompressedSize) throw otherSize();
      if (packed.needsCrc && crc32(whole) !== entry.crc32) throw otherCrc();
      return whole;
    } catch (error) {
      throw decipher === undefined ? error : inDoubt(error);
    }
  }

  // --- internal ---

  async #readLarge(entry: Entry, take: (piece: Uint8Array) => void): Promise<void> {
    const packed = this.#open(entry);
    const pieces = this.#pieces(packed);
    let count = 0;
    let crc = 0;
    const taken = (piece: Uint8Array): void => {
      count += piece.length;
      if (count > entry.uncompressedSize) throw otherSize();
      crc = crc32(piece, crc);
      take(piece);
    };
    try {
      if (packed.method === 0) for (const piece of pieces) taken(piece);
      else await inflate(pieces, taken);
      if (count !== entry.uncompressedSize) throw otherSize();
      packed.decipher?.finish(packed.tail);
      if (packed.needsCrc && crc !== entry.crc32) throw otherCrc();
    } catch (error) {
      throw packed.decipher === undefined ? error : inDoubt(error);
    }
    if (packed.decipher === undefined) this.#mustAgree(entry, crc);
  }

  /** Some tools go by the CRC in the directory, some by the one before the data, unless that is said to follow. */
  #mustAgree({ crc32: listed, generalPurposeBitFlag: flags }: Entry, crc: number): void {
    const local = (flags & CRC_FOLLOWS) === 0 ? this.#header.readUInt32LE(14) : crc;
    if (listed !== crc || local !== crc) throw denied();
  }

  /** Where the packed bytes are, and what opens them. */
  #open(entry: Entry): Packed {
    const { compressedSize, compressionMethod: method } = entry;
    const at = this.#dataStart(entry);
    const cipher = isEncrypted(entry) ? cipherOf(entry) : undefined;
    if (cipher === undefined) {
      return { ...PLAIN, at, length: compressedSize, method };
    }
    const { headBytes, tailBytes, needsCrc } = cipher;
    const length = compressedSize - headBytes - tailBytes;
    if (length < 0) throw inDoubt(otherSize());
    const [head, tail] = [Buffer.alloc(headBytes), Buffer.alloc(tailBytes)];
    if (readSync(this.#fd, head, 0, headBytes, at) < headBytes) throw cut();
    const tailAt = at + headBytes + length;
    if (readSync(this.#fd, tail, 0, tailBytes, tailAt) < tailBytes) throw cut();
    const decipher = cipher.start(head, this.#password!);
    return { at: at + headBytes, length, method: cipher.method, decipher, tail, needsCrc };
  }

  #dataStart({ relativeOffsetOfLocalHeader: at }: Entry): number {
    const header = this.#header;
    if (readSync(this.#fd, header, 0, LOCAL_HEADER_BYTES, at) < LOCAL_HEADER_BYTES) throw cut();
    if (header.readUInt32LE(0) !== LOCAL_HEADER) throw damaged(new Error("no local header"));
    return at + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  }

  *#pieces({ at, length, decipher }: Packed): Generator<Uint8Array> {
    const piece = this.#packed.subarray(0, PIECE_BYTES);
    for (let done = 0; done < length;) {
      const count = readSync(this.#fd, piece, 0, Math.min(PIECE_BYTES, length - done), at + done);
      if (count === 0) throw cut();
      done += count;
      const read = piece.subarray(0, count);
      decipher?.update(read);
      yield read;
    }
  }
}

interface Packed {
  readonly at: number;
  readonly length: number;
  readonly method: number;
  /** Undefined: it is not encrypted. */
  readonly decipher: Decipher | undefined;
  /** For the decipher's end. */
  readonly tail: Uint8Array;
  readonly needsCrc: boolean;
}

const PLAIN = { decipher: undefined, tail: new Uint8Array(0), needsCrc: false };

function inflated(packed: Uint8Array, sizeBytes: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: sizeBytes + 1 });
  } catch (error) {
    throw damaged(error);
  }
}

async function inflate(
  packed: Iterable<Uint8Array>,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const input = Readable.from(copied(packed));
  try {
    const inflating = input.pipe(createInflateRaw({ chunkSize: PIECE_BYTES }));
    input.on("error", (error) => inflating.destroy(error));
    for await (const piece of inflating as AsyncIterable<Uint8Array>) take(piece);
  } catch (error) {
    if (error instanceof EntryTrouble || error instanceof CopyCut) throw error;
    throw damaged(error);
  } finally {
    input.destroy();
  }
}

function* copied(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** As bytes; where the archiver keeps a second, Unicode name of the same bytes, that one. */
function nameOf({ fileNameRaw, extraFields }: Entry, isUnix: boolean): string {
  const unicode = extraFields.find(({ id, data }) => id === 0x7075 && data.length > 5)?.data;
  const isOfThisName = unicode?.readUInt32LE(1) === Bun.hash.crc32(fileNameRaw);
  const name = pathText(isOfThisName ? unicode!.subarray(5) : fileNameRaw);
  return isUnix ? name : name.replaceAll("\\", "/");
}

/** From the extra fields that know a time zone; DOS's own time is some place's, nobody knows which. */
function mtimeOf({ extraFields }: Entry): number | null {
  for (const { id, data } of extraFields) {
    if (id === 0x5455 && data.length >= 5 && (data[0]! & 1) === 1) return data.readInt32LE(1) * 1e6;
    if (id === 0x000a && data.length >= 16) {
      return Number(data.readBigUInt64LE(8) / 10n - NTFS_EPOCH_US);
    }
  }
  return null;
}

/** 1601 to 1970. */
const NTFS_EPOCH_US = 11_644_473_600_000_000n;

const cut = (): EntryTrouble =>
  new EntryTrouble("unverifiable", "CUT: its data lies beyond the end");
const otherSize = (): EntryTrouble =>
  new EntryTrouble("unreadable", "DAMAGED: it is not as long as the directory says");
const damaged = (error: unknown): EntryTrouble =>
  new EntryTrouble("unreadable", `DAMAGED: ${(error as Error).message}`);
const otherCrc = (): EntryTrouble => new EntryTrouble("unreadable", "DAMAGED: its CRC is another");
const denied = (): EntryFlaw =>
  new EntryFlaw(
    "CRC: its bytes are not those of the archive's own check, so that tools refuse to unpack it",
  );

/** Of what is encrypted nobody can say whether it is damaged or the password a wrong one. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof EntryTrouble) || error.trouble.kind !== "unreadable") return error;
  const why = `PASSWORD: a wrong password, or damage (${error.trouble.why})`;
  return new EntryTrouble("unverifiable", why);
}
