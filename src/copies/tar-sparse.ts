// Sparse files in tar archives: only what is not a hole is stored, with a map of where it belongs. GNU tar has four ways to write the
// map; all are read here, and the file is given whole again, holes as zeros.
import type { ByteStream } from "./byte-stream.ts";
import { CopyCut, EntryTrouble } from "./copy.ts";
import { ascii, BLOCK_BYTES, exactNumber, paxNumber } from "./tar-header.ts";

export interface SparseMap {
  /** Of the whole file. */
  readonly realBytes: number;
  /** What is stored, in order. */
  readonly pieces: readonly { readonly offset: number; readonly bytes: number }[];
  /** How much of the entry's data the map itself took. */
  readonly mapBytes: number;
}

/** The old GNU form (`S`): four pieces in the header, more in blocks behind it that its size does not count. */
export async function oldGnuMap(header: Uint8Array, stream: ByteStream): Promise<SparseMap> {
  const pieces: { offset: number; bytes: number }[] = [];
  const { position } = stream;
  const add = (block: Uint8Array, at: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const place = at + i * 24;
      if (block[place] === 0) return;
      pieces.push({
        offset: exactNumber(block, place, 12, position),
        bytes: exactNumber(block, place + 12, 12, position),
      });
    }
  };
  add(header, 386, 4);
  let isMore = header[482] === 1;
  while (isMore) {
    const block = await stream.take(BLOCK_BYTES);
    if (block === undefined || pieces.length > MOST_PIECES) throw damaged();
    add(block, 0, 21);
    isMore = block[504] === 1;
  }
  return checked({ realBytes: exactNumber(header, 483, 12, position), pieces, mapBytes: 0 });
}

/** The PAX forms 0.0, 0.1 and 1.0; undefined for an entry that is not sparse. */
export async function paxMap(
  pax: ReadonlyMap<string, readonly Uint8Array[]>,
  stream: ByteStream,
): Promise<SparseMap | undefined> {
  const one = (key: string): Uint8Array | undefined => pax.get(key)?.at(-1);
  const realBytes = paxNumber(one("GNU.sparse.realsize") ?? one("GNU.sparse.size"));
  if (realBytes === undefined) return undefined;
  if (one("GNU.sparse.major") !== undefined) {
    if (ascii(one("GNU.sparse.major")!) !== "1")
      throw new EntryTrouble("unverifiable", "SPARSE: of an unknown form");
    const { numbers, mapBytes } = await leadingMap(stream);
    return checked({ realBytes, pieces: paired(numbers), mapBytes });
  }
  const map = one("GNU.sparse.map");
  if (map !== undefined) {
    return checked({ realBytes, pieces: paired(ascii(map).split(",").map(Number)), mapBytes: 0 });
  }
  const offsets = pax.get("GNU.sparse.offset") ?? [];
  const sizes = pax.get("GNU.sparse.numbytes") ?? [];
  const numbers = offsets.flatMap((offset, at) => [
    paxNumber(offset)!,
    paxNumber(sizes[at]) ?? NaN,
  ]);
  return checked({ realBytes, pieces: paired(numbers), mapBytes: 0 });
}

/** Gives the whole file; the stream stands behind the stored pieces then. */
export async function giveSparse(
  { realBytes, pieces }: SparseMap,
  stream: ByteStream,
  to: (piece: Uint8Array) => void,
): Promise<void> {
  let at = 0;
  const hole = (end: number): void => {
    for (; at < end; at += Math.min(ZEROS.length, end - at)) {
      to(ZEROS.subarray(0, Math.min(ZEROS.length, end - at)));
    }
  };
  for (const { offset, bytes } of pieces) {
    hole(offset);
    await stream.give(bytes, to);
    at += bytes;
  }
  hole(realBytes);
}

// --- internal ---

/** A file with more holes is no file. */
const MOST_PIECES = 1_000_000;
const ZEROS = new Uint8Array(1 << 18);

/** Form 1.0: numbers in lines at the beginning of the data, filled up to a block. */
async function leadingMap(stream: ByteStream): Promise<{ numbers: number[]; mapBytes: number }> {
  const numbers: number[] = [];
  let rest = "";
  let mapBytes = 0;
  for (;;) {
    const block = await stream.take(BLOCK_BYTES);
    if (block === undefined || numbers.length > 2 * MOST_PIECES) throw damaged();
    mapBytes += BLOCK_BYTES;
    const lines = (rest + ascii(block)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      numbers.push(Number(line));
      if (numbers.length === 1 + 2 * numbers[0]!) return { numbers: numbers.slice(1), mapBytes };
    }
  }
}

function paired(numbers: readonly number[]): SparseMap["pieces"] {
  const pieces: { offset: number; bytes: number }[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    pieces.push({ offset: numbers[i]!, bytes: numbers[i + 1]! });
  }
  return pieces;
}

/** Pieces must follow each other within the file: whatever else they say is no map. */
function checked(map: SparseMap): SparseMap {
  let end = 0;
  for (const { offset, bytes } of map.pieces) {
    if (!(offset >= end && bytes >= 0 && Number.isSafeInteger(offset + bytes))) throw damaged();
    end = offset + bytes;
  }
  if (end > map.realBytes) throw damaged();
  return map;
}

const damaged = (): CopyCut => new CopyCut("unverifiable", "DAMAGED: the map of a sparse file");
