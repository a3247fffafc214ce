// Tags over HTTP: beside the document, which stays what it was.
import { afterAll, expect, test } from "bun:test";
import { foreign, ours, tree } from "#test/jobs/document.ts";
import { seen, start, stopAll } from "./running.ts";

afterAll(stopAll);

test("GET and POST …/{snapshot_id}/tags: shown, put on, taken off, and checked", async () => {
  const server = await start();
  await server.send(JSON.stringify(foreign(tree(), { snapshot_id: "abc123" })));
  const tags = (body?: object) =>
    seen(
      server.ask("abc123/tags", {
        ...(body && {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json" },
        }),
      }),
    );
  const before = await seen(server.ask("abc123"));
  const id = (before[1] as { snapshot_id: string }).snapshot_id;
  expect(await tags()).toEqual([200, { snapshot_id: id, tags: [] }]);
  expect(await tags({ add: ["release", "draft"] })).toEqual([
    200,
    { snapshot_id: id, tags: ["draft", "release"] },
  ]);
  expect(await tags({ remove: ["draft"] })).toMatchObject([200, { tags: ["release"] }]);
  expect(await tags()).toMatchObject([200, { tags: ["release"] }]);
  expect(await tags({ add: ["no tag"] })).toMatchObject([400, { code: "invalid_request" }]);
  expect(await tags({ put: ["x"] })).toMatchObject([400, { code: "invalid_request" }]);
  expect(await seen(server.ask("nobody/tags"))).toMatchObject([404, { code: "not_found" }]);
  expect(await seen(server.ask("abc123"))).toEqual(before);
});

test("lists, and a snapshot without its files, carry what the store says, not a sender's own fields of those names", async () => {
  const server = await start();
  const own = { received_at: 1, client_id: 2, future_dated: 3, tags: "forged", verdict: "fine" };
  const { id, json } = ours(tree(), own);
  expect((await server.send(json)).status).toBe(201);
  const [, [row]] = (await seen(server.ask(""))) as [number, [Record<string, unknown>]];
  expect(row).toMatchObject({
    received_at: expect.stringMatching(/^20.*Z$/),
    verdict: "plausible",
  });
  expect(row).not.toContainKeys(["client_id", "future_dated"]);
  const told = async () =>
    Promise.all(
      ["", "query", "latest?files=false", `${id}?files=false`].map(async (path) => {
        const [, body] = await seen(server.ask(path));
        const [row] = Array.isArray(body) ? body : [body];
        return (row as { tags: unknown }).tags;
      }),
    );
  expect(await told()).toEqual([[], [], [], []]);
  const before = (await server.ask("latest?files=false")).headers.get("etag")!;
  const known = () => server.ask("latest?files=false", { headers: { "If-None-Match": before } });
  expect((await known()).status).toBe(304);
  await server.ask(`${id}/tags`, {
    method: "POST",
    body: JSON.stringify({ add: ["release", "draft"] }),
    headers: { "Content-Type": "application/json" },
  });
  const tags = ["draft", "release"];
  expect(await told()).toEqual([tags, tags, tags, tags]);
  expect((await known()).status).toBe(200);
  expect(await (await server.ask("latest")).text()).toBe(json);
});
