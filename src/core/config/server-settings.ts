// The settings of `bsv serve`: the backupset file's `server` part, BSV_SERVER_* and BSV_LIMIT_* variables, and flags. One schema
// for all three; every key carries its description here.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { DEFAULT_LIMITS, limitOf, LIMIT_KEYS, limitSchema, type LimitKey } from "./limits.ts";
import { placeText, type Place } from "./place.ts";
import { checked, type Schema, type Setting } from "./setting.ts";

const text = z.string().min(1, "is empty").max(4096);
const list = (item: z.ZodType<string, string>, about: string) =>
  z.array(item).max(1000).optional().describe(about);

const hostName = z
  .string()
  .regex(
    /^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/,
    "must be a name such as bsv.example.org, without scheme or port",
  );
const origin = z
  .string()
  .regex(
    /^https?:\/\/[A-Za-z0-9.:[\]_-]+$/,
    "must be an origin such as https://dash.example.org, without a path",
  );
const range = z
  .string()
  .regex(
    /^[0-9A-Fa-f.:]+(?:\/\d{1,3})?$/,
    "must be an address or a range such as 10.0.0.0/8 or fd00::/8",
  );

const limitsShape = Object.fromEntries(
  LIMIT_KEYS.map((key) => [key, limitSchema(key).optional()]),
) as Record<LimitKey, z.ZodOptional<ReturnType<typeof limitSchema>>>;

export const serverShape = {
  host: text.optional().describe("The address to listen on (default 127.0.0.1)."),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("The port to listen on; 0 for any free one (default 8080)."),
  base_path: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._~-]+)*$/, "must be a path such as /bsv, without a slash at its end")
    .optional()
    .describe("Where the server stands below a proxy's own paths, such as /bsv (default none)."),
  tls_cert: text
    .optional()
    .describe("The certificate chain, PEM, to speak TLS with; read again on SIGHUP."),
  tls_key: text.optional().describe("The certificate's private key, PEM, for its owner alone."),
  allow_hosts: list(
    hostName,
    "Names this server answers to, beside its addresses, localhost and the host's own name; *.example.org for all below.",
  ),
  allow_origins: list(origin, "Other sites whose pages may ask this server (default none)."),
  trusted_proxies: list(
    range,
    "Addresses and ranges of proxies whose X-Forwarded-For is believed (default none).",
  ),
  metrics_token_file: text
    .optional()
    .describe(
      "A file with the token that reads /metrics (default: none, then only this machine may).",
    ),
  limits: z.strictObject(limitsShape).optional().describe("What anybody may take of the server."),
} as const;

export const serverSchema = z
  .strictObject(serverShape)
  .refine(
    (server) => (server.tls_cert === undefined) === (server.tls_key === undefined),
    "needs tls_cert and tls_key together",
  )
  .describe("How `bsv serve` stands towards the world.");

export const SERVER_PATHS = ["tls_cert", "tls_key", "metrics_token_file"] as const;

export type ServerKeys = z.infer<typeof serverSchema>;

/** The part of the file, and where each of its keys stands: `limits.requests` too. */
export interface StatedServer {
  readonly keys: ServerKeys;
  readonly places: ReadonlyMap<string, Place>;
}

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly base_path: string;
  readonly tls_cert: string | undefined;
  readonly tls_key: string | undefined;
  readonly allow_hosts: readonly string[];
  readonly allow_origins: readonly string[];
  readonly trusted_proxies: readonly string[];
  readonly metrics_token_file: string | undefined;
}
export type ServerKey = keyof ServerSettings;

/** Words of the command line, as they were given; a limit as KEY=VALUE. */
export type ServerFlags = Partial<Record<ServerKey, string | readonly string[]>> & {
  readonly limits?: readonly string[];
};

export interface SettledServer {
  readonly settings: { readonly [K in ServerKey]: Setting<ServerSettings[K]> };
  readonly limits: { readonly [K in LimitKey]: Setting<number> };
}

interface ServerSources {
  readonly flags: ServerFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: StatedServer | undefined;
  /** Makes a path of a flag or variable absolute. */
  readonly resolve: (path: string) => string;
}

/** Flags before variables before the file before defaults. Throws `usage` or `config_invalid` naming what is wrong. */
export function settleServer(sources: ServerSources): SettledServer {
  refuseUnknown(sources.env);
  const keys = Object.keys(DEFAULTS) as ServerKey[];
  const settings = keys.map((key) => [key, settle(sources, key)]);
  const limits = LIMIT_KEYS.map((key) => [key, settleLimit(sources, key)]);
  const settled: SettledServer = {
    settings: Object.fromEntries(settings) as SettledServer["settings"],
    limits: Object.fromEntries(limits) as SettledServer["limits"],
  };
  const { tls_cert: cert, tls_key: key } = settled.settings;
  if ((cert.value === undefined) === (key.value === undefined)) return settled;
  throw new BsvError("config_invalid", "TLS needs a certificate and its key: only one is named", {
    hint: "Say --tls-cert and --tls-key",
  });
}

