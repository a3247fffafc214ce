// A server to push to, which can be stopped, started again on the same address, backed up and restored; and bad links to it.
import { afterAll } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signer } from "#core/signature.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { serve, type Running } from "#server/serve.ts";
import { BadLink, type Weather } from "./bad-link.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-sync-"));
const toClose: (() => Promise<void> | void)[] = [];
let folders = 0;

afterAll(async () => {
  for (const close of toClose.toReversed()) await close();
  rmSync(folder, { recursive: true });
});

export const newFolder = (): string => join(folder, String(++folders));

export async function startServer(signer?: Signer): Promise<TestServer> {
  const server = new TestServer(newFolder(), signer);
  await server.start();
  toClose.push(() => server.stop());
  return server;
}

export class TestServer {
  readonly dataDir: string;
  /** What it signs its receipts with. */
  readonly signer: Signer | undefined;
  #port = 0;
  #running: Running | undefined;
  #scope: Scope | undefined;

  constructor(dataDir: string, signer?: Signer) {
    this.dataDir = dataDir;
    this.signer = signer;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Its store, over a connection of the test's own. */
  get scope(): Scope {
    return this.#scope!;
  }

  async start(): Promise<void> {
    this.#running = await serve({
      host: "127.0.0.1",
      auth: "open",
      port: this.#port,
      dataDir: this.dataDir,
      storeFile: join(this.dataDir, "bsv.db"),
      version: "0.0.0-test",
      signer: this.signer,
      log: () => {},
      now: Date.now,
    });
    this.#port = Number(new URL(this.#running.url).port);
    this.#scope = everything(await openStore(join(this.dataDir, "bsv.db")));
  }

  /** Breaks what is under way. */
  async stop(): Promise<void> {
    await this.#running?.stop(0);
    await this.#scope?.store.close();
    this.#running = undefined;
    this.#scope = undefined;
  }

  /** A copy of all it has. */
  async backUp(): Promise<string> {
    const copy = newFolder();
    await this.stop();
    cpSync(this.dataDir, copy, { recursive: true });
    await this.start();
    return copy;
  }

  async restore(copy: string): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true });
    cpSync(copy, this.dataDir, { recursive: true });
    await this.start();
  }
}

/** A link to the server, with its own weather. */
export function through(
  server: TestServer,
  weather: (connection: number) => Weather = () => ({}),
): BadLink {
  const link = new BadLink(() => server.port, weather);
  toClose.push(() => link.close());
  return link;
}
