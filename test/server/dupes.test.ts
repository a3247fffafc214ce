// Duplicates over HTTP: of one set, of all; in pages.
import { afterAll, expect, test } from "bun:test";
import { file } from "#test/db/sample.ts";
import { ours } from "#test/jobs/document.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

type Group = { checksum: string; copies: number; paths: { path: string; linked: boolean }[] };

test("GET …/dupes and GET /dupes tell groups, most to reclaim first, in pages", async () => {
  const server = await start();
  const entry = (path: string, seed: number, inode: number) =>
    file(path, seed, { inode, sizeBytes: seed * 100 });
  const document = ours(
    [
      entry("/a", 1, 1),
      entry("/b", 1, 2),
      entry("/c", 2, 3),
      entry("/d", 2, 4),
      entry("/e", 2, 4),
      entry("/f", 3, 5),
    ],
    {},
  );
  expect((await server.send(document.json)).status).toBe(201);
  const [status, body] = await seen(server.ask("dupes"));
  expect(status).toBe(200);
  const groups = body as Group[];
  expect(
    groups.map(({ copies, paths }) => [
      copies,
      ...paths.map(({ path, linked }) => (linked ? `(${path})` : path)),
    ]),
  ).toEqual([
    [2, "/c", "/d", "(/e)"],
    [2, "/a", "/b"],
  ]);
  expect(await seen(server.ask("/dupes"))).toEqual([200, groups]);
  const first = await server.ask("dupes?limit=1");
  expect(await first.json()).toEqual([groups[0]]);
  const next = /<([^>]+)>/.exec(first.headers.get("link")!)![1]!;
  expect(await seen(server.ask(next))).toEqual([200, [groups[1]]]);
  expect(await seen(server.ask("dupes?min_size=150"))).toEqual([200, [groups[0]]]);
  expect(await seen(server.ask("dupes?suspect=true"))).toEqual([200, []]);
  expect(await seen(server.ask(`${SET_PATH}x/dupes`))).toMatchObject([404, { code: "not_found" }]);
  for (const wrong of ["min_size=-1", "as_of=never", "suspect=yes", "across=true", "cursor=x"]) {
    expect(await seen(server.ask(`dupes?${wrong}`))).toMatchObject([
      400,
      { code: "invalid_request" },
    ]);
  }
});
