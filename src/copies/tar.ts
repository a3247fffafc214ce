// A tar archive as a copy, streamed once and never unpacked: names are only names. ustar, GNU and PAX; hard links stand for what they lead
// to, sparse files are given whole. An archive without its end mark was cut, and of what may have followed nothing is known.
// Read here and not by a package: see docs/decisions/0802-own-tar-reader.md.
import { pathText } from "#core/path-bytes.ts";
import { ByteStream, type Pieces } from "./byte-stream.ts";
import { CopyCut, EntryTrouble, type Content, type CopyEntry } from "./copy.ts";
import {
  ascii,
  BLOCK_BYTES,
  paxNumber,
  paxTimeUs,
  readHeader,
  readPax,
  type TarHeader,
} from "./tar-header.ts";
import { giveSparse, oldGnuMap, paxMap, type SparseMap } from "./tar-sparse.ts";

/** Its entries; those that are no file and no link only by name. Throws `CopyCut`. `limitBytes` bounds what sparse files may expand to. */
export async function* tarEntries(
  pieces: Pieces,
  signal: AbortSignal,
  limitBytes: number,
): AsyncGenerator<CopyEntry> {
  const stream = new ByteStream(pieces);
  try {
    const reader = new TarReader(stream, limitBytes);
    for (let count = 0; ; count++) {
      if (count % TURN === 0) signal.throwIfAborted();
      const entry = await reader.next();
      if (entry === undefined) break;
      if (entry !== "passed over") yield entry;
      await reader.finishEntry();
    }
    await stream.drain(); // a tool that writes is not cut off, and its exit code counts
  } finally {
    await stream.close();
  }
}

// --- internal ---

const TURN = 1024;
/** No name is longer; a header that says so would fill the memory. */
const LONGEST_NAME = 1 << 20;
/** PAX headers may hold ACLs and extended attributes. */
const LONGEST_PAX = 16 << 20;

class TarReader {
  readonly #stream: ByteStream;
  readonly #limitBytes: number;
  #expandedBytes = 0;
  #global: ReadonlyMap<string, Uint8Array[]> = new Map();
  /** Where the next header begins. */
  #next = 0;

  constructor(stream: ByteStream, limitBytes: number) {
    this.#stream = stream;
    this.#limitBytes = limitBytes;
  }

