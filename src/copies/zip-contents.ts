// The bytes of a zip archive's entries: found by the directory, deciphered, unpacked in memory piece by piece, and held against the
// archive's own sizes and checks.
import { readSync } from "node:fs";
import { Readable } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import type { Entry } from "yauzl";
import { CopyCut, EntryFlaw, EntryTrouble } from "./copy.ts";
import { cipherOf, isEncrypted, type Decipher } from "./zip-cipher.ts";

export interface ZipWishes {
  readonly limitBytes: number;
  readonly password: string | undefined;
}

export class ZipContents {
  readonly #fd: number;
  readonly #limitBytes: number;
  readonly #password: Uint8Array | undefined;
  #expandedBytes = 0;
  readonly #header = Buffer.alloc(LOCAL_HEADER_BYTES);
  readonly #packed = Buffer.allocUnsafeSlow(AT_ONCE_BYTES);

  constructor(fd: number, { limitBytes, password }: ZipWishes) {
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

  /**
   * Some tools go by what the directory says, some by the header before the data: of the CRC, unless that is said to follow, and of how it
   * is packed.
   */
  #mustAgree(entry: Entry, crc: number): void {
    const { crc32: listed, generalPurposeBitFlag: flags, compressionMethod: method } = entry;
    const local = (flags & CRC_FOLLOWS) === 0 ? this.#header.readUInt32LE(14) : crc;
    if (listed !== crc || local !== crc) throw denied();
    const isEncryptedThere = (this.#header.readUInt16LE(6) & ENCRYPTED) !== 0;
    if (this.#header.readUInt16LE(8) !== method || isEncryptedThere) throw contradicted();
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

// --- internal ---

const ABSURD_RATIO = 200;
/** Up to here an entry is unpacked at once. */
const AT_ONCE_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 20;
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER = 0x04034b50;
const CRC_FOLLOWS = 8;
const ENCRYPTED = 1;
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
const contradicted = (): EntryFlaw =>
  new EntryFlaw(
    "HEADER: the header before its bytes says that they are packed otherwise, so that tools refuse to unpack it",
  );

/** Of what is encrypted nobody can say whether it is damaged or the password a wrong one. */
function inDoubt(error: unknown): unknown {
  if (!(error instanceof EntryTrouble) || error.trouble.kind !== "unreadable") return error;
  const why = `PASSWORD: a wrong password, or damage (${error.trouble.why})`;
  return new EntryTrouble("unverifiable", why);
}
