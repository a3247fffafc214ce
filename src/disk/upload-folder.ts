// Where bodies wait until they are judged: a folder for each upload, with what is known of it (`upload.json`) and its
// parts. What a part is called says its number and its hash, so that a listing is all the bookkeeping there is.
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { receiveBody, type ReceiveOptions } from "./received-body.ts";
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
    return readdir(this.#root).catch((error: { code?: unknown }) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
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
    try {
      return JSON.parse(await readFile(join(this.#root, id, FACTS), "utf8"));
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
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
    try {
      return (await stat(join(this.#root, id))).mtimeMs;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** In the order of their numbers. */
  async parts(id: string): Promise<StoredPart[]> {
    const folder = join(this.#root, id);
    const parts: StoredPart[] = [];
    for (const name of await readdir(folder)) {
      const match = PART.exec(name);
      if (match === null) continue;
      const file = join(folder, name);
      const { size: sizeBytes } = await stat(file);
      parts.push({ n: Number(match[1]), sizeBytes, sha256: match[2]!, file });
    }
    return parts.sort((a, b) => a.n - b.n);
  }

  /** Receives a part; one of the same number is replaced once the new one is whole and `accept` did not throw. */
  async receivePart(
    id: string,
    n: number,
    body: ReadableStream<Uint8Array> | null,
    options: ReceiveOptions,
    accept: (sha256: string) => void = () => {},
  ): Promise<StoredPart> {
    const folder = join(this.#root, id);
    const received = await receiveBody(
      body,
      join(folder, `incoming-${crypto.randomUUID()}`),
      options,
    );
    try {
      accept(received.sha256);
      const name = `part-${String(n).padStart(5, "0")}-${received.sha256}`;
      const older = (await this.parts(id)).filter((part) => part.n === n);
      await rename(received.file, join(folder, name));
      for (const part of older) if (part.file !== join(folder, name)) await rm(part.file);
      if (options.isDurable) await syncFolder(folder);
      return {
        n,
        sizeBytes: received.sizeBytes,
        sha256: received.sha256,
        file: join(folder, name),
      };
    } catch (error) {
      await rm(received.file, { force: true });
      throw error;
    }
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

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
