// Users, keys, sessions, owners and the audit log of a server, from elsewhere: the same commands as on its host, and what a key may not
// there, it may not here.
import { expect, test } from "bun:test";
import { Home } from "./harness.ts";
import { serveProcess } from "./serve-process.ts";

const PASSWORD = "correct horse battery staple";

test("what is done on the host of a server can be done from elsewhere with an admin's key, in the same words", async () => {
  using host = new Home();
  await host.run(["user", "add", "ada", "--admin"]);
  const key = (await host.run(["key", "create", "--scope", "admin", "-q"])).stdout.trim();
  await using serving = await serveProcess([], host, [], "keys");
  using away = new Home({ BSV_API_KEY: key, BSV_REMOTE: serving.url });
  const there = (...words: string[]) => away.run([...words, "--remote", "default"]);
  const both = async (...words: string[]) => {
    const [here, remote] = [await host.run(words), await there(...words)];
    expect([words, remote]).toEqual([words, here]);
    return remote.stdout;
  };

  expect((await there("user", "add", "bob", "-n")).stdout).toBe("Would add member bob\n");
  expect(await there("user", "add", "bob")).toEqual({
    exit: 0,
    stdout: "Added member bob\n",
    stderr: "",
  });
  expect((await there("user", "add", "bob")).exit).toBe(4);
  expect(await both("user", "list")).toContain("bob");
  await both("user", "list", "--json");
  expect((await there("user", "disable", "bob", "-n")).stdout).toContain("would be disabled");
  expect((await there("user", "disable", "bob")).stdout).toBe("User bob is disabled\n");
  expect((await there("user", "disable", "ada")).exit).toBe(4); // the last admin
  expect((await there("user", "disable", "zoe", "-n")).exit).toBe(5);
  expect((await there("user", "enable", "bob")).exit).toBe(0);

  const made = await there(
    "key",
    "create",
    "--machine",
    "nas*",
    "--user",
    "bob",
    "--expires",
    "90d",
  );
  expect(made.stdout).toMatch(/^bsv_[0-9a-f]{12}_[0-9a-f]{64}\n$/);
  const id = made.stdout.slice(4, 16);
  expect((await there("key", "create", "--label", "mine")).stderr).toContain("of ada");
  await both("key", "list", "--json");
  const rotated = await there("key", "rotate", id, "--grace", "1h");
  expect([rotated.exit, rotated.stderr]).toEqual([0, expect.stringContaining(`place of ${id}`)]);
  expect((await there("key", "revoke", id)).stdout).toBe(`Key ${id} of bob is revoked\n`);
  expect((await there("key", "revoke", "0".repeat(12))).exit).toBe(5);

  const set = `${serving.url}/machines/nas1/backupsets/set/validate`;
  const headers = { Authorization: `Bearer ${rotated.stdout.trim()}` };
  expect((await fetch(set, { method: "POST", headers })).status).toBe(200);
  expect(await both("owner", "show", "nas1")).toBe("nas1 is bob's\n");
  expect((await there("owner", "share", "nas1", "ada")).stdout).toBe(
    "nas1 is bob's; read by ada\n",
  );
  expect((await there("owner", "unshare", "nas1", "ada")).stdout).toBe("nas1 is bob's\n");
  expect((await there("owner", "set", "nas1", "ada")).stdout).toBe("nas1 is ada's\n");

  const passwd = ["user", "passwd", "bob", "--remote", "default"];
  expect((await away.run(passwd, { stdin: "short\n" })).exit).toBe(2);
  expect((await away.run(passwd, { stdin: `${PASSWORD}\n` })).stdout).toBe(
    "bob has a new password\n",
  );
  const signedIn = await fetch(`${serving.url}/auth/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: "bob", password: PASSWORD }),
  });
  const { session_id } = (await signedIn.json()) as { session_id: string };
  const Cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
  const asBob = () => fetch(`${serving.url}/auth/whoami`, { headers: { Cookie } });
  expect((await asBob()).status).toBe(200);
  expect(await both("session", "list")).toContain(session_id);
  expect((await there("session", "revoke", session_id, "-n")).stdout).toContain("would be ended");
  expect((await asBob()).status).toBe(200);
  expect((await there("session", "revoke", session_id)).stdout).toBe(
    `Session ${session_id} of bob is ended\n`,
  );
  expect((await asBob()).status).toBe(401);
  expect((await host.run(["session", "revoke", session_id])).exit).toBe(5);

  expect(await both("audit", "--json")).toContain('"what":"key.rotate"');
  expect(await both("audit", "--verify")).toContain("The audit log holds");
}, 60_000);

test("I10: a member's key administers what is its user's, and is told of nothing else", async () => {
  using host = new Home();
  await host.run(["user", "add", "ada", "--admin"]);
  await host.run(["user", "add", "bob"]);
  const adas = (await host.run(["key", "create", "-q"])).stdout.slice(4, 16);
  const words = ["key", "create", "--user", "bob", "--scope"];
  const admin = (await host.run([...words, "admin", "-q"])).stdout.trim();
  const push = (await host.run([...words, "push", "-q"])).stdout.trim();
  await using serving = await serveProcess([], host, [], "keys");
  using away = new Home({ BSV_API_KEY: admin, BSV_REMOTE: serving.url });
  const there = (...some: string[]) => away.run([...some, "--remote", "default"]);
  expect((await there("user", "list")).stdout).not.toContain("ada");
  expect((await there("key", "list")).stdout).not.toContain(adas);
  expect((await there("key", "revoke", adas)).exit).toBe(5);
  expect((await there("key", "create", "--scope", "read")).stderr).toContain("of bob");
  expect((await there("key", "create", "--user", "ada")).exit).toBe(5);
  expect((await there("user", "add", "eve", "--admin")).exit).toBe(6);
  expect((await there("audit")).exit).toBe(6);
  away.env["BSV_API_KEY"] = push;
  for (const some of [
    ["key", "list"],
    ["key", "create"],
    ["session", "list"],
    ["user", "list"],
  ]) {
    expect([some, (await there(...some)).exit]).toEqual([some, 6]);
  }
}, 60_000);
