// The writer's thread: its death, its full line, its end; and the process' own.
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { foreign, ours, tree } from "#test/jobs/document.ts";
import { newDataDir, seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const worker = new URL("./dying-worker.ts", import.meta.url);
const validate = (set: string) =>
  [`/machines/m/backupsets/${set}/validate`, { method: "POST" }] as const;

test("I2: a writer that dies fails its own request with 500, and the next is served", async () => {
  const server = await start({ worker });
  const died = seen(server.ask(...validate("poison")));
  expect(await died).toMatchObject([500, { code: "internal", request_id: expect.any(String) }]);
  expect(await seen(server.ask("/readyz"))).toMatchObject([503, { code: "store_busy" }]);
  expect(await seen(server.ask("/machines/m/backupsets/poison"))).toMatchObject([404, {}]);
  expect((await server.send(JSON.stringify(foreign(tree())))).status).toBe(201);
  expect(await seen(server.ask("/readyz"))).toEqual([200, { status: "ok" }]);
  expect(server.log.find((line) => line["status"] === 500)).toMatchObject({
    level: "error",
    error: expect.stringContaining("The writer's thread died"),
  });
});

test("I11: a full line is 503 with Retry-After, while reading goes on", async () => {
  const server = await start({ worker });
  const slow = server.ask(...validate("slow"));
  await Bun.sleep(50);
  const rest = Array.from({ length: 40 }, (_, i) => server.ask(...validate(`set-${i}`)));
  const health = await server.ask("/healthz");
  expect(health.status).toBe(200);
  const answers = await Promise.all([slow, ...rest]);
  const statuses = answers.map((answer) => answer.status);
  const busy = answers.filter((answer) => answer.status === 503);
  expect(statuses[0]).toBe(200);
  expect(busy).toHaveLength(8);
  for (const answer of busy) expect(answer.headers.get("retry-after")).toBe("5");
});

test("a stop answers what was asked, and closes everything", async () => {
  const server = await start({ worker });
  const slow = server.ask(...validate("slow"));
  await Bun.sleep(50);
  const stopped = server.stop();
  expect((await slow).status).toBe(200);
  await stopped;
  expect(await server.ask("/healthz").catch(() => "nobody")).toBe("nobody");
});

test("a stop does not wait for ever for a reader who reads nothing", async () => {
  const server = await start();
  const large = Array.from({ length: 60_000 }, (_, i) => ({ ...tree()[0]!, path: `/x/${i}` }));
  expect((await server.send(ours(large).json)).status).toBe(201);
  const unread = await server.ask("latest", { headers: { "Accept-Encoding": "identity" } });
  const startedAt = performance.now();
  await server.stop(300);
  expect(performance.now() - startedAt).toBeLessThan(3000);
  await unread.body?.cancel().catch(() => undefined); // the connection is gone, as it should be
});

const SERVE = join(import.meta.dir, "../../src/cli/main.ts");

/** `bsv serve` as a process of its own. */
async function serveIn(dataDir: string) {
  const process = Bun.spawn(
    ["bun", SERVE, "serve", "--port", "0", "--insecure-no-auth", "--json", "--data-dir", dataDir],
    {
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  return { process, url: JSON.parse(Buffer.from(value!).toString()).url as string };
}

test("I1, I2: kill -9 in mid-ingest: what was acknowledged is there, nothing is half there, a restart serves", async () => {
  const dataDir = newDataDir();
  const cycles = process.env["BSV_SOAK"] === "1" ? 1000 : 8;
  const acknowledged: string[] = [];
  const entries = Array.from({ length: 3000 }, (_, i) => ({ ...tree()[0]!, path: `/x/${i}` }));
  for (let cycle = 0; cycle < cycles; cycle++) {
    const { process: server, url } = await serveIn(dataDir);
    const set = `${url}/machines/devbox-001/backupsets/project-data`;
    let killing: Promise<void> | undefined;
    for (let n = 0; n < 500; n++) {
      const timestamp = new Date(Date.UTC(2026, 0, 1) + cycle * 3_600_000 + n * 1000).toISOString();
      const document = ours(entries.slice(n), { timestamp });
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(set, { method: "POST", body: document.json, headers }).catch(
        () => null,
      );
      if (answer?.status !== 201) break;
      acknowledged.push(document.id);
      killing ??= Bun.sleep(Math.random() * 200).then(() => server.kill("SIGKILL"));
    }
    await killing;
    await server.exited;
  }
  const survivor = await start({ dataDir });
  const ids: string[] = [];
  let next: string | undefined = `${SET_PATH}?limit=1000`;
  while (next !== undefined) {
    const page: Response = await survivor.ask(next);
    ids.push(...((await page.json()) as { snapshot_id: string }[]).map((row) => row.snapshot_id));
    next = /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(cycles);
  expect(ids).toEqual(expect.arrayContaining(acknowledged));
  for (const id of ids) {
    // The stream ends properly only if what is stored has the hash its header names.
    const { files, summary } = (await (await survivor.ask(id)).json()) as {
      files: unknown[];
      summary: { file_count: number };
    };
    expect(files).toHaveLength(summary.file_count);
  }
}, 3_600_000);
