// Objects of an S3-compatible store as a copy: listed page by page, the bytes read through Bun's client, a few at a time. An ETag is
// no checksum and never taken for one; the store's own SHA-256 is believed only where that is wished for, and said. Endpoint and keys come
// from the environment (S3_* or AWS_*), never from a command line. That TLS is verified is main.ts's doing: the client has no option for it.
import { S3Client, type S3ListObjectsResponse } from "bun";
import { BsvError } from "#core/errors.ts";
import { CopyCut, EntryTrouble, type Copy, type CopyEntry } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { storedChecksums, type StoredChecksum } from "./s3-checksum.ts";

/** `//BUCKET[/PREFIX]`, what follows `s3:`. */
export function s3Copy(place: string, { trustsChecksum }: OpenOptions): Copy {
  const [, bucket, prefix = ""] = /^\/\/([^/]+)(?:\/(.*))?$/s.exec(place) ?? [];
  if (bucket === undefined) {
    throw new BsvError("usage", "Not a place in an object store", {
      hint: "Say s3://BUCKET/PREFIX",
    });
  }
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return {
    target: `s3:${place}`,
    keepsSymlinks: false,
    clockStepUs: null,
    ...(trustsChecksum === true ? { vouchedBy: "store" as const } : {}),
    entries: (signal) => {
      const client = new S3Client({ bucket, ...account() });
      return trustsChecksum === true
        ? vouchedObjects(client, folder, storedChecksums(bucket, account(), signal), signal)
        : objects(client, folder, signal);
    },
  };
}

// --- internal ---

/** So many objects are on the way at once; each small, so that memory stays flat. */
const AT_ONCE = 8;
const SMALL_BYTES = 4 << 20;

/** As Bun itself reads the environment when it starts. */
function account(): Bun.S3Options {
  const { env } = process;
  const options = {
    endpoint: env["S3_ENDPOINT"] ?? env["AWS_ENDPOINT"],
    region: env["S3_REGION"] ?? env["AWS_REGION"],
    accessKeyId: env["S3_ACCESS_KEY_ID"] ?? env["AWS_ACCESS_KEY_ID"],
    secretAccessKey: env["S3_SECRET_ACCESS_KEY"] ?? env["AWS_SECRET_ACCESS_KEY"],
    sessionToken: env["S3_SESSION_TOKEN"] ?? env["AWS_SESSION_TOKEN"],
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

interface Listed {
  readonly key: string;
  readonly sizeBytes: number;
}

async function* objects(
  client: S3Client,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  for await (const page of pages(client, prefix, signal)) {
    const ahead = new Ahead(client, page);
    for (const [nr, { key, sizeBytes }] of page.entries()) {
      if (key.endsWith("/") && sizeBytes === 0) continue; // what consoles call a folder
      signal.throwIfAborted();
      yield {
        name: key.slice(prefix.length),
        type: "file",
        target: null,
        sizeBytes,
        mtimeUs: null,
        ctimeUs: null,
        content: { kind: "bytes", read: (take) => ahead.read(nr, take) },
        trouble: null,
      };
    }
  }
}

/** No object is read: the store is asked for its checksums, a few at once. */
async function* vouchedObjects(
  client: S3Client,
  prefix: string,
  checksumOf: StoredChecksum,
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  for await (const page of pages(client, prefix, signal)) {
    const files = page.filter(({ key, sizeBytes }) => !key.endsWith("/") || sizeBytes > 0);
    for (let at = 0; at < files.length; at += AT_ONCE) {
      signal.throwIfAborted();
      const asked = files.slice(at, at + AT_ONCE).map(async ({ key, sizeBytes }) => ({
        name: key.slice(prefix.length),
        type: "file" as const,
        target: null,
        sizeBytes,
        mtimeUs: null,
        ctimeUs: null,
        ...(await checksumOf(key, sizeBytes).then(
          (checksum) => ({ content: { kind: "stored" as const, checksum }, trouble: null }),
          (error: unknown) => {
            if (!(error instanceof EntryTrouble)) throw error;
            return { content: null, trouble: error.trouble };
          },
        )),
      }));
      yield* await Promise.all(asked);
    }
  }
}

async function* pages(
  client: S3Client,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Listed[]> {
  let continuationToken: string | undefined;
  do {
    signal.throwIfAborted();
    let answer: S3ListObjectsResponse;
    try {
      answer = await client.list({
        prefix,
        ...(continuationToken === undefined ? {} : { continuationToken }),
      });
    } catch (error) {
      throw new CopyCut("offline", `S3: the store cannot be listed: ${textOf(error)}`, error);
    }
    const listed = (answer.contents ?? []).map(({ key, size }) => ({ key, sizeBytes: size ?? 0 }));
    yield listed;
    continuationToken = answer.isTruncated === true ? answer.nextContinuationToken : undefined;
    if (answer.isTruncated === true && continuationToken === undefined) {
      throw new CopyCut("unverifiable", "S3: the list goes on, and the store does not say where");
    }
  } while (continuationToken !== undefined);
}

/** Small objects are asked for before it is their turn. */
class Ahead {
  readonly #client: S3Client;
  readonly #page: readonly Listed[];
  readonly #asked = new Map<number, Promise<Uint8Array | EntryTrouble>>();

  constructor(client: S3Client, page: readonly Listed[]) {
    this.#client = client;
    this.#page = page;
  }

  async read(nr: number, take: (piece: Uint8Array) => void): Promise<void> {
    const { key, sizeBytes } = this.#page[nr]!;
    if (sizeBytes > SMALL_BYTES) return this.#stream(key, sizeBytes, take);
    for (let next = nr; next < Math.min(nr + AT_ONCE, this.#page.length); next++) {
      const { key, sizeBytes } = this.#page[next]!;
      if (sizeBytes <= SMALL_BYTES && !this.#asked.has(next))
        this.#asked.set(next, this.#fetch(key));
    }
    const bytes = await this.#asked.get(nr)!;
    this.#asked.delete(nr);
    if (bytes instanceof EntryTrouble) throw bytes;
    if (bytes.length !== sizeBytes) throw notAsListed();
    take(bytes);
  }

  // --- internal ---

  async #fetch(key: string): Promise<Uint8Array | EntryTrouble> {
    try {
      return await this.#client.file(key).bytes();
    } catch (error) {
      return unreadable(error);
    }
  }

  async #stream(key: string, sizeBytes: number, take: (piece: Uint8Array) => void): Promise<void> {
    let count = 0;
    try {
      for await (const piece of this.#client
        .file(key)
        .stream() as unknown as AsyncIterable<Uint8Array>) {
        take(piece);
        count += piece.length;
      }
    } catch (error) {
      throw unreadable(error);
    }
    if (count !== sizeBytes) throw notAsListed();
  }
}

const textOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message: string };
  return code === undefined ? message : `${code}: ${message}`;
};

const unreadable = (error: unknown): EntryTrouble =>
  new EntryTrouble("unreadable", `S3: ${textOf(error)}`);

const notAsListed = (): EntryTrouble =>
  new EntryTrouble("unstable", "UNSTABLE: not as long as it was listed; it was replaced or cut");
