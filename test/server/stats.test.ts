import { afterAll, expect, test } from "bun:test";
import { foreign, tree } from "#test/jobs/document.ts";
import { seen, start, stopAll } from "./running.ts";

afterAll(stopAll);

test("GET /stats and GET …/stats tell what the store and a set take", async () => {
  const server = await start();
  await server.send(JSON.stringify(foreign(tree(), {})));
  expect(await seen(server.ask("/stats"))).toEqual([
    200,
    { size: expect.any(Number), free: expect.any(Number) },
  ]);
  const [status, body] = await seen(server.ask("stats"));
  expect(status).toBe(200);
  expect(body).toMatchObject({ snapshots: 1, tombstones: 0, oldest: expect.stringMatching(/Z$/) });
  expect((body as { versions: number; entries: number }).versions).toBe(
    (body as { entries: number }).entries,
  );
  expect(await seen(server.ask("/machines/laptop/backupsets/none/stats"))).toMatchObject([
    404,
    { code: "not_found" },
  ]);
});
