// A server takes in the document of the large tree while others ask it things; then a change of 1 % is pushed to it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { quantile, type Bench, type Home } from "./bench.ts";
import { atLeast, atMost, type Line } from "./line.ts";
import { startServer, type Server } from "./server.ts";
import { changeTree } from "./tree.ts";

export async function ingestRow(bench: Bench): Promise<Line[]> {
  const tree = bench.millionFiles();
  const agent = bench.newHome(tree);
  await agent.bsv("scan", "-q");
  const server = await startServer(bench, bench.newHome("/nonexistent"));
  await post(server, "other", {
    machine_id: "bench",
    backupset_name: "other",
    timestamp: "2026-01-01T00:00:00Z",
  });

  const document = newestDocument(agent);
  const waits: number[] = [];
  let isDone = false;
  const asking = ask(server, waits, () => isDone);
  const startedAt = performance.now();
  const answer = await fetch(`${server.url}/machines/bench/backupsets/bench`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: Bun.file(document),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  isDone = true;
  await asking;
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);

  const other = await startServer(bench, bench.newHome("/nonexistent"));
  const whole = await agent.bsv("push", "-q", "--remote", other.url);
  await other.stop();
  changeTree(tree, agent.dir.length + 1);
  await agent.bsv("scan", "-q");
  const pushed = await agent.bsv("push", "--json", "--remote", server.url);
  const last = JSON.parse(pushed.stdout.trim().split("\n").at(-1)!) as {
    sets: { sent: { wire_bytes: number }[] }[];
  };
  const wireBytes = last.sets
    .flatMap(({ sent }) => sent)
    .reduce((sum, { wire_bytes }) => sum + wire_bytes, 0);
  const serverPeak = await server.stop();
  agent.remove();
  return [
    atLeast("ingest into an empty store", bench.sizes.millionCount / seconds, 100_000, "entries/s"),
    atMost("meanwhile: healthz and latest, p99", quantile(waits, 0.99), 50, "ms"),
    atMost("server, peak memory", serverPeak / 1e6, 300, "MB"),
    atMost("push of the whole tree, peak memory", whole.peakBytes / 1e6, 300, "MB"),
    atMost("push of 1 % changed, peak memory", pushed.peakBytes / 1e6, 300, "MB"),
    atMost("push of 1 % changed, bytes sent", wireBytes / 1e6, 0.8, "MB"),
  ];
}

async function post(server: Server, set: string, header: object): Promise<void> {
  const summary = { file_count: 0, total_size: 0, error_count: 0 };
  const answer = await fetch(`${server.url}/machines/bench/backupsets/${set}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...header, summary, files: [] }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** Asks one thing after another and notes how long each answer took, in milliseconds. */
async function ask(server: Server, waits: number[], isDone: () => boolean): Promise<void> {
  const paths = ["/healthz", "/machines/bench/backupsets/other/latest?files=false"];
  for (let i = 0; !isDone(); i++) {
    const startedAt = performance.now();
    const answer = await fetch(server.url + paths[i % paths.length]);
    await answer.arrayBuffer();
    waits.push(performance.now() - startedAt);
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
    await Bun.sleep(5);
  }
}

function newestDocument(home: Home): string {
  const dir = join(home.dir, "data/Snapshots/bench/bench");
  return join(dir, readdirSync(dir).sort().at(-1)!);
}
