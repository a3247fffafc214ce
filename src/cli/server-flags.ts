// How `serve` stands towards the world, from words to what the server takes: the flags, the settings they win over, and the files
// these name.
import { BsvError } from "#core/errors.ts";
import type { Limits } from "#core/config/limits.ts";
import type { ServerFlags, SettledServer } from "#core/config/server-settings.ts";
import { readCertificate } from "#disk/certificate.ts";
import { mostDescriptors, openDescriptors } from "#disk/descriptors.ts";
import { hostName } from "#disk/home.ts";
import { readSecretFile } from "#disk/secret-file.ts";
import type { Args, Values } from "./command.ts";
import type { Context } from "./context.ts";

export const serverFlags = {
  port: { type: "string", valueHint: "PORT", description: "Default 8080; 0 for any free one" },
  host: {
    type: "string",
    valueHint: "ADDRESS",
    description: "Address to listen on (default 127.0.0.1)",
  },
  "base-path": {
    type: "string",
    valueHint: "/PATH",
    description: "Where the server stands below a proxy's own paths",
  },
  "tls-cert": {
    type: "string",
    valueHint: "FILE",
    description: "Speak TLS with this certificate chain (PEM); SIGHUP reads it again",
  },
  "tls-key": { type: "string", valueHint: "FILE", description: "Its private key (PEM)" },
  "allow-host": {
    type: "string",
    multiple: true,
    valueHint: "NAME",
    description: "Answer to this name too, or to *.example.org (may be given more than once)",
  },
  "allow-origin": {
    type: "string",
    multiple: true,
    valueHint: "ORIGIN",
    description: "Let pages of this site ask, such as https://dash.example.org",
  },
  "trust-proxy": {
    type: "string",
    multiple: true,
    valueHint: "CIDR",
    description: "Believe X-Forwarded-For from this address or range",
  },
  "metrics-token-file": {
    type: "string",
    valueHint: "FILE",
    description: "Who has the token in it reads /metrics (else this machine alone)",
  },
  limit: {
    type: "string",
    multiple: true,
    valueHint: "KEY=VALUE",
    description: "A limit, such as requests=50 or body_size=1GiB; `bsv config show` tells all",
  },
} as const satisfies Args;

type Flags = Values<{ -readonly [K in keyof typeof serverFlags]: (typeof serverFlags)[K] }>;

/** Flags before BSV_SERVER_* and BSV_LIMIT_* before the backupset file before defaults. */
export function serverSettings(context: Context, flags: Flags): Promise<SettledServer> {
  const given: ServerFlags = {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags["base-path"] === undefined ? {} : { base_path: flags["base-path"] }),
    ...(flags["tls-cert"] === undefined ? {} : { tls_cert: flags["tls-cert"] }),
    ...(flags["tls-key"] === undefined ? {} : { tls_key: flags["tls-key"] }),
    ...(flags["metrics-token-file"] === undefined
      ? {}
      : { metrics_token_file: flags["metrics-token-file"] }),
    allow_hosts: flags["allow-host"],
    allow_origins: flags["allow-origin"],
    trusted_proxies: flags["trust-proxy"],
    limits: flags.limit,
  };
  return context.serverSettings(given);
}

/** What `serve` takes of the settings. Throws `config_invalid` for files that are of no use. */
export function serverOptions({ settings, limits }: SettledServer) {
  const { host, port, base_path, allow_hosts, allow_origins, trusted_proxies } = settings;
  return {
    host: host.value,
    port: port.value,
    limits: withinDescriptors(
      Object.fromEntries(
        Object.entries(limits).map(([key, { value }]) => [key, value]),
      ) as unknown as Limits,
    ),
    certificate: certificateOf(settings),
    metricsToken: metricsToken(settings),
    descriptors: openDescriptors,
    front: {
      basePath: base_path.value,
      hosts: [host.value, hostName(), ...allow_hosts.value],
      origins: allow_origins.value,
      trustedProxies: trusted_proxies.value,
    },
  };
}

/** Read anew each time; undefined: no TLS. */
export function certificateOf({ tls_cert, tls_key }: SettledServer["settings"]) {
  if (tls_cert.value === undefined || tls_key.value === undefined) return undefined;
  return readCertificate({ cert: tls_cert.value, key: tls_key.value });
}

// --- internal ---

function metricsToken({ metrics_token_file: file }: SettledServer["settings"]): string | undefined {
  if (file.value === undefined) return undefined;
  const token = readSecretFile(file.value, "the token for /metrics").trim();
  if (/^\S{16,}$/.test(token)) return token;
  throw new BsvError("config_invalid", `${file.value} holds no token`, {
    hint: "One line of at least 16 characters without blanks: openssl rand -hex 32",
  });
}

/** For the store, its log, bodies being received, and all that a process has open anyway. */
const OWN_DESCRIPTORS = 128;

/** No more connections than this process may have beside its files. */
function withinDescriptors(limits: Limits): Limits {
  const most = (mostDescriptors() ?? Infinity) - OWN_DESCRIPTORS;
  if (most > 0) return { ...limits, connections: Math.min(limits.connections, most) };
  throw new BsvError("config_invalid", "This process may open too few files to serve", {
    hint: "Raise it: ulimit -n 4096, or LimitNOFILE= in a systemd unit",
  });
}
