// The rollback route: pages and the stream tell the same, pages stay about the same two snapshots, other machines' content is named,
// and nothing asked breaks it.
import { expect, test } from "bun:test";
import { NOBODY } from "#core/run.ts";
import { rollbackLine } from "#core/rollback.ts";
import { RemoteHistory } from "#jobs/remote-history.ts";
import { foreign, SAID } from "#test/jobs/document.ts";
import { file } from "#test/db/sample.ts";
import { start } from "./running.ts";

const server = await start();

const then = Array.from({ length: 30 }, (_, i) => file(`/data/${i % 4}/\udcff${i}`, i + 1));
const now = then.flatMap((entry, i) =>
  i % 3 === 0 ? [] : i % 3 === 1 ? [entry] : [{ ...entry, ...file(entry.path, 100 + i) }],
);
const ids: string[] = [];
for (const [day, list] of [then, [...now, file("/data/new", 50)]].entries()) {
  ids.push(await send(list, `2026-10-0${day + 1}T00:00:00.000Z`));
}
// Another machine has what the first file was.
await server.ask("/machines/nas/backupsets/copies", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(
    foreign([file("/pool/x", 1)], { machine_id: "nas", backupset_name: "copies" }),
  ),
});

async function send(list: ReturnType<typeof file>[], timestamp: string): Promise<string> {
  const answer = await server.send(JSON.stringify(foreign(list, { timestamp })));
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { snapshot_id: string }).snapshot_id;
}

async function pages(query: string): Promise<unknown[]> {
  const steps: unknown[] = [];
  for (let next: string | undefined = `${ids[0]}/rollback?${query}`; next !== undefined;) {
    const answer: Response = await server.ask(next);
    expect(answer.status).toBe(200);
    steps.push(...((await answer.json()) as unknown[]));
    next = /<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  return steps;
}

test("pages of any size tell what the stream tells, and what --remote reads", async () => {
  const headers = { Accept: "application/x-ndjson" };
  const text = await (await server.ask(`${ids[0]}/rollback`, { headers })).text();
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ to: { snapshot_id: ids[0] }, against: { snapshot_id: ids[1] } });
  expect(lines.at(-1)).toMatchObject({
    counts: { create: 10, overwrite: 10, delete: 1, keep: null },
    bytes: { keep: null },
  });
  const steps = lines.slice(1, -1);
  for (const step of steps) delete step.type;
  for (const limit of [1, 4, 1000]) expect(await pages(`limit=${limit}`)).toEqual(steps);
  const set = { machineId: SAID.machine_id, setName: SAID.backupset_name };
  const run = { signal: new AbortController().signal, monitor: NOBODY, now: Date.now };
  const remote = new RemoteHistory(server.url, run);
  const read = [];
  for await (const page of remote.rollback({ ...set, snapshotId: ids[0]! }, undefined)) {
    read.push(...page.map((step) => JSON.parse(rollbackLine(step))));
  }
  expect(read).toEqual(steps);
});

test("content that only another machine has is named with that machine", async () => {
  const steps = (await pages("path=/data/0")) as { path: string; source?: object }[];
  expect(steps.find(({ path }) => path.endsWith("\udcff0"))!.source).toEqual({
    place: "elsewhere",
    machine_id: "nas",
    backupset_name: "copies",
    path: "/pool/x",
  });
  expect(steps.every(({ path }) => path.startsWith("/data/0/"))).toBe(true);
});

test("the pages that follow start from the state that the first started from", async () => {
  const first = await server.ask(`${ids[0]}/rollback?limit=5`);
  const link = /<([^>]+)>/.exec(first.headers.get("link")!)![1]!;
  await send([], "2026-10-05T00:00:00.000Z");
  const next = (await (await server.ask(link)).json()) as { action: string }[];
  expect(new Set(next.map(({ action }) => action))).not.toEqual(new Set(["create"]));
  expect(await pages(`limit=7&against=${ids[1]}`)).toHaveLength(21);
});

test("what is asked wrongly is the asker's fault: never a 5xx", async () => {
  const status = async (path: string) => (await server.ask(path)).status;
  expect(await status("ffffffff/rollback")).toBe(404);
  expect(await status(`${ids[0]}/rollback?against=${"0".repeat(64)}`)).toBe(404);
  expect(await status(`${ids[0]}/rollback?against=latest`)).toBe(400);
  expect(await status(`${ids[0]}/rollback?cursor=AAAA`)).toBe(400);
  expect(await status(`${ids[0]}/rollback?apply=true`)).toBe(400);
  const parts = ["against", "path", "limit", "cursor", "x"];
  const words = [ids[1]!, "latest", "", "%", "\u0000", "\ud800", "/", "9".repeat(30), "AC9hAGI"];
  for (let i = 0; i < 300; i++) {
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
    const query = Array.from({ length: 2 }, () => [pick(parts), pick(words)]);
    const search = query.map(
      ([name, word]) => `${name}=${encodeURIComponent(word!.toWellFormed())}`,
    );
    const answer = await server.ask(`${ids[0]}/rollback?${search.join("&")}`);
    await answer.arrayBuffer();
    if (answer.status >= 500) throw new Error(`${answer.status} for ${search.join("&")}`);
  }
});
