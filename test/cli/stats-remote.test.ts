// bsv stats of a server, asked by somebody who is no admin of it.
import { expect, test } from "bun:test";
import { Home } from "./harness.ts";
import { record, file } from "./sample-store.ts";
import { serveProcess } from "./serve-process.ts";

test("I10: whoever may read sees what his own sets cost, and not how large the store of all is", async () => {
  using server = new Home();
  await record(server, "laptop", "photos", "2026-01-01T00:00:00.000Z", [file("/p/a", 1)]);
  await record(server, "nas", "films", "2026-01-01T00:00:00.000Z", [file("/f/a", 1)]);
  await server.run(["user", "add", "ada", "--admin"]);
  await server.run(["user", "add", "bob"]);
  expect((await server.run(["owner", "set", "laptop", "bob"])).exit).toBe(0);
  const create = async (scope: string) =>
    (await server.run(["key", "create", "--user", "bob", "--scope", scope, "-q"])).stdout.trim();
  const key = await create("read");
  await using serving = await serveProcess([], server, [], "keys");
  using asker = new Home({ BSV_API_KEY: key });
  const remote = ["--remote", serving.url];

  const told = JSON.parse((await asker.run(["stats", "--json", ...remote])).stdout);
  expect(told.store).toMatchObject({ size: null, free: null, snapshots: 1, versions: 1 });
  expect(told.sets).toMatchObject([{ machine_id: "laptop", versions: 1, size: null }]);
  const text = await asker.run(["stats", "laptop/photos", ...remote]);
  expect([text.exit, text.stderr]).toEqual([0, ""]);
  expect(text.stdout).toStartWith("yours: 1 snapshot and 1 file version; how large the store is,");
  expect(text.stdout).not.toContain("films");
  using pusher = new Home({ BSV_API_KEY: await create("push") });
  expect((await pusher.run(["stats", ...remote])).exit).toBe(6);
});
