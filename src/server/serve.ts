// A running server: the store opened for reading, the writer's thread, the listener; and its end, in the order that loses nothing.
import type { Server } from "bun";
import { BsvError } from "#core/errors.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { sweepUploads } from "#jobs/uploads.ts";
import { makeApp, type Front } from "./app.ts";
import { openGate } from "./gate.ts";
import { DEFAULT_LIMITS, IDLE_S, type House, type Limits } from "./house.ts";
import type { Log } from "./request-log.ts";
import { Writer } from "./writer.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly storeFile: string;
  readonly version: string;
  readonly log: Log;
  readonly now: () => number;
  readonly limits?: Partial<Limits>;
  readonly front?: Partial<Front>;
  /** Another writer's thread, for tests of its death. */
  readonly worker?: string | URL;
}

export interface Running {
  readonly url: string;
  /** Answers what was asked, for `graceMs` at most, then closes everything. */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 10_000;
/** Reads go page by page; the writer's connection has the large cache. */
const READER_CACHE_KIB = 8 * 1024;
const SWEEP_MS = 3_600_000;

export async function serve(options: ServeOptions): Promise<Running> {
  const { dataDir, storeFile } = options;
  const store = await openStore(storeFile, { cacheKib: READER_CACHE_KIB });
  const writer = await Writer.open({ storeFile, dataDir }, options.worker).catch(async (error) => {
    await store.close();
    throw error;
  });
  const house: House = {
    gate: openGate,
    scope: everything(store),
    writer,
    uploadsFolder: `${dataDir}/uploads`,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    now: options.now,
  };
  const close = async () => {
    await writer.close();
    await store.close();
  };
  const sweep = () => sweepUploads(house.uploadsFolder, house.now());
  let listener: Server<undefined>;
  try {
    await sweep();
    listener = listen(options, house);
  } catch (error) {
    await close();
    throw error;
  }
  const sweeping = setInterval(
    () =>
      void sweep().catch((error: unknown) => {
        options.log({
          time: new Date().toISOString(),
          level: "error",
          what: "sweep",
          error: String(error),
        });
      }),
    SWEEP_MS,
  );
  return {
    url: listener.url.href.replace(/\/$/, ""),
    async stop(graceMs = GRACE_MS) {
      clearInterval(sweeping);
      const isDone = await Promise.race([
        listener.stop().then(() => true),
        Bun.sleep(graceMs).then(() => false),
      ]);
      if (!isDone) await listener.stop(true);
      await close();
    },
  };
}

// --- internal ---

const PLAIN_FRONT: Front = {
  basePath: "",
  isTls: false,
  hosts: [],
  origins: [],
  trustedProxies: [],
};

function listen(options: ServeOptions, house: House): Server<undefined> {
  const { log, version, front } = options;
  const answer = makeApp({ house, log, version, ...PLAIN_FRONT, ...front });
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      development: false, // its error page shows source
      reusePort: false, // said aloud: outside development Bun shares the port, and two stores would answer in turn
      idleTimeout: IDLE_S,
      // Our own limit answers with a problem; this one only cuts what would pass it.
      maxRequestBodySize: house.limits.bodyBytes + 1024 * 1024,
      fetch: (request, server) => answer(request, server),
    });
  } catch (cause) {
    const where = `${options.host}:${options.port}`;
    throw new BsvError("config_invalid", `Can't listen on ${where}: ${(cause as Error).message}`, {
      hint: "Is another server running there? Choose another --port",
      cause,
    });
  }
}
