// Where bodies wait until they are judged: a folder for each upload, with what is known of it (`upload.json`) and its
// parts. What a part is called says its number and its hash, so that a listing is all the bookkeeping there is.
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { receiveBody, type ReceivedBody, type ReceiveOptions } from "./received-body.ts";
import { writeError } from "./write-error.ts";

export interface StoredPart {
  readonly n: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly file: string;
}

/** All uploads below one folder. */
export class UploadFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async ids(): Promise<string[]> {
    return (await unlessGone(readdir(this.#root))) ?? [];
  }

  /** Makes a folder; it is no upload yet, until its facts are written. */
  async make(id: string): Promise<void> {
    try {
      await mkdir(join(this.#root, id), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw writeError(error, this.#root);
    }
  }

  /** What was written of the upload last; undefined if there is no such upload. */
  async readFacts(id: string): Promise<unknown> {
    const text = await unlessGone(readFile(join(this.#root, id, FACTS), "utf8"));
    return text === undefined ? undefined : JSON.parse(text);
  }

  async writeFacts(id: string, facts: object): Promise<void> {
    const file = join(this.#root, id, FACTS);
    try {
      await writeFile(`${file}.new`, JSON.stringify(facts), { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
      await syncFolder(join(this.#root, id));
    } catch (error) {
      throw writeError(error, file);
    }
  }

  /** When something in the folder last came or went, milliseconds; undefined if there is no such folder. */
  async touchedAtMs(id: string): Promise<number | undefined> {
    return (await unlessGone(stat(join(this.#root, id))))?.mtimeMs;
  }

  /** In the order of their numbers; none where the folder is gone. What another request takes away meanwhile is not told. */
  async parts(id: string): Promise<StoredPart[]> {
    const folder = join(this.#root, id);
    const parts: StoredPart[] = [];
    for (const name of (await unlessGone(readdir(folder))) ?? []) {
      const match = PART.exec(name);
      if (match === null) continue;
      const file = join(folder, name);
      const facts = await unlessGone(stat(file));
      if (facts === undefined) continue;
      parts.push({ n: Number(match[1]), sizeBytes: facts.size, sha256: match[2]!, file });
    }
    return parts.sort((a, b) => a.n - b.n);
  }

  /** Receives bytes that are to be a part, or a body of one. */
  receive(
    id: string,
    body: ReadableStream<Uint8Array> | null,
    options: ReceiveOptions,
  ): Promise<ReceivedBody> {
    return receiveBody(body, join(this.#root, id, `incoming-${crypto.randomUUID()}`), options);
  }

  /** What was received is this part from now on, durably, in the place of one of the same number. One at a time for each upload. */
  async settle(id: string, n: number, received: ReceivedBody): Promise<StoredPart> {
    const folder = join(this.#root, id);
    const { sizeBytes, sha256 } = received;
    const file = join(folder, `part-${String(n).padStart(5, "0")}-${sha256}`);
    const older = (await this.parts(id)).filter((part) => part.n === n && part.file !== file);
    await rename(received.file, file);
    for (const part of older) await rm(part.file);
    await syncFolder(folder);
    return { n, sizeBytes, sha256, file };
  }

  async discard({ file }: ReceivedBody): Promise<void> {
    await rm(file, { force: true });
  }

  async removeParts(id: string): Promise<void> {
    for (const part of await this.parts(id)) await rm(part.file, { force: true });
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#root, id), { recursive: true, force: true });
  }
}

// --- internal ---

const FACTS = "upload.json";
const PART = /^part-(\d{5})-([0-9a-f]{64})$/;

/** Undefined where there is no such file or folder, any more. */
async function unlessGone<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
