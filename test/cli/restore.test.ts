// A server whose disk was lost, brought back from an old backup of its store as docs/deploy.md tells: what was in the backup is there,
// keys are as they were, agents notice and send what it lacks.
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home } from "./harness.ts";
import { serveProcess } from "./serve-process.ts";

test("I9: a server restored from an old backup serves what it had, and agents send the rest again", async () => {
  const server = new Home();
  const data = join(server.env["BSV_HOME"]!, "data");
  const backup = join(server.folder, "copy.db");
  await server.run(["user", "add", "ada", "--admin"]);
  const create = async () =>
    (await server.run(["key", "create", "--scope", "push", "--scope", "read", "-q"])).stdout.trim();
  const [key, stolen] = [await create(), await create()];
  using agent = new Home({ BSV_MACHINE_ID: "laptop", BSV_API_KEY: key });
  const file = join(agent.folder, "tree/a");
  mkdirSync(join(agent.folder, "tree"));
  await agent.run(["init", "tree", "--name", "tree"]);
  const push = async (url: string, text: string) => {
    writeFileSync(file, text);
    await agent.run(["scan"]);
    return (await agent.run(["push", "--remote", url, "--json"])).exit;
  };
  const count = async (url: string) => {
    const { stdout } = await agent.run(["snapshots", "tree", "--remote", url, "--json"]);
    return (JSON.parse(stdout) as unknown[]).length;
  };
  const status = async (url: string, secret: string) =>
    (await fetch(`${url}/machines`, { headers: { "X-API-Key": secret } })).status;

  const before = await serveProcess([], server, [], "keys");
  expect(await push(before.url, "one")).toBe(0);
  expect((await server.run(["db", "backup", backup])).exit).toBe(0); // while it runs
  expect(await push(before.url, "two")).toBe(0);
  expect(await count(before.url)).toBe(2);
  await server.run(["key", "revoke", stolen.slice(4, 16)]);
  expect(await status(before.url, stolen)).toBe(401);
  before.process.kill("SIGKILL");
  await before.process.exited;
  expect(readFileSync(backup, "latin1")).not.toContain(key.slice(17));

  rmSync(data, { recursive: true });
  mkdirSync(data, { mode: 0o700 });
  copyFileSync(backup, join(data, "bsv.db"));
  expect((await server.run(["db", "check"])).exit).toBe(0);
  expect((await server.run(["audit", "--verify"])).exit).toBe(0);
  const { port } = new URL(before.url); // receipts are kept by address
  await using after = await serveProcess(["--port", port], server, [], "keys");
  expect(await count(after.url)).toBe(1);
  // What was changed since is not changed: it must be done again.
  expect(await status(after.url, stolen)).toBe(200);
  await server.run(["key", "revoke", stolen.slice(4, 16)]);
  expect(await status(after.url, stolen)).toBe(401);

  const chain = await agent.run(["verify-chain", "--remote", after.url, "--json"]);
  expect([chain.exit, chain.stdout]).toEqual([4, expect.stringContaining("laptop")]); // it forgot one
  expect(await push(after.url, "three")).toBe(0);
  expect(await count(after.url)).toBe(3);
  expect((await agent.run(["verify-chain", "--remote", after.url])).exit).toBe(0);
}, 60_000);
