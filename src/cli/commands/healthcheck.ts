// `bsv healthcheck [URL]`: is the server ready. For containers, service managers and scripts.
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { authoritiesOf } from "#cli/remote.ts";
import { wholeNumber } from "#cli/values.ts";
import type { ServerSettings, SettledServer } from "#core/config/server-settings.ts";
import { healthcheck } from "#jobs/healthcheck.ts";

export default defineCommand({
  description: `Asks once, and waits a few seconds at most. Without a URL it asks this machine's own server,
where its settings (the backupset file, BSV_SERVER_*) say it is; its certificate is for the
name others know it by, so there, and only there, it is not verified.`,
  args: {
    url: {
      type: "positional",
      required: false,
      valueHint: "URL",
      description: "The server; none: this machine's own",
    },
    timeout: {
      type: "string",
      default: "5",
      valueHint: "SECONDS",
      description: "How long to wait",
      read: wholeNumber(1),
    },
  },
  examples: [
    { line: "bsv healthcheck", about: "In a container: HEALTHCHECK CMD bsv healthcheck" },
    { line: "bsv healthcheck https://bsv.example.org/bsv", about: "Another machine's server" },
  ],
  exits: [7],
  async run(context, { url, timeout }) {
    const asked = url ?? ownUrl(await context.serverSettings());
    const input = {
      url: asked.replace(/\/+$/, ""),
      isOurs: url === undefined,
      authorities: url === undefined ? undefined : await authoritiesOf(context),
      timeoutMs: timeout * 1000,
    };
    const health = await healthcheck(input, context.run);
    await context.out.answer({ ...health, status: "ready" }, () => [
      `${printable(health.url)} is ready`,
    ]);
    return "done";
  },
});

// --- internal ---

/** A server on all addresses is asked on one of this machine's own. */
function ownUrl({ settings }: SettledServer): string {
  const of = <K extends keyof ServerSettings>(key: K) => settings[key].value;
  const everywhere: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const host = everywhere[of("host")] ?? of("host");
  const scheme = of("tls_cert") === undefined ? "http" : "https";
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${of("port")}${of("base_path")}`;
}
