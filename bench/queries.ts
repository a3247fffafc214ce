// What the server answers while 50 clients ask it at once, each the next thing when it has the last: every list and query, on a
// set with very many snapshots and on one with many files.
import { join } from "node:path";
import { quantile, type Bench } from "./bench.ts";
import { atMost, type Line } from "./line.ts";
import { startServer } from "./server.ts";
import { makeYear } from "./year.ts";

const CLIENTS = 50;
/** Answers of each route that are waited for. */
const ASKED = 1000;
/** A page as a window shows it; the default of 1,000 is for programs. */
const LIMIT = 100;

export async function queriesRow(bench: Bench): Promise<Line[]> {
  const home = bench.newHome("/nonexistent");
  const { snapshotCount } = bench.sizes;
  const year = await makeYear(join(home.dir, "data/bsv.db"), {
    files: 10_000,
    days: snapshotCount,
  });
  const server = await startServer(bench, home);
  const lines: Line[] = [];
  for (const [what, path] of await questions(server.url, year)) {
    const firstMs = await askOnce(`${server.url}${path}`);
    const p99 = quantile(await askAll(`${server.url}${path}`), 0.99);
    const line = atMost(`${what}, ${CLIENTS} clients, p99`, p99, 50, "ms");
    lines.push({ ...line, measured: `${line.measured}, the very first ${firstMs.toFixed(0)} ms` });
  }
  await server.stop();
  return lines;
}

// --- internal ---

async function questions(
  url: string,
  { path, checksum }: { path: string; checksum: string },
): Promise<[what: string, path: string][]> {
  const set = "/machines/bench/backupsets/year";
  const page = (await (await fetch(`${url}${set}?limit=1000&order=desc`)).json()) as {
    snapshot_id: string;
  }[];
  const [latest, old] = [page[0]!.snapshot_id, page.at(-1)!.snapshot_id];
  const folder = path.slice(0, path.lastIndexOf("/"));
  const enc = encodeURIComponent;
  const ofSet: [string, string][] = [
    ["snapshots", `?limit=${LIMIT}`],
    ["query by time", `/query?from=2027-01-01&limit=${LIMIT}`],
    ["query by checksum", `/query?checksum=${checksum}&limit=${LIMIT}`],
    ["query by path", `/query?path=${enc(path)}&limit=${LIMIT}`],
    ["heads", `/heads?limit=${LIMIT}`],
    ["latest, header", "/latest?files=false"],
    ["log of a file", `/log?path=${enc(path)}&limit=${LIMIT}`],
    ["log of a folder", `/log?path=${enc(folder)}&limit=${LIMIT}`],
    ["diff of neighbours", `/diff?limit=${LIMIT}`],
    ["diff of distant ones", `/diff?from=${old}&to=${latest}&limit=${LIMIT}`],
    ["du", "/du"],
    ["dupes of a set", `/dupes?limit=${LIMIT}`],
    ["rollback plan", `/${old}/rollback?limit=${LIMIT}`],
    ["prune plan", `/prune?keep_daily=7&keep_monthly=12&limit=${LIMIT}`],
    ["stats of a set", "/stats"],
    ["tags", `/${latest}/tags`],
  ];
  return [
    ["machines", "/machines"],
    ["backupsets", "/machines/bench/backupsets"],
    ...ofSet.map(([what, rest]): [string, string] => [what, `${set}${rest}`]),
    ["find by checksum", `/find?checksum=${checksum}&limit=${LIMIT}`],
    ["find below a folder", `/find?under=${enc(folder)}&limit=${LIMIT}`],
    ["dupes of all", `/dupes?limit=${LIMIT}`],
  ];
}

/** How long one answer took, in milliseconds. */
async function askOnce(url: string): Promise<number> {
  const startedAt = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return performance.now() - startedAt;
}

/** How long each answer took to clients who ask all the time. The first one to ask after a write is told apart: the others wait for it. */
async function askAll(url: string): Promise<number[]> {
  const waits: number[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked++ < ASKED) waits.push(await askOnce(url));
  };
  await Promise.all(Array.from({ length: CLIENTS }, ask));
  return waits;
}
