// Tags over HTTP: beside the document, which stays what it was.
import { afterAll, expect, test } from "bun:test";
import { foreign, tree } from "#test/jobs/document.ts";
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
