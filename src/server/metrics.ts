// What the server has done, counted for Prometheus: by route, never by address, key or name, so that the numbers give nobody away
// and their number is bounded by the number of routes.
import type { Layer } from "./layers/visit.ts";

/** Seconds; p99 of a quiet server is below the first few. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);

interface Times {
  /** Those of each bucket alone; Prometheus wants them added up. */
  readonly buckets: number[];
  sumS: number;
  count: number;
}

export class Metrics {
  /** By their labels, ready to print. */
  readonly #requests = new Map<string, number>();
  readonly #times = new Map<string, Times>();
  #sentBytes = 0;

  note(request: { route: string; method: string; status: number; s: number; bytes: number }): void {
    const { route, status, s, bytes } = request;
    const method = METHODS.has(request.method) ? request.method : "other";
    const labels = `route="${route}",method="${method}",status="${status}"`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
    this.#sentBytes += bytes;
    const times = this.#timesOf(route);
    times.sumS += s;
    times.count++;
    const nr = BUCKETS_S.findIndex((bound) => s <= bound);
    if (nr >= 0) times.buckets[nr]!++;
  }

  /** In Prometheus' text format; `gauges` by name, with what each is. */
  text(gauges: Readonly<Record<string, readonly [about: string, value: number]>>): string {
    const lines = Object.entries(gauges).flatMap(([name, [about, value]]) => [
      ...head(name, about, name.endsWith("_total") ? "counter" : "gauge"),
      `${name} ${value}`,
    ]);
    lines.push(...head("bsv_http_requests_total", "Requests answered", "counter"));
    for (const [labels, count] of this.#requests) {
      lines.push(`bsv_http_requests_total{${labels}} ${count}`);
    }
    lines.push(...head("bsv_http_sent_bytes_total", "Bytes of bodies sent", "counter"));
    lines.push(`bsv_http_sent_bytes_total ${this.#sentBytes}`);
    const name = "bsv_http_request_duration_seconds";
    lines.push(...head(name, "From the first byte to the last of the answer", "histogram"));
    for (const [route, { buckets, sumS, count }] of this.#times) {
      const label = `route="${route}"`;
      let upTo = 0;
      buckets.forEach((n, nr) => {
        upTo += n;
        lines.push(`${name}_bucket{${label},le="${BUCKETS_S[nr]}"} ${upTo}`);
      });
      lines.push(`${name}_bucket{${label},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${label}} ${sumS}`, `${name}_count{${label}} ${count}`);
    }
    return `${lines.join("\n")}\n`;
  }

  // --- internal ---

  #timesOf(route: string): Times {
    const known = this.#times.get(route);
    if (known !== undefined) return known;
    const times = { buckets: BUCKETS_S.map(() => 0), sumS: 0, count: 0 };
    this.#times.set(route, times);
    return times;
  }
}

/** Counts every request when its answer has gone out. */
export function counted(metrics: Metrics): Layer {
  return async (visit, next) => {
    const answer = await next();
    visit.atEnd.push((bytes) => {
      metrics.note({
        route: visit.route ?? "none",
        method: visit.request.method,
        status: answer.status,
        s: (performance.now() - visit.startedAtMs) / 1000,
        bytes,
      });
    });
    return answer;
  };
}

// --- internal ---

const head = (name: string, about: string, type: string): string[] => [
  `# HELP ${name} ${about}.`,
  `# TYPE ${name} ${type}`,
];
