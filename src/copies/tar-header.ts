// The blocks of a tar archive, read as bytes: ustar, GNU and PAX headers. A name is what the bytes say, for a name that is not UTF-8
// is a name too; a number that does not fit a double exactly is refused.
import { CopyCut } from "./copy.ts";

export const BLOCK_BYTES = 512;

export interface TarHeader {
  readonly typeflag: string;
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly sizeBytes: number;
  readonly mtimeUs: number;
  /** Of the old GNU sparse form; empty in all others. */
  readonly block: Uint8Array;
}

/** Undefined for a block of zeros, the archive's end mark. Throws `CopyCut` for what is no header. */
export function readHeader(block: Uint8Array, position: number): TarHeader | undefined {
  const stored = octal(block, CHECKSUM, 8);
  let sum = 8 * SPACE;
  for (let i = 0; i < CHECKSUM; i++) sum += block[i]!;
  for (let i = CHECKSUM + 8; i < BLOCK_BYTES; i++) sum += block[i]!;
  if (sum === 8 * SPACE && block.every((byte) => byte === 0)) return undefined;
  if (sum !== stored) {
    const why =
      position === 0
        ? "NOT_TAR: it does not begin with a tar header"
        : `DAMAGED: no tar header at byte ${position}`;
    throw new CopyCut("unverifiable", why);
  }
  const name = text(block, 0, 100);
  // GNU's own magic ("ustar  ") uses the prefix's place for other things.
  const hasPrefix = block[345] !== 0 && block[257] === 0x75 && block[262] === 0;
  return {
    typeflag: String.fromCharCode(block[156]!),
    name: hasPrefix ? Buffer.concat([text(block, 345, 155), SLASH, name]) : name.slice(),
    linkName: text(block, 157, 100).slice(),
    sizeBytes: size(block, position),
    mtimeUs: number(block, 136, 12, position) * 1e6,
    block: block[156] === 0x53 ? block.slice() : block.subarray(0, 0),
  };
}

/** The records of a PAX header, values as bytes; of a key that is there twice all, in order. */
export function readPax(bytes: Uint8Array): Map<string, Uint8Array[]> {
  const records = new Map<string, Uint8Array[]>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(SPACE, at);
    const length = space < 0 ? NaN : Number(ascii(bytes.subarray(at, space)));
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    const isRecord =
      length > 0 &&
      end <= bytes.length &&
      equals > space &&
      equals < end &&
      bytes[end - 1] === 0x0a;
    if (!isRecord) throw new CopyCut("unverifiable", "DAMAGED: a PAX header that cannot be read");
    const key = ascii(bytes.subarray(space + 1, equals));
    const values = records.get(key) ?? [];
    if (values.length === 0) records.set(key, values);
    values.push(bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** A decimal number of bytes in a PAX record. */
export function paxNumber(value: Uint8Array | undefined): number | undefined {
  if (value === undefined) return undefined;
  const digits = ascii(value);
  const read = Number(digits);
  if (/^\d+$/.test(digits) && Number.isSafeInteger(read)) return read;
  throw new CopyCut("unverifiable", "DAMAGED: a PAX header holds no number where one belongs");
}

/** Seconds with a fraction, as integer microseconds, floored. */
export function paxTimeUs(value: Uint8Array | undefined): number | undefined {
  const match = value && /^(-?)(\d{1,10})(?:\.(\d*))?$/.exec(ascii(value));
  if (match === null || match === undefined) return undefined;
  const fraction = `${match[3] ?? ""}000000`;
  const us = Number(match[2]) * 1e6 + Number(fraction.slice(0, 6));
  if (match[1] === "") return us;
  return /[1-9]/.test(fraction.slice(6)) ? -us - 1 : -us;
}

export const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

// --- internal ---

const CHECKSUM = 148;
const SPACE = 0x20;
const SLASH = Buffer.from("/");

function text(block: Uint8Array, at: number, length: number): Uint8Array {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return block.subarray(at, end);
}

function size(block: Uint8Array, position: number): number {
  const bytes = exactNumber(block, 124, 12, position);
  if (bytes >= 0) return bytes;
  throw new CopyCut("unverifiable", `DAMAGED: a negative size in the header at byte ${position}`);
}

/** A number on which it depends where bytes are: other tools refuse what is none, and pass over the entry. */
export function exactNumber(
  block: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  const isNumber = (block[at]! & 0x80) !== 0 || isOctal(block, at, length);
  if (!isNumber) throw impossible(position);
  return number(block, at, length, position);
}

/** Octal digits, or, with the first bit set, a binary number: what is larger than 8 GiB. */
function number(block: Uint8Array, at: number, length: number, position: number): number {
  if ((block[at]! & 0x80) === 0) return octal(block, at, length);
  const isNegative = block[at] === 0xff;
  let value = isNegative ? 0 : block[at]! & 0x7f;
  for (let i = at + 1; i < at + length; i++) {
    value = value * 256 + (isNegative ? 0xff - block[i]! : block[i]!);
  }
  if (isNegative) value = -value - 1;
  if (Number.isSafeInteger(value)) return value;
  throw impossible(position);
}

const impossible = (position: number): CopyCut =>
  new CopyCut("unverifiable", `DAMAGED: an impossible number in the header at byte ${position}`);

/** Blanks, digits, and then nothing, or what a blank or NUL sets apart. */
function isOctal(block: Uint8Array, at: number, length: number): boolean {
  let i = at;
  while (i < at + length && (block[i] === SPACE || (i === at && block[i] === 0))) i++;
  while (i < at + length && block[i]! >= 0x30 && block[i]! <= 0x37) i++;
  return i === at + length || block[i] === SPACE || block[i] === 0;
}

function octal(block: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) {
    const digit = block[i]! - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
    else if (block[i] !== SPACE) break;
  }
  return value;
}
