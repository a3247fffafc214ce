// Users and keys on the host, and signing in from elsewhere, as processes. And where secrets must not be: the canaries.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, Home } from "./harness.ts";
import { serveProcess } from "./serve-process.ts";

const PASSWORD = "canary-password-1f9a";

test("the first user is made on the host or by the link, and without one nobody gets in", async () => {
  using home = new Home();
  const serving = Bun.spawn([binary, "serve", "--port", "0", "--quiet"], {
    cwd: home.folder,
    env: home.env,
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const told = await firstLines(serving.stderr, 2);
    expect(told).toMatch(
      /^No users yet\. For an hour the first one can be made at http:\/\/127\.0\.0\.1:\d+\/setup#bsv_setup_[0-9a-f]{64}\nOr on this host, at any time: bsv user add NAME --admin\n/,
    );
    const [, url, token] = /at (http:\S+?)\/setup#(\S+)/.exec(told)!;
    expect((await fetch(`${url}/machines`)).status).toBe(401);
    expect((await home.run(["user", "add", "ada", "--admin"])).stdout).toBe("Added admin ada\n");
    const late = await fetch(`${url}/setup`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, user: "eve" }),
    });
    expect(late.status).toBe(404);
  } finally {
    serving.kill();
    await serving.exited;
  }
});

test("who asks about users where there is no store yet is told how the first user is made", async () => {
  using home = new Home();
  for (const words of [["user", "list"], ["key", "create"], ["audit"]]) {
    const { exit, stderr } = await home.run(words);
    expect([words, exit]).toEqual([words, 5]);
    expect(stderr).toContain("The first `bsv user add NAME --admin` makes one");
  }
});

test("--insecure-no-auth is for this machine's own addresses alone", async () => {
  using home = new Home();
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) {
    const ran = await home.run(["serve", "--port", "0", "--host", host, "--insecure-no-auth"]);
    expect([host, ran.exit]).toEqual([host, 2]);
  }
});

test("I8: an agent signs in with its key, pushes, is told what it may, and is out when it is revoked", async () => {
  using server = new Home();
  await server.run(["user", "add", "ada", "--admin"]);
  const key = (await server.run(["key", "create", "--machine", "lap*", "-q"])).stdout.trim();
  await using serving = await serveProcess([], server, [], "keys");
  const { url } = serving;

  using agent = new Home({ BSV_MACHINE_ID: "laptop", BSV_REMOTE: url });
  mkdirSync(join(agent.folder, "tree"));
  writeFileSync(join(agent.folder, "tree/a"), "a");
  await agent.run(["init", "tree", "--name", "tree"]);
  await agent.run(["scan"]);
  expect((await agent.run(["push"])).exit).toBe(6);
  const wrong = await agent.run(["login"], { stdin: key.slice(0, -1) });
  expect([wrong.exit, wrong.stderr.includes(key.slice(20))]).toEqual([2, false]);
  const bad = await agent.run(["login"], { stdin: flipped(key) });
  expect(bad.exit).toBe(6);
  const ring = join(agent.env["BSV_HOME"]!, "keys.json");
  expect(existsSync(ring)).toBe(false);
  const signedIn = await agent.run(["login"], { stdin: `${key}\n` });
  expect(signedIn.stdout).toMatch(
    /^Signed in to \S+ as ada \(member, key \w{12}\): push on lap\*\n$/,
  );
  expect(statSync(ring).mode & 0o777).toBe(0o600);
  expect((await agent.run(["push"])).exit).toBe(0);
  expect((await agent.run(["whoami", "--json"])).stdout).toContain('"scopes":["push"]');

  // Nothing it may not: reading, deleting, tagging, other machines.
  for (const words of [
    ["sets", "--remote", "default"],
    ["tag", "latest", "+x", "--remote", "default"],
  ]) {
    expect([words, (await agent.run(words)).exit]).toEqual([words, 6]);
  }
  agent.env["BSV_API_KEY"] = flipped(key);
  expect((await agent.run(["whoami"])).exit).toBe(6); // the variable comes before what is stored
  delete agent.env["BSV_API_KEY"];

  const id = key.slice(4, 16);
  expect((await server.run(["key", "revoke", id])).exit).toBe(0);
  expect((await agent.run(["push"])).exit).toBe(6);
  const { stdout: log } = await server.run(["audit", "--json"]);
  expect(log).toContain(`"what":"key.revoke"`);
  expect((await server.run(["audit", "--verify"])).exit).toBe(0);
  expect((await agent.run(["logout"])).exit).toBe(0);
  expect(readFileSync(ring, "utf8")).not.toContain(id);
  expect((await agent.run(["logout"])).exit).toBe(5);
});

