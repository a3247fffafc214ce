// A running server: the store opened for reading, the writer's thread, the listener; and its end, in the order that loses nothing.
import { DEFAULT_LIMITS, type Limits } from "#core/config/limits.ts";
import { everything, type Scope } from "#db/scope.ts";
import type { Signer } from "#core/signature.ts";
import { openStore } from "#db/store/store.ts";
import { hasUsers } from "#db/access/users.ts";
import { TokenKeys } from "#jobs/access/token-keys.ts";
import { sweepUploads } from "#jobs/uploads.ts";
import { makeApp, type Front } from "./app.ts";
import { AuditNotes } from "./access/audit-notes.ts";
import { boundsOf } from "./layers/bounds.ts";
import { watchCrowd, type Crowd } from "./layers/crowd.ts";
import { openGate } from "./access/gate.ts";
import type { Access, House } from "./house.ts";
import { KeysGate } from "./access/keys-gate.ts";
import { Uses } from "./access/uses.ts";
import { SetUp } from "./access/set-up.ts";
import { Listener, type Certificate } from "./listener.ts";
import { Metrics } from "./metrics.ts";
import { lineOf, type Log } from "./layers/request-log.ts";
import { Writer } from "./writer.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** `keys`: whoever asks must sign in. `open`: everybody who reaches the server may do everything. */
  readonly auth: "keys" | "open";
  readonly dataDir: string;
  readonly storeFile: string;
  readonly version: string;
  readonly log: Log;
  readonly now: () => number;
  readonly limits?: Partial<Limits>;
  readonly front?: Partial<Omit<Front, "isTls">>;
  /** To speak TLS with. */
  readonly certificate?: Certificate | undefined;
  /** What reads /metrics; none: this machine alone. */
  readonly metricsToken?: string | undefined;
  readonly descriptors?: Crowd["descriptors"];
  /** Signs receipts. */
  readonly signer?: Signer | undefined;
  /** Another writer's thread, for tests of its death. */
  readonly worker?: string | URL;
}

export interface Running {
  readonly url: string;
  /** How the first user is made, while there is none. */
  readonly setUp: SetUp | undefined;
  /** Speaks with another certificate from the next connection on. Throws if it is of no use; then the old one stays. */
  renew(certificate: Certificate): void;
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
  const close = async () => {
    await writer.close();
    await store.close();
  };
  const scope = everything(store);
  const access = await accessOf(options, scope, writer).catch(async (error) => {
    await close();
    throw error;
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const house: House = {
    gate:
      access === undefined
        ? openGate
        : new KeysGate({
            scope,
            uses: new Uses(writer, options.log),
            now: options.now,
            ...access,
          }),
    access,
    scope,
    writer,
    uploadsFolder: `${dataDir}/uploads`,
    limits,
    bounds: boundsOf(limits),
    metrics: new Metrics(),
    metricsToken: options.metricsToken,
    startedAtMs: options.now(),
    signer: options.signer,
    now: options.now,
  };
  const sweep = () => sweepUploads(house.uploadsFolder, house.now());
  let listener: Listener;
  try {
    await sweep();
    listener = listen(options, house);
  } catch (error) {
    await close();
    throw error;
  }
  const { log } = options;
  const sweeping = setInterval(
    () => void sweep().catch((error) => log(lineOf("error", "sweep", { error: String(error) }))),
    SWEEP_MS,
  );
  const leaveCrowd =
    options.descriptors === undefined
      ? () => {}
      : watchCrowd(
          listener,
          { limit: house.limits.connections, descriptors: options.descriptors },
          log,
        );
  return {
    url: listener.url,
    setUp: access?.setUp,
    renew: (certificate) => listener.renew(certificate),
    async stop(graceMs = GRACE_MS) {
      clearInterval(sweeping);
      leaveCrowd();
      await listener.close(graceMs);
      await close();
    },
  };
}

// --- internal ---

async function accessOf(
  { auth, dataDir, log, now }: ServeOptions,
  scope: Scope,
  writer: Writer,
): Promise<Access | undefined> {
  if (auth === "open") return undefined;
  return {
    tokens: TokenKeys.open(dataDir),
    notes: new AuditNotes(writer, log),
    setUp: (await hasUsers(scope)) ? undefined : new SetUp(now()),
  };
}

const PLAIN_FRONT: Omit<Front, "isTls"> = {
  basePath: "",
  hosts: [],
  origins: [],
  trustedProxies: [],
};

function listen(options: ServeOptions, house: House): Listener {
  const { host, port, log, version, front, certificate } = options;
  const isTls = certificate !== undefined;
  const answer = makeApp({ house, log, version, ...PLAIN_FRONT, ...front, isTls });
  return new Listener({ host, port, certificate, bodyBytes: house.limits.body_size, answer });
}
