// The bytes of an archive, decompressed as they come: by their first bytes, not by the file's name. A bomb is cut when it has become
// far more than the snapshot, and than any honest data would; an archive that changes while it is read is no archive.
import { closeSync, constants, fstatSync, openSync, read } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { systemPath } from "#disk/folder.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import { CopyCut } from "./copy.ts";
import { toolOutput } from "./tool.ts";

/** Beyond `expectedBytes` and its double this much is given freely; then only what is not compressed absurdly. */
const FREE_BYTES = 1 << 28;
const ABSURD_RATIO = 200;
const PIECE_BYTES = 1 << 20;

/** How much may come out of an archive of this snapshot before it counts as a bomb. */
export const mostExpanded = (expectedBytes: number): number => 2 * expectedBytes + FREE_BYTES;

/** A file by its exact path, or `-` for standard input. */
export async function* archiveBytes(
  path: string,
  limitBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const packed = new Counted(path === "-" ? standardInput() : ofArchive(path, pieces));
  const first = await packed.next();
  if (first.done === true) return;
  const whole = joined(first.value, packed);
  const unpack = PACKERS.find(({ magic }) => startsWith(first.value, magic))?.unpack;
  if (unpack === undefined) return yield* whole;
  let unpackedBytes = 0;
  for await (const piece of unpack(whole, signal)) {
    unpackedBytes += piece.length;
    if (unpackedBytes > limitBytes && unpackedBytes > ABSURD_RATIO * packed.count) {
      throw new CopyCut(
        "unverifiable",
        `BOMB: ${packed.count} bytes became more than ${unpackedBytes}`,
      );
    }
    yield piece;
  }
}

// --- internal ---

interface Packer {
  readonly magic: readonly number[];
  readonly unpack: (
    packed: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ) => AsyncIterable<Uint8Array>;
}

const PACKERS: readonly Packer[] = [
  {
    magic: [0x1f, 0x8b],
    unpack: (packed) => through(packed, "gzip", createGunzip({ chunkSize: PIECE_BYTES })),
  },
  {
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    unpack: unzstd,
  },
  {
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    unpack: (packed, signal) => toolOutput(["xz", "-dc"], signal, { input: packed }),
  },
  {
    magic: [0x42, 0x5a, 0x68],
    unpack: (packed, signal) => toolOutput(["bzip2", "-dc"], signal, { input: packed }),
  },
];

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

class Counted implements AsyncIterator<Uint8Array> {
  count = 0;
  readonly #pieces: AsyncGenerator<Uint8Array>;

  constructor(pieces: AsyncGenerator<Uint8Array>) {
    this.#pieces = pieces;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const result = await this.#pieces.next();
    if (result.done !== true) this.count += result.value.length;
    return result;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    return this.#pieces.return(undefined);
  }
}

async function* joined(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let result = await rest.next(); result.done !== true; result = await rest.next()) {
      yield result.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* through(
  packed: AsyncIterable<Uint8Array>,
  name: string,
  unpacker: NodeJS.ReadWriteStream,
): AsyncGenerator<Uint8Array> {
  let broken: unknown;
  // Copied: the buffers of the file are used again while the unpacker still holds them.
  const input = Readable.from(copied(packed));
  input.on("error", (error) => {
    broken = error;
    (unpacker as unknown as Readable).destroy(error);
  });
  try {
    for await (const piece of input.pipe(unpacker) as unknown as AsyncIterable<Uint8Array>)
      yield piece;
  } catch (error) {
    if (error instanceof CopyCut) throw error;
    if (broken instanceof CopyCut) throw broken;
    throw noWhole(name, error);
  } finally {
    input.destroy();
  }
}

/** Through the web's stream: node's takes a stream that ends in the middle of a frame for a whole one. */
async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let broken: unknown;
  const pieces = copied(packed);
  const input = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          broken = error;
          controller.error(error);
        }
      },
    },
    { highWaterMark: 0 },
  );
  try {
    yield* input.pipeThrough(new DecompressionStream("zstd"));
  } catch (error) {
    throw broken instanceof CopyCut ? broken : noWhole("zstd", error);
  } finally {
    await pieces.return(undefined);
  }
}

const noWhole = (name: string, error: unknown): CopyCut =>
  new CopyCut("unverifiable", `CUT: no whole ${name} stream: ${(error as Error).message}`, error);

async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

/** What is read from an archive's file; that it changed meanwhile is said at the end. */
export async function* ofArchive<T>(
  path: string,
  read: (fd: number, sizeBytes: number) => AsyncIterable<T>,
): AsyncGenerator<T> {
  let fd: number;
  try {
    fd = openArchive(path);
  } catch (error) {
    throw unreadable(error);
  }
  try {
    const before = fstatSync(fd, { bigint: true });
    yield* read(fd, Number(before.size));
    const after = fstatSync(fd, { bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) {
      throw new CopyCut("unverifiable", "UNSTABLE: the archive changed while it was read");
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    closeSync(fd);
  }
}

/** Two buffers: one is read into while the other is used. */
async function* pieces(fd: number): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  let next = readPiece(fd, buffers[0]!);
  for (let turn = 0; ; turn = 1 - turn) {
    const count = await next;
    if (count === 0) return;
    next = readPiece(fd, buffers[1 - turn]!);
    next.catch(() => undefined); // met again above, when its turn comes
    yield buffers[turn]!.subarray(0, count);
  }
}

function readPiece(fd: number, buffer: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, PIECE_BYTES, null, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

/** Opened without waiting: a FIFO in its place would block for ever, and no signal ends that. */
function openArchive(path: string): number {
  const fd = openSync(systemPath(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new CopyCut(
    "unreadable",
    "NOT_A_FILE: an archive is a regular file, or - for standard input",
  );
}

/** What is no trouble with the archive goes on as it is. */
export function unreadable(error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR")
    return new CopyCut("offline", `${code}: the archive is not there`);
  return new CopyCut("unreadable", troubleText(error));
}

async function* standardInput(): AsyncGenerator<Uint8Array> {
  yield* Bun.stdin.stream();
}
