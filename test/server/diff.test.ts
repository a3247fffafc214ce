// The diff route: pages and the stream tell the same, pages stay about the same two snapshots, and nothing asked breaks it.
import { afterAll, expect, test } from "bun:test";
import { foreign, SAID } from "#test/jobs/document.ts";
import { file } from "#test/db/sample.ts";
import { start, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start();

const content = (seed: number) => file("", seed).checksum!;
const paths = Array.from({ length: 40 }, (_, i) => `/data/${i % 4}/\udcff${i}`);
const lists = [
  paths.map((path, i) => file(path, i + 1)),
  paths.map((path, i) =>
    i % 2 === 0 ? file(path, i + 1) : file(`${path}.moved`, i + 1, { checksum: content(i + 1) }),
  ),
];
for (const [day, list] of lists.entries()) {
  const timestamp = `2026-10-0${day + 1}T00:00:00.000Z`;
  expect((await server.send(JSON.stringify(foreign(list, { timestamp })))).status).toBe(201);
}

async function pages(query: string): Promise<{ changes: unknown[]; count: number }> {
  const changes: unknown[] = [];
  let next: string | null = `diff?${query}`;
  for (let count = 0; ;) {
    const answer: Response = await server.ask(next);
    expect(answer.status).toBe(200);
    changes.push(...((await answer.json()) as unknown[]));
    count++;
    next = /<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1] ?? null;
    if (next === null) return { changes, count };
  }
}

test("pages of any size tell what the stream tells", async () => {
  const answer = await server.ask("diff", { headers: { Accept: "application/x-ndjson" } });
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = (await answer.text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: "diff", from: { machine_id: SAID.machine_id } });
  expect(lines.at(-1)).toMatchObject({ type: "summary", counts: { moved: 20, added: 0 } });
  const changes = lines.slice(1, -1);
  for (const change of changes) delete change.type;
  expect(changes.length).toBe(20);
  for (const limit of [1, 3, 1000]) {
    expect((await pages(`limit=${limit}`)).changes).toEqual(changes);
  }
});

test("the pages that follow are of the snapshots that the first was of", async () => {
  const first = await server.ask("diff?limit=5&from=latest~1&to=latest");
  const link = /<([^>]+)>/.exec(first.headers.get("link")!)![1]!;
  const timestamp = "2026-10-05T00:00:00.000Z";
  expect((await server.send(JSON.stringify(foreign([], { timestamp })))).status).toBe(201);
  const next = (await (await server.ask(link)).json()) as { kind: string }[];
  expect(next.map(({ kind }) => kind)).toEqual(Array(5).fill("moved"));
});

test("what is asked wrongly is told to be so", async () => {
  const status = async (query: string) => (await server.ask(`diff?${query}`)).status;
  expect(await status("from=nonsense!")).toBe(400);
  expect(await status("from=ffffffff")).toBe(404);
  expect(await status("to=nobody/nothing@latest")).toBe(404);
  expect(await status("kind=gone")).toBe(400);
  expect(await status("min_size=-1")).toBe(400);
  expect(await status("min_size=5&max_size=1")).toBe(400);
  expect(await status("min_size=5&max_size=5")).toBe(200);
  expect(await status("cursor=AAAA")).toBe(400);
  expect(await status("path=")).toBe(400);
  expect(await status("colour=red")).toBe(400);
});