  /** Undefined at the end mark. */
  async next(): Promise<CopyEntry | "passed over" | undefined> {
    let longName: Uint8Array | undefined;
    let longLink: Uint8Array | undefined;
    let pax = this.#global;
    let isPax = this.#global.size > 0;
    for (;;) {
      const position = this.#stream.position;
      const taken = this.#stream.take(BLOCK_BYTES);
      const block = taken instanceof Promise ? await taken : taken;
      if (block === undefined) throw noEnd(position);
      const header = readHeader(block, position);
      if (header === undefined) return undefined;
      switch (header.typeflag) {
        case "L":
          longName = upToNul(await this.#body(header, LONGEST_NAME));
          continue;
        case "K":
          longLink = upToNul(await this.#body(header, LONGEST_NAME));
          continue;
        case "x":
        case "X":
          pax = merged(this.#global, readPax(await this.#body(header, LONGEST_PAX)));
          isPax = true;
          continue;
        case "g":
          this.#global = merged(this.#global, readPax(await this.#body(header, LONGEST_PAX)));
          continue;
      }
      const one = (key: string): Uint8Array | undefined => pax.get(key)?.at(-1);
      const name = one("GNU.sparse.name") ?? one("path") ?? longName ?? header.name;
      const linkName = one("linkpath") ?? longLink ?? header.linkName;
      const sizeBytes = paxNumber(one("size")) ?? header.sizeBytes;
      const mtimeUs = paxTimeUs(one("mtime")) ?? header.mtimeUs;
      return this.#entry({ ...header, name, linkName, sizeBytes, mtimeUs }, pax, isPax);
    }
  }

  /** Passes over what was not taken of the entry's data, and its filling up. */
  async finishEntry(): Promise<void> {
    const rest = this.#next - this.#stream.position;
    const isDone = this.#stream.give(rest, () => {});
    if (isDone !== undefined) await isDone;
  }

  // --- internal ---

  #entry(
    header: TarHeader,
    pax: ReadonlyMap<string, Uint8Array[]>,
    isPax: boolean,
  ): CopyEntry | "passed over" | Promise<CopyEntry> {
    const { typeflag } = header;
    // Other archivers than PAX's write a hard link's size although no data follows.
    const dataBytes = hasData(typeflag, isPax) ? header.sizeBytes : 0;
    this.#next = this.#stream.position + rounded(dataBytes);
    const name = pathText(header.name);
    switch (typeflag) {
      case "\0":
      case "0":
      case "7":
        if (name.endsWith("/")) return folder(name, header); // as before there were types
        if (pax.has("GNU.sparse.realsize") || pax.has("GNU.sparse.size")) {
          return this.#sparse(name, header, () => paxMap(pax, this.#stream));
        }
        if (pax.has("SCHILY.realsize")) return troubled(name, header, "SPARSE: of star's own form");
        return file(name, header, {
          kind: "bytes",
          read: (take) => this.#stream.give(dataBytes, take),
        });
      case "S":
        // By another magic the map is another one, or in another place.
        if (!isGnu(header.block)) return troubled(name, header, "SPARSE: of an unknown form");
        return this.#sparse(name, header, () => oldGnuMap(header.block, this.#stream));
      case "1": {
        if (header.linkName.length === 0)
          return troubled(name, header, "LINK: a hard link to nothing");
        const isWhole = dataBytes > 0;
        if (isWhole)
          return file(name, header, {
            kind: "bytes",
            read: (take) => this.#stream.give(dataBytes, take),
          });
        return {
          ...file(name, header, { kind: "link", to: pathText(header.linkName) }),
          sizeBytes: null,
        };
      }
      case "2":
        return {
          ...file(name, header, null),
          type: "symlink",
          target: pathText(header.linkName),
          sizeBytes: null,
        };
      case "3":
      case "4":
      case "6":
        return { ...file(name, header, null), type: "other" };
      case "M":
        return troubled(name, header, "MULTI_VOLUME: it begins in another volume");
      case "5":
      case "D":
        return folder(name, header);
      case "N":
      case "V":
        return "passed over"; // GNU's label and its old long names
      default:
        // POSIX takes it for a file, and so do GNU and BSD, over a file of that name; others pass over it.
        return troubled(
          name,
          header,
          `TYPE: of type ${JSON.stringify(typeflag)}, which tools take in different ways`,
        );
    }
  }

  async #sparse(
    name: string,
    header: TarHeader,
    mapOf: () => Promise<SparseMap | undefined>,
  ): Promise<CopyEntry> {
    const before = this.#stream.position;
    let map: SparseMap;
    try {
      map = (await mapOf())!;
    } catch (error) {
      if (!(error instanceof EntryTrouble)) throw error;
      return troubled(name, header, error.trouble.why);
    }
    // The old form's further blocks are not counted in its size; PAX's map is.
    this.#next += this.#stream.position - before - map.mapBytes;
    this.#expandedBytes += map.realBytes;
    if (this.#expandedBytes > this.#limitBytes) {
      return troubled(name, header, "TOO_LARGE: sparse files that expand far beyond the snapshot");
    }
    const read = (take: (piece: Uint8Array) => void) => giveSparse(map, this.#stream, take);
    return { ...file(name, header, { kind: "bytes", read }), sizeBytes: map.realBytes };
  }

  async #body({ sizeBytes }: TarHeader, limitBytes: number): Promise<Uint8Array> {
    if (sizeBytes > limitBytes) {
      throw new CopyCut("unverifiable", `DAMAGED: a header of ${sizeBytes} bytes`);
    }
    const body = await this.#stream.take(rounded(sizeBytes));
    if (body === undefined) throw noEnd(this.#stream.position);
    return body.slice(0, sizeBytes);
  }
}

const rounded = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;

const hasData = (typeflag: string, isPax: boolean): boolean =>
  typeflag === "1" ? isPax : !"23456".includes(typeflag);

const isGnu = (block: Uint8Array): boolean => ascii(block.subarray(257, 265)) === "ustar  \0";

const file = (name: string, header: TarHeader, content: Content | null): CopyEntry => ({
  name,
  type: "file",
  target: null,
  sizeBytes: header.sizeBytes,
  mtimeUs: header.mtimeUs,
  ctimeUs: null,
  content,
  trouble: null,
});

/** No snapshot witnesses it, but unpacking it takes away a file of its name that came before. */
const folder = (name: string, header: TarHeader): CopyEntry => ({
  ...file(name.replace(/\/+$/, ""), header, null),
  type: "other",
  sizeBytes: null,
  isFolder: true,
});

const troubled = (name: string, header: TarHeader, why: string): CopyEntry => ({
  ...file(name, header, null),
  sizeBytes: null,
  trouble: { kind: "unverifiable", why },
});

function noEnd(position: number): CopyCut {
  const why =
    position === 0
      ? "EMPTY: it has no byte"
      : `CUT: it ends without its end mark, after ${position} bytes`;
  return new CopyCut("unverifiable", why);
}

function upToNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function merged(
  global: ReadonlyMap<string, Uint8Array[]>,
  own: ReadonlyMap<string, Uint8Array[]>,
): ReadonlyMap<string, Uint8Array[]> {
  return global.size === 0 ? own : new Map([...global, ...own]);
}
