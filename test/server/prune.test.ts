// The plan of a prune over HTTP: told, paged, checked; never done.
import { afterAll, expect, test } from "bun:test";
import { ours, tree } from "#test/jobs/document.ts";
import { seen, start, stopAll } from "./running.ts";

afterAll(stopAll);

test("GET …/prune tells what a policy would keep, in pages, and deletes nothing", async () => {
  const server = await start();
  const ids: string[] = [];
  for (let day = 1; day <= 5; day++) {
    const document = ours(tree(day), { timestamp: `2026-10-0${day}T12:00:00.000Z` });
    expect((await server.send(document.json)).status).toBe(201);
    ids.unshift(document.id);
  }
  type Verdict = { snapshot_id: string; keep: boolean; reasons: string[] };
  const [status, body] = await seen(server.ask("prune?keep_daily=2&keep_yearly=1"));
  const verdicts = body as Verdict[];
  expect(status).toBe(200);
  expect(verdicts.map((verdict) => verdict.snapshot_id)).toEqual(ids);
  expect(verdicts.slice(0, 2).map(({ keep, reasons }) => [keep, ...reasons])).toEqual([
    [true, "daily", "yearly"],
    [true, "daily"],
  ]);
  const paged: unknown[] = [];
  let next: string | undefined = "prune?keep_daily=2&keep_yearly=1&limit=2";
  while (next !== undefined) {
    const answer: Response = await server.ask(next);
    paged.push(...((await answer.json()) as unknown[]));
    next = /<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  expect(paged).toEqual(verdicts);
  for (const wrong of [
    "",
    "?keep_daily=0",
    "?keep_daily=x",
    "?keep_within=7",
    "?keep_tags=a b",
    "?keep=1",
  ]) {
    expect(await seen(server.ask(`prune${wrong}`))).toMatchObject([
      400,
      { code: "invalid_request" },
    ]);
  }
  expect(((await seen(server.ask("")))[1] as unknown[]).length).toBe(5);
});
