// A real server on a free port, over a store in a temporary folder.
import { setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve, type Running, type ServeOptions } from "#server/serve.ts";
import { SAID } from "#test/jobs/document.ts";

// Sending a hundred thousand entries takes its time on a busy machine. What is said here is heard before the command line.
setDefaultTimeout(process.env["BSV_SOAK"] === "1" ? 3_600_000 : 60_000);

const running: Running[] = [];
const folders: string[] = [];

/** For `afterAll` of every file that starts servers: they share this module, so it can't know when one of them ends. */
export async function stopAll(): Promise<void> {
  for (const server of running.splice(0)) await server.stop(1000);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function newDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "bsv-server-"));
  folders.push(folder);
  return folder;
}

export type LogLine = Record<string, unknown>;

export interface TestServer extends Running {
  readonly dataDir: string;
  readonly log: LogLine[];
  /** Asks for a path below the server, or below the usual set when it begins without a slash. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a document to the usual set. */
  send(body: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
}

export const SET_PATH = `/machines/${SAID.machine_id}/backupsets/${SAID.backupset_name}`;

export async function start(options: Partial<ServeOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? newDataDir();
  const log: LogLine[] = [];
  const server = await serve({
    host: "127.0.0.1",
    auth: "open",
    port: 0,
    dataDir,
    storeFile: join(dataDir, "bsv.db"),
    version: "0.0.0-test",
    log: (line) => log.push(line),
    now: Date.now,
    ...options,
    // All tests come from one address.
    limits: { requests: Infinity, failed_logins: 1e6, uploads: 256, ...options.limits },
  });
  const ask: TestServer["ask"] = (path, init) =>
    fetch(server.url + (path.startsWith("/") ? path : `${SET_PATH}${path && `/${path}`}`), init);
  const send: TestServer["send"] = (body, headers = {}) =>
    ask("", { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } });
  running.push(server);
  return { ...server, dataDir, log, ask, send };
}

/** Status and JSON body of an answer. */
export async function seen(asked: Promise<Response>): Promise<[status: number, body: unknown]> {
  const answer = await asked;
  return [answer.status, await answer.json()];
}
