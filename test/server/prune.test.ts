// The plan of a prune over HTTP: told, paged, checked; never done.
import { afterAll, expect, test } from "bun:test";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
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

test("GET …/prune/versions tells in pages what would be recorded nowhere any more", async () => {
  const server = await start();
  for (let day = 1; day <= 5; day++) {
    const document = ours(tree(day), { timestamp: `2026-10-0${day}T12:00:00.000Z` });
    expect((await server.send(document.json)).status).toBe(201);
  }
  const plan = await server.ask("prune?keep_last=2", {
    headers: { Accept: "application/x-ndjson" },
  });
  const { gone } = JSON.parse((await plan.text()).split("\n")[0]!);
  expect(gone.versions).toBeGreaterThan(2);
  const versions: { since: string; content_kept: boolean; entry: { path: string } }[] = [];
  let next: string | undefined = "prune/versions?keep_last=2&limit=2";
  while (next !== undefined) {
    const answer: Response = await server.ask(next);
    const rows = (await answer.json()) as typeof versions;
    expect(rows.length).toBeLessThanOrEqual(2);
    versions.push(...rows);
    next = /<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  expect(versions.length).toBe(gone.versions);
  expect(new Set(versions.map(({ since }) => since.slice(0, 10)))).toEqual(
    new Set(["2026-10-01", "2026-10-02", "2026-10-03"]),
  );
  expect((await seen(server.ask("prune/versions?keep_last=9")))[1]).toEqual([]);
  for (const wrong of ["", "?keep_last=0", "?keep_last=2&cursor=x", "?keep_last=2&limit=0"]) {
    expect((await seen(server.ask(`prune/versions${wrong}`)))[0]).toBe(400);
  }
});

test("I8: POST …/prune deletes just the number that was said, for those who may delete, and each leaves a tombstone", async () => {
  const server = await startWithKeys();
  const [agent, admin] = [
    await server.key("ann", ["push", "read"]),
    await server.key("root", ["admin", "push", "read"]),
  ];
  for (let day = 1; day <= 5; day++) {
    const document = ours(tree(day), { timestamp: `2026-10-0${day}T12:00:00.000Z` });
    const headers = { "Content-Type": "application/json", ...bearer(agent) };
    await server.ask("", { method: "POST", body: document.json, headers });
  }
  const post = async (key: string, body: object) => {
    const headers = { "Content-Type": "application/json", ...bearer(key) };
    return seen(server.ask("prune", { method: "POST", body: JSON.stringify(body), headers }));
  };
  expect((await post(agent, { keep_last: 4, yes_remove: 1 }))[0]).toBe(403);
  expect((await post(admin, { keep_last: 4 }))[0]).toBe(400);
  expect((await post(admin, { keep_last: 4, yes_remove: 2 }))[0]).toBe(400);
  expect((await post(admin, { keep_last: 0, yes_remove: 5 }))[0]).toBe(400);
  expect((await post(admin, { keep_tags: ["none"], yes_remove: 5 }))[0]).toBe(400);
  const heads = async () =>
    (await seen(server.ask("heads", { headers: bearer(agent) })))[1] as { deleted_at?: string }[];
  expect((await heads()).filter((head) => head.deleted_at !== undefined)).toEqual([]);
  expect(await post(admin, { keep_last: 3, yes_remove: 2 })).toEqual([200, { deleted: 2 }]);
  expect((await heads()).map((head) => head.deleted_at !== undefined)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  await server.stop();
});
