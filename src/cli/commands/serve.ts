// `bsv serve`: this store over HTTP, until it is told to stop.
import { buildInfo } from "#cli/build-info.ts";
import { defineCommand } from "#cli/command.ts";
import { certificateOf, serverFlags, serverOptions, serverSettings } from "#cli/server-flags.ts";
import { insteadOfHangup } from "#cli/signals.ts";
import { signerOf } from "#cli/signer.ts";
import { BsvError } from "#core/errors.ts";
import type { SettledServer } from "#core/config/server-settings.ts";
import { forbidCoreDump } from "#disk/no-core-dump.ts";
import { lineOf } from "#server/layers/request-log.ts";
import { serve, type Running } from "#server/serve.ts";
import { logToStderr } from "#server/stderr-log.ts";

export default defineCommand({
  description: `Answers on one address, this machine's own unless --host says otherwise, and only to
whoever signs in: \`bsv user add NAME --admin\` makes the first user, \`bsv key create\`
what machines push with. While there are no users, a link on the terminal does the
same, for an hour. Each request leaves one line of JSON on stderr.

What can be asked stands in /openapi.json. SIGTERM or Ctrl-C: what was asked is answered,
for 10 seconds at most.`,
  args: {
    ...serverFlags,
    "insecure-no-auth": {
      type: "boolean",
      description: "Ask nobody to sign in; only on this machine's own addresses",
    },
  },
  examples: [
    { line: "bsv serve --port 8080", about: "For this machine, or a proxy on it" },
    {
      line: "bsv serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem",
      about: "For everybody who has a key",
    },
    { line: "bsv serve --port 0 --json", about: "On a free port, which the first line tells" },
  ],
  exits: [8],
  json: "events",
  async run(context, { "insecure-no-auth": isOpen, ...flags }) {
    const { out, run } = context;
    const settled = await serverSettings(context, flags);
    const host = settled.settings.host.value;
    if (!isLoopback(host) && isOpen) {
      throw new BsvError("usage", `On ${host} everybody who reaches it could read and write`, {
        hint: "--insecure-no-auth is for 127.0.0.1 alone; elsewhere make users and keys",
      });
    }
    forbidCoreDump(); // requests carry keys and passwords
    const dataDir = (await context.settings()).dataDir.value;
    const server = await serve({
      ...serverOptions(settled),
      auth: isOpen ? "open" : "keys",
      dataDir,
      storeFile: `${dataDir}/bsv.db`,
      version: buildInfo.version,
      log: logToStderr,
      signer: await signerOf(),
      now: run.now,
    });
    context.atEnd(() => server.stop());
    renewOnHangup(server, settled);
    if (isOpen) out.warn(`${server.url} lets everybody in who reaches it`);
    if (!isLoopback(host) && settled.settings.tls_cert.value === undefined) {
      out.warn(
        `${server.url} speaks plain HTTP: keys can be read on the way unless a proxy adds TLS`,
      );
    }
    if (server.setUp !== undefined) {
      const link = `${server.url}${settled.settings.base_path.value}/setup#${server.setUp.token}`;
      out.tell(`No users yet. For an hour the first one can be made at ${link}`);
      out.tell("Or on this host, at any time: bsv user add NAME --admin");
    }
    await out.event("listening", { url: server.url, data_dir: dataDir });
    if (!out.isJson) await out.write(`Listening on ${server.url}\n`);
    await aborted(run.signal);
    await out.event("summary", { url: server.url });
    return "done";
  },
});

// --- internal ---

/** SIGHUP: the certificate is read again. One that is of no use is told of, and the old one stays. */
function renewOnHangup(server: Running, { settings }: SettledServer): void {
  if (settings.tls_cert.value === undefined) return;
  insteadOfHangup(() => {
    try {
      server.renew(certificateOf(settings)!);
      logToStderr(lineOf("info", "certificate", { file: settings.tls_cert.value }));
    } catch (error) {
      logToStderr(lineOf("error", "certificate", { error: (error as Error).message }));
    }
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