// --- internal ---

const DEFAULTS: ServerSettings = {
  host: "127.0.0.1",
  port: 8080,
  base_path: "",
  tls_cert: undefined,
  tls_key: undefined,
  allow_hosts: [],
  allow_origins: [],
  trusted_proxies: [],
  metrics_token_file: undefined,
};
const FLAGS: Record<ServerKey, string> = {
  host: "--host",
  port: "--port",
  base_path: "--base-path",
  tls_cert: "--tls-cert",
  tls_key: "--tls-key",
  allow_hosts: "--allow-host",
  allow_origins: "--allow-origin",
  trusted_proxies: "--trust-proxy",
  metrics_token_file: "--metrics-token-file",
};
const VARIABLE = "BSV_SERVER_";
const LIMIT_VARIABLE = "BSV_LIMIT_";

function settle({ flags, env, config, resolve }: ServerSources, key: ServerKey): Setting<unknown> {
  const read = (given: string | readonly string[] | undefined, from: string) => {
    if (given === undefined || given.length === 0) return undefined;
    const value = checked<unknown>(from, meant(key, given), serverShape[key] as Schema<unknown>);
    return {
      value: (SERVER_PATHS as readonly string[]).includes(key) ? resolve(value as string) : value,
      from,
    };
  };
  const name = variableOf(VARIABLE, key);
  const stated = config?.keys[key];
  return (
    read(flags[key], FLAGS[key]) ??
    read(env[name], name) ??
    (stated === undefined
      ? { value: DEFAULTS[key], from: "default" }
      : { value: stated, from: placeText(config!.places.get(key)!) })
  );
}

/** A list is given word by word, or in one variable with commas between. */
function meant(key: ServerKey, given: string | readonly string[]): unknown {
  if (Array.isArray(DEFAULTS[key])) {
    return (typeof given === "string" ? given.split(",") : given).map((word) => word.trim());
  }
  return key === "port" && /^\d{1,9}$/.test(String(given)) ? Number(given) : given;
}

function settleLimit({ flags, env, config }: ServerSources, key: LimitKey): Setting<number> {
  const read = (given: string | number | undefined, from: string) => {
    if (given === undefined || given === "") return undefined;
    return { value: limitOf(key, checked(from, given, limitSchema(key)) as string)!, from };
  };
  const name = variableOf(LIMIT_VARIABLE, key);
  const said = (flags.limits ?? []).map(limitFlag).findLast((limit) => limit.key === key);
  const place = config?.places.get(`limits.${key}`);
  return (
    read(said?.value, `--limit ${key}`) ??
    read(env[name], name) ??
    read(config?.keys.limits?.[key], place === undefined ? "" : placeText(place)) ?? {
      value: DEFAULT_LIMITS[key],
      from: "default",
    }
  );
}

function limitFlag(word: string): { key: LimitKey; value: string } {
  const [, key = "", value = ""] = /^([a-z_]+)=(.+)$/.exec(word) ?? [];
  if (isLimit(key)) return { key, value };
  throw new BsvError("usage", `--limit ${JSON.stringify(word)} is no limit and its value`, {
    hint: `Say KEY=VALUE; there are: ${LIMIT_KEYS.join(", ")}`,
  });
}

const isLimit = (key: string): key is LimitKey => (LIMIT_KEYS as string[]).includes(key);

/** A limit that was mistyped would not hold, and nobody would know. */
function refuseUnknown(env: ServerSources["env"]): void {
  const known = new Set([
    ...LIMIT_KEYS.map((key) => variableOf(LIMIT_VARIABLE, key)),
    ...Object.keys(DEFAULTS).map((key) => variableOf(VARIABLE, key)),
  ]);
  const isOurs = (name: string) => name.startsWith(VARIABLE) || name.startsWith(LIMIT_VARIABLE);
  const unknown = Object.keys(env).find((name) => isOurs(name) && !known.has(name));
  if (unknown === undefined) return;
  throw new BsvError("config_invalid", `There is no variable ${unknown}`, {
    hint: `There are: ${[...known].join(", ")}`,
  });
}

const variableOf = (prefix: string, key: string): string => prefix + key.toUpperCase();
