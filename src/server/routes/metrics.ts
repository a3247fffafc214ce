// The server's numbers, for Prometheus: for whoever has the token, or without one for this machine alone. To all others there is
// nothing at this path.
import { BsvError } from "#core/errors.ts";
import { everything } from "#db/scope.ts";
import { storeSize } from "#db/stats.ts";
import type { House } from "#server/house.ts";
import { route } from "#server/route.ts";

const TYPE = "text/plain; version=0.0.4; charset=utf-8";

export const metrics = route({
  method: "GET",
  path: "/metrics",
  about: "The server's numbers for Prometheus; with its own token, or from this machine",
  needs: "nobody",
  answers: {
    200: { about: "The numbers", types: ["text/plain"] },
    404: { about: "Another token, or another machine" },
  },
  async handle({ house, request, from }) {
    if (!mayRead(house.metricsToken, request, from)) {
      throw new BsvError("not_found", "There is nothing at this path");
    }
    const text = house.metrics.text(await gaugesOf(house));
    return new Response(text, {
      headers: { "Content-Type": TYPE, "Content-Length": String(Buffer.byteLength(text)) },
    });
  },
});

// --- internal ---

/** What a proxy asks for others is not of this machine, though it comes from it. */
const FORWARDED = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];

function mayRead(token: string | undefined, { headers }: Request, from: string): boolean {
  if (token === undefined) {
    const isLocal = from === "::1" || from.startsWith("127.");
    return isLocal && !FORWARDED.some((name) => headers.has(name));
  }
  const said = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  return hash(said) === hash(token); // of hashes, the time tells nothing
}

const hash = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

async function gaugesOf({ scope, writer, bounds, startedAtMs, now }: House) {
  const { bytes, freeBytes } = await storeSize(everything(scope.store));
  const { user, system } = process.cpuUsage();
  const gauges: Record<string, readonly [about: string, value: number]> = {
    bsv_http_requests_open: ["Requests being answered", bounds.requests.all],
    bsv_uploads_open: ["Bodies being received or stored", bounds.uploads.all],
    bsv_writer_ready: ["Whether the writer takes orders", writer.isReady ? 1 : 0],
    bsv_writer_waiting: ["Deeds that wait for the writer", writer.waiting],
    bsv_store_bytes: ["The store's file, with its write-ahead log", bytes],
    bsv_store_free_bytes: ["Of these, what deleted rows left for new ones", freeBytes],
    bsv_uptime_seconds: ["Since the server began", (now() - startedAtMs) / 1000],
    process_resident_memory_bytes: ["Memory of the process", process.memoryUsage.rss()],
    process_cpu_seconds_total: ["Time of all processors together", (user + system) / 1e6],
    process_start_time_seconds: ["When the server began, since 1970", startedAtMs / 1000],
  };
  return gauges;
}
