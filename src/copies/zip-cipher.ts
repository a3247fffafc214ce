// How entries of a zip archive are encrypted: by PKWARE's cipher of 1989 or WinZip's AES. What comes out counts only when the entry's own
// check says that it is whole (AES: its HMAC; the old one: its CRC); a wrong password and damage look alike then, and nothing is known.
import { createCipheriv, createHmac, pbkdf2Sync, timingSafeEqual, type Hmac } from "node:crypto";
import type { Entry } from "yauzl";
import { EntryTrouble } from "./copy.ts";

export interface EntryCipher {
  /** How the decrypted bytes are packed. */
  readonly method: number;
  /** So many bytes stand before the entry's own and behind them. */
  readonly headBytes: number;
  readonly tailBytes: number;
  /** Whether the CRC of what comes out is the only check there is. */
  readonly needsCrc: boolean;
  /** Throws `EntryTrouble` for a password that is not this entry's. */
  start(head: Uint8Array, password: Uint8Array): Decipher;
}

export interface Decipher {
  /** Decrypts a piece where it lies. */
  update(piece: Uint8Array): void;
  /** Throws `EntryTrouble` if it was not what was encrypted. */
  finish(tail: Uint8Array): void;
}

export const isEncrypted = ({ generalPurposeBitFlag }: Entry): boolean =>
  (generalPurposeBitFlag & 1) !== 0;

/** Undefined for another cipher (PKWARE's later ones). */
export function cipherOf(entry: Entry): EntryCipher | undefined {
  if ((entry.generalPurposeBitFlag & (STRONG | MASKED)) !== 0) return undefined;
  if (entry.compressionMethod !== AES_METHOD) return oldCipher(entry);
  const told = entry.extraFields.find(({ id }) => id === 0x9901)?.data;
  if (told === undefined || told.length < 7 || told.toString("latin1", 2, 4) !== "AE")
    return undefined;
  const strength = told[4]!;
  return strength < 1 || strength > 3 ? undefined : aesCipher(strength, told.readUInt16LE(5));
}

// --- internal ---

const STRONG = 1 << 6;
const MASKED = 1 << 13;
const HAS_DESCRIPTOR = 1 << 3;
const AES_METHOD = 99;

const isNotIts = (): EntryTrouble =>
  new EntryTrouble("unverifiable", "PASSWORD: the password does not open it");

/** APPNOTE.TXT 6.1. */
function oldCipher(entry: Entry): EntryCipher {
  return {
    method: entry.compressionMethod,
    headBytes: 12,
    tailBytes: 0,
    needsCrc: true,
    start(head, password) {
      const decipher = new OldDecipher(password);
      const plain = head.slice();
      decipher.update(plain);
      // One byte of check: the CRC's, or the time's where the CRC was not known yet.
      const isStreamed = (entry.generalPurposeBitFlag & HAS_DESCRIPTOR) !== 0;
      const checks = [entry.crc32 >>> 24, ...(isStreamed ? [entry.lastModFileTime >>> 8] : [])];
      if (!checks.includes(plain[11]!)) throw isNotIts();
      return decipher;
    },
  };
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, nr) => {
  for (let bit = 0; bit < 8; bit++) nr = nr & 1 ? (nr >>> 1) ^ 0xedb88320 : nr >>> 1;
  return nr;
});

class OldDecipher implements Decipher {
  #a = 0x12345678;
  #b = 0x23456789;
  #c = 0x34567890;

  constructor(password: Uint8Array) {
    for (const byte of password) this.#mix(byte);
  }

  update(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at++) {
      const key = (this.#c & 0xffff) | 2;
      const byte = piece[at]! ^ ((Math.imul(key, key ^ 1) >>> 8) & 0xff);
      piece[at] = byte;
      this.#mix(byte);
    }
  }

  finish(): void {} // what it has is the CRC of what comes out: `needsCrc`

  // --- internal ---

  #mix(byte: number): void {
    this.#a = CRC_TABLE[(this.#a ^ byte) & 0xff]! ^ (this.#a >>> 8);
    this.#b = (Math.imul((this.#b + (this.#a & 0xff)) | 0, 134_775_813) + 1) | 0;
    this.#c = CRC_TABLE[(this.#c ^ (this.#b >>> 24)) & 0xff]! ^ (this.#c >>> 8);
  }
}

/** https://www.winzip.com/en/support/aes-encryption/, AE-1 and AE-2. */
function aesCipher(strength: number, method: number): EntryCipher {
  const saltBytes = 4 + 4 * strength;
  const keyBytes = 8 + 8 * strength;
  return {
    method,
    headBytes: saltBytes + VERIFIER_BYTES,
    tailBytes: MAC_BYTES,
    needsCrc: false,
    start(head, password) {
      const salt = head.subarray(0, saltBytes);
      const made = pbkdf2Sync(password, salt, ITERATIONS, 2 * keyBytes + VERIFIER_BYTES, "sha1");
      if (!made.subarray(2 * keyBytes).equals(head.subarray(saltBytes))) throw isNotIts();
      return new AesDecipher(made.subarray(0, keyBytes), made.subarray(keyBytes, 2 * keyBytes));
    },
  };
}

const VERIFIER_BYTES = 2;
const MAC_BYTES = 10;
const ITERATIONS = 1000;
const BLOCK_BYTES = 16;
const MOST_BLOCKS = 4096;

/** AES in counter mode, the counter little-endian: node's own counts the other way. */
class AesDecipher implements Decipher {
  readonly #blocks;
  readonly #mac: Hmac;
  #blockNr = 1;
  #stream: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(key: Uint8Array, macKey: Uint8Array) {
    this.#blocks = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
    this.#mac = createHmac("sha1", macKey);
  }

  update(piece: Uint8Array): void {
    this.#mac.update(piece);
    for (let at = 0; at < piece.length;) {
      if (this.#at === this.#stream.length) this.#refill(piece.length - at);
      const end = Math.min(piece.length, at + this.#stream.length - this.#at);
      while (at < end) piece[at++]! ^= this.#stream[this.#at++]!;
    }
  }

  finish(tail: Uint8Array): void {
    const mac = this.#mac.digest().subarray(0, MAC_BYTES);
    if (timingSafeEqual(mac, tail)) return;
    const why = "PASSWORD: its authentication code is another: a wrong password, or damage";
    throw new EntryTrouble("unverifiable", why);
  }

  // --- internal ---

  #refill(wantedBytes: number): void {
    const count = Math.min(MOST_BLOCKS, Math.ceil(wantedBytes / BLOCK_BYTES));
    const counters = Buffer.alloc(count * BLOCK_BYTES);
    for (let nr = 0; nr < count; nr++) {
      counters.writeUIntLE(this.#blockNr++, nr * BLOCK_BYTES, 6);
    }
    this.#stream = this.#blocks.update(counters);
    this.#at = 0;
  }
}
