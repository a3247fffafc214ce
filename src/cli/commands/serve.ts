// `bsv serve`: this store over HTTP, until it is told to stop.
import { buildInfo } from "#cli/build-info.ts";
import { defineCommand } from "#cli/command.ts";
import { wholeNumber } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { logToStderr } from "#server/request-log.ts";
import { serve } from "#server/serve.ts";

export default defineCommand({
  description: `Answers on one address, this machine's own unless --host says otherwise. There are no
keys yet: whoever reaches the server may read and write all of it, so any other address
needs --insecure-no-auth. Each request leaves one line of JSON on stderr.

What can be asked stands in /openapi.json. SIGTERM or Ctrl-C: what was asked is answered,
for 10 seconds at most.`,
  args: {
    port: {
      type: "string",
      default: "8080",
      valueHint: "PORT",
      description: "0 for any free one",
      read: readPort,
    },
    host: {
      type: "string",
      default: "127.0.0.1",
      valueHint: "ADDRESS",
      description: "Address to listen on",
    },
    "insecure-no-auth": {
      type: "boolean",
      description: "Let everybody who reaches another address than this machine's own in",
    },
  },
  examples: [
    { line: "bsv serve --port 8080", about: "For this machine only" },
    { line: "bsv serve --port 0 --json", about: "On a free port, which the first line tells" },
  ],
  exits: [8],
  json: "events",
  async run(context, { port, host, "insecure-no-auth": isOpen }) {
    const { out, run } = context;
    if (!isLoopback(host) && !isOpen) {
      throw new BsvError("usage", `On ${host} everybody who reaches it could read and write`, {
        hint: "Put a proxy that checks before 127.0.0.1; or say --insecure-no-auth, in a network you trust",
      });
    }
    const dataDir = (await context.settings()).dataDir.value;
    const server = await serve({
      host,
      port,
      dataDir,
      storeFile: `${dataDir}/bsv.db`,
      version: buildInfo.version,
      log: logToStderr,
      now: run.now,
    });
    context.atEnd(() => server.stop());
    if (!isLoopback(host)) out.warn(`${server.url} lets everybody in who reaches it`);
    await out.event("listening", { url: server.url, data_dir: dataDir });
    if (!out.isJson) await out.write(`Listening on ${server.url}\n`);
    await aborted(run.signal);
    await out.event("summary", { url: server.url });
    return "done";
  },
});

// --- internal ---

function readPort(text: string): number {
  const port = wholeNumber(0)(text);
  if (port <= 65_535) return port;
  throw new BsvError("usage", `${text} is no port: they end at 65535`);
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