test("a file with keys that others can read is refused", async () => {
  using home = new Home({ BSV_REMOTE: "http://127.0.0.1:9" });
  mkdirSync(home.env["BSV_HOME"]!);
  const ring = join(home.env["BSV_HOME"]!, "keys.json");
  writeFileSync(ring, "{}", { mode: 0o644 });
  const { exit, stderr } = await home.run(["whoami"]);
  expect([exit, stderr]).toEqual([2, expect.stringContaining("may read")]);
});

test("secrets are nowhere: not in the store, its backup, logs, errors, the process list or the audit log", async () => {
  using home = new Home();
  await home.run(["user", "add", "ada", "--admin"]);
  await home.run(["user", "passwd", "ada"], { stdin: `${PASSWORD}\n` });
  const key = (await home.run(["key", "create", "--scope", "admin", "-q"])).stdout.trim();
  const rotated = (await home.run(["key", "rotate", key.slice(4, 16), "-q"])).stdout.trim();
  let log = "";
  const outputs: string[] = [];
  {
    await using serving = await serveProcess([], home, [], "keys");
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    const post = (path: string, body: object) =>
      fetch(serving.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const { token } = (await (await post("/auth/token", {})).json()) as { token: string };
    const session = await post("/auth/session", { user: "ada", password: PASSWORD });
    const cookie = session.headers.get("set-cookie")!.split(";")[0]!.split("=")[1]!;
    await post("/auth/session", { user: PASSWORD, password: "x" });
    await fetch(`${serving.url}/machines`, {
      headers: { Authorization: `Bearer ${flipped(key)}` },
    });
    await fetch(`${serving.url}/machines`, { headers: { Authorization: `Bearer ${token}x` } });
    for (const path of [`/machines/${key}/owner`, `/setup%23bsv_setup_${key.slice(17)}`]) {
      await fetch(serving.url + path, { headers: { Authorization: `Bearer ${key}` } });
    }
    await post("/keys", { scopes: [key] }).then(async (answer) =>
      outputs.push(await answer.text()),
    );
    const agent = Bun.spawn([binary, "whoami", "--remote", serving.url, "-v", "--json"], {
      env: { ...home.env, BSV_API_KEY: rotated },
      stdout: "pipe",
      stderr: "pipe",
    });
    const processes = Bun.spawnSync(["ps", "axww", "-o", "args"]).stdout.toString();
    outputs.push(processes, await agent.stdout.text(), await agent.stderr.text());
    await home.run(["db", "backup", join(home.folder, "copy.db")]);
    outputs.push(readFileSync(join(home.folder, "copy.db"), "latin1"));
    for (const words of [
      ["audit"],
      ["audit", "--json"],
      ["key", "list", "--json"],
      ["user", "list"],
    ]) {
      outputs.push((await home.run(words)).stdout);
    }
    const signing = JSON.parse(
      readFileSync(join(home.env["BSV_HOME"]!, "data/token-keys.json"), "utf8"),
    ) as { keys: { secret: string }[] };
    for (const name of readdirSync(join(home.env["BSV_HOME"]!, "data"))) {
      const file = join(home.env["BSV_HOME"]!, "data", name);
      if (name !== "token-keys.json" && statSync(file).isFile()) {
        outputs.push(readFileSync(file, "latin1"));
      }
    }
    const canaries = [
      key.slice(17),
      rotated.slice(17),
      PASSWORD,
      token.split(".")[2]!,
      cookie.split(".")[1]!,
      signing.keys[0]!.secret,
    ];
    await Bun.sleep(200);
    log = JSON.stringify(serving.log);
    for (const canary of canaries) {
      expect(canary.length).toBeGreaterThan(15);
      for (const text of [...outputs, log]) expect(text.includes(canary)).toBe(false);
    }
  }
  expect(log).toContain('"status":401');
});

// --- internal ---

const flipped = (key: string): string => key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");

async function firstLines(stream: ReadableStream<Uint8Array>, count: number): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.split("\n").length > count) return text;
  }
  return text;
}
