// What it costs to ask everybody for a key: the same question to a server that does and to one that does not, in turns, over a
// hundred connections that never rest.
import { join } from "node:path";
import { median, type Bench } from "./bench.ts";
import { atMost, type Line } from "./line.ts";
import { bear, type Borne } from "./load.ts";
import { startServer } from "./server.ts";
import { makeYear } from "./year.ts";

const CONNECTIONS = 100;
const SECONDS = 3;
/** Single turns differ by a tenth on a machine that does other things, too. */
const TURNS = 5;

export async function keysRow(bench: Bench): Promise<Line[]> {
  const home = bench.newHome("/nonexistent");
  await makeYear(join(home.dir, "data/bsv.db"), { files: 100, days: 3 });
  await home.bsv("user", "add", "ada", "--admin");
  await home.bsv("owner", "set", "bench", "ada");
  const key = (await home.bsv("key", "create", "--scope", "read")).stdout.trim();
  // Both over the same store.
  const open = await startServer(bench, home);
  const keyed = await startServer(bench, home, "keys");
  const without: Borne[] = [];
  const withKey: Borne[] = [];
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  for (let turn = 0; turn < TURNS; turn++) {
    without.push(await bear({ ...load, url: open.url + QUESTION, headers: {} }));
    withKey.push(await bear({ ...load, url: keyed.url + QUESTION, headers: { "X-API-Key": key } }));
  }
  await Promise.all([open.stop(), keyed.stop()]);
  const [floor, ours] = [without, withKey].map((turns) =>
    median(turns.map(({ perSecond }) => perSecond)),
  ) as [number, number];
  const p99 = median(withKey.map(({ p99Ms }) => p99Ms));
  return [
    {
      what: "latest, header: requests/s with key / without",
      measured: `${(ours / floor).toFixed(2)} × (${Math.round(ours)} / ${Math.round(floor)})`,
      reach: "≥ 0.85 ×",
      isReached: ours / floor >= 0.85,
    },
    atMost(`the same with key, ${CONNECTIONS} connections, p99`, p99, 10, "ms"),
  ];
}

// --- internal ---

const QUESTION = "/machines/bench/backupsets/year/latest?files=false";
