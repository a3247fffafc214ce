// Signing in: by key, by token, by session; and what is refused, which all looks the same.
import { afterAll, expect, test } from "bun:test";
import { verifyAudit } from "#db/access/audit.ts";
import { listKeys, revokeKey } from "#db/access/keys.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";
import { auditWith, bearer, RUN, startWithKeys } from "./keys.ts";
import { seen, start, stopAll } from "./running.ts";

const server = await startWithKeys();
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const admin = await server.key("root", ["admin"]);
const json = { "Content-Type": "application/json" };
const idOf = (key: string) => key.slice(4, 16);
const by = { ...HOST, atMs: 1 };

const whoami = (headers: Record<string, string>) => seen(server.ask("/auth/whoami", { headers }));

test("a key signs in by either header, and is told whose it is and what it may do", async () => {
  const key = await server.key("ada", ["push", "read"], ["lap*"]);
  const expected = {
    user: "ada",
    role: "member",
    key_id: idOf(key),
    session_id: null,
    scopes: ["push", "read"],
    machines: ["lap*"],
  };
  expect(await whoami(bearer(key))).toEqual([200, expected]);
  expect(await whoami({ "X-API-Key": key })).toEqual([200, expected]);
  expect(await whoami({ ...bearer(key), "X-API-Key": key })).toMatchObject([400, {}]);
});

test("I10: no key, an unknown, wrong, revoked, expired one and a disabled user's are one and the same answer", async () => {
  const revoked = await server.key("ada", ["read"]);
  await revokeKey(server.scope, idOf(revoked), by);
  const disabled = await server.key("eve", ["read"]);
  await changeUser(server.scope, { name: "eve", change: { isDisabled: true }, by: HOST }, RUN);
  const expired = await server.key("ada", ["read"]);
  server.scope.store.database.run(
    `UPDATE api_keys SET expires_at_ms = 1 WHERE key_id = '${idOf(expired)}'`,
  );
  const wrong = (await server.key("ada", ["read"])).slice(0, -1) + "g";
  const almost = admin.slice(0, -2) + (admin.endsWith("00") ? "11" : "00");
  const answers = await Promise.all(
    [
      {},
      bearer(`bsv_0123456789ab_${"0".repeat(64)}`),
      ...[revoked, disabled, expired, wrong, almost, "x", "a.b.c", ""].map(bearer),
      { Authorization: "Basic cm9vdDpyb290" },
      { Cookie: `__Host-bsv=${"0".repeat(16)}.${"0".repeat(64)}` },
    ].map(async (headers) => {
      const answer = await server.ask("/auth/whoami", { headers });
      const told = Object.fromEntries(answer.headers);
      delete told["date"];
      delete told["x-request-id"];
      return { status: answer.status, told, body: await answer.text() };
    }),
  );
  for (const answer of answers) expect(answer).toEqual(answers[0]!);
  expect(answers[0]).toMatchObject({
    status: 401,
    told: { "www-authenticate": 'Bearer realm="bsv"' },
  });
});

test("a key that another process revokes is refused by the next request", async () => {
  const key = await server.key("ada", ["read"]);
  expect((await whoami(bearer(key)))[0]).toBe(200);
  await revokeKey(server.scope, idOf(key), by);
  expect((await whoami(bearer(key)))[0]).toBe(401);
});

test("a rotated key has two live keys until the grace ends", async () => {
  const old = await server.key("ada", ["read"], ["lap*"]);
  const rotate = (grace: number) =>
    server.ask(`/keys/${idOf(old)}/rotate`, {
      method: "POST",
      headers: { ...bearer(admin), ...json },
      body: JSON.stringify({ grace }),
    });
  const [status, made] = (await seen(rotate(3600))) as [number, { key: string }];
  expect([status, made]).toMatchObject([201, { replaces: idOf(old), machines: ["lap*"] }]);
  expect((await whoami(bearer(old)))[0]).toBe(200);
  expect(await whoami(bearer(made.key))).toMatchObject([200, { machines: ["lap*"] }]);
  expect((await rotate(0)).status).toBe(201);
  expect((await whoami(bearer(old)))[0]).toBe(401);
  expect((await rotate(0)).status).toBe(409);
});

test("the last use of a key is known, with its address", async () => {
  const key = await server.key("ada", ["read"]);
  await whoami(bearer(key));
  for (let tries = 0; tries < 100; tries++) {
    const { rows } = await listKeys(server.scope, { limit: 1000 });
    const used = rows.find(({ keyId }) => keyId === idOf(key))!;
    if (used.lastUsedAtMs !== null) {
      expect(used).toMatchObject({ lastUsedFrom: "127.0.0.1" });
      expect(Date.now() - used.lastUsedAtMs).toBeLessThan(60_000);
      return;
    }
    await Bun.sleep(20);
  }
  throw new Error("the use was not noted");
});

test("a token has at most its key's rights, never admin, and dies with the key", async () => {
  const key = await server.key("ada", ["read", "push"], ["lap*", "nas"]);
  const ask = (key: string, body: object) =>
    server.ask("/auth/token", {
      method: "POST",
      headers: { ...bearer(key), ...json },
      body: JSON.stringify(body),
    });
  const given = (await (await ask(key, { scopes: ["read"], machines: ["nas"] })).json()) as {
    token: string;
  };
  expect(given).toMatchObject({ token_type: "Bearer", expires_in: 900, scopes: ["read"] });
  expect(await whoami(bearer(given.token))).toMatchObject([
    200,
    { user: "ada", scopes: ["read"], machines: ["nas"], key_id: idOf(key) },
  ]);
  expect((await ask(given.token, {})).status).toBe(403);
  expect((await ask(key, { machines: ["other"] })).status).toBe(403);
  expect((await ask(key, { scopes: ["admin"] })).status).toBe(400);
  expect((await ask(key, { expires_in: 901 })).status).toBe(400);
  const reader = await server.key("ada", ["read"]);
  expect((await ask(reader, { scopes: ["push"] })).status).toBe(403);
  const fromAdmin = (await (await ask(admin, {})).json()) as { token: string };
  expect(await whoami(bearer(fromAdmin.token))).toMatchObject([
    200,
    { role: "member", scopes: ["push", "read"] },
  ]);
  expect((await server.ask("/keys", { headers: bearer(fromAdmin.token) })).status).toBe(403);
  await revokeKey(server.scope, idOf(key), by);
  expect((await whoami(bearer(given.token)))[0]).toBe(401);
});

test("a token that was altered, is unsigned, of another algorithm or too old is refused", async () => {
  const key = await server.key("ada", ["read"]);
  const answer = await server.ask("/auth/token", { method: "POST", headers: bearer(key) });
  const { token } = (await answer.json()) as { token: string };
  const [head, body, sign] = token.split(".") as [string, string, string];
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const read = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString()) as object;
  const more = part({ ...read(body), scope: "push read admin" });
  for (const forged of [
    `${head}.${more}.${sign}`,
    `${part({ ...read(head), alg: "none" })}.${body}.`,
    `${part({ ...read(head), alg: "HS512" })}.${body}.${sign}`,
    `${part({ ...read(head), kid: "other" })}.${body}.${sign}`,
    `${head}.${body}.${sign}=`,
    `${head}.${body}.${sign}.`,
    `${head}.${body}`,
  ]) {
    expect([forged, (await whoami(bearer(forged)))[0]]).toEqual([forged, 401]);
  }
  let nowMs = Date.now();
  const later = await startWithKeys({ now: () => nowMs });
  const own = await later.key("root", ["read"]);
  const given = await later.ask("/auth/token", { method: "POST", headers: bearer(own) });
  const aged = ((await given.json()) as { token: string }).token;
  const ask = async () => (await later.ask("/auth/whoami", { headers: bearer(aged) })).status;
  nowMs += 899_000;
  expect(await ask()).toBe(200);
  nowMs += 2_000;
  expect(await ask()).toBe(401);
  await later.scope.store.close();
});

test("a session is opened by a password, acts for this server's own pages alone, and ends", async () => {
  const passwordHash = await hashPassword("correct horse battery");
  await server.key("ada", ["read"]);
  await changeUser(server.scope, { name: "ada", change: { passwordHash }, by: HOST }, RUN);
  const signIn = (password: string, user = "ada") =>
    server.ask("/auth/session", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ user, password }),
    });
  const wrong = await seen(signIn("wrong horse battery"));
  const nobody = await seen(signIn("correct horse battery", "nobody"));
  expect(wrong).toMatchObject([401, { code: "unauthenticated" }]);
  expect(nobody).toEqual(wrong);
  const answer = await signIn("correct horse battery");
  const cookie = answer.headers.get("set-cookie")!;
  expect(cookie).toMatch(
    /^__Host-bsv=[0-9a-f]{16}\.[0-9a-f]{64}; Max-Age=86400; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  const { session_id } = (await answer.json()) as { session_id: string };
  const Cookie = cookie.split(";")[0]!;
  const origin = server.url;
  const own = { Cookie, Origin: origin };
  expect(await whoami(own)).toMatchObject([200, { user: "ada", session_id, key_id: null }]);
  expect((await whoami({ Cookie }))[0]).toBe(200); // a link that was followed
  const out = (headers: Record<string, string>) =>
    server.ask("/auth/session", { method: "DELETE", headers });
  for (const headers of [
    { Cookie },
    { Cookie, Origin: "https://evil.example" },
    { Cookie, Origin: "null" },
    { Cookie, "Sec-Fetch-Site": "cross-site" },
    { Cookie, "Sec-Fetch-Site": "same-site" },
    { Cookie, "Sec-Fetch-Site": "none" },
  ]) {
    expect([headers, (await out(headers)).status]).toEqual([headers, 403]);
  }
  expect((await whoami({ Cookie, "Sec-Fetch-Site": "cross-site" }))[0]).toBe(403);
  const listed = await seen(server.ask("/auth/sessions", { headers: own }));
  expect(listed).toMatchObject([200, [{ session_id, user: "ada", from: "127.0.0.1" }]]);
  expect((await out(own)).status).toBe(204);
  expect((await whoami(own))[0]).toBe(401);
});

test("a session ends when it rests an hour, when it is a day old, and with a new password", async () => {
  let nowMs = Date.now();
  const timed = await startWithKeys({ now: () => nowMs });
  const change = async (password: string) =>
    changeUser(
      timed.scope,
      { name: "root", change: { passwordHash: await hashPassword(password) }, by: HOST },
      RUN,
    );
  await change("correct horse battery");
  // The writer has a clock of its own: sessions begin by that one, and here time is moved for the gate.
  const open = async () => {
    const answer = await timed.ask("/auth/session", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ user: "root", password: "correct horse battery" }),
    });
    return { Cookie: answer.headers.get("set-cookie")!.split(";")[0]! };
  };
  const status = async (headers: { Cookie: string }) =>
    (await timed.ask("/auth/whoami", { headers })).status;
  const session = await open();
  nowMs += 3_500_000;
  expect(await status(session)).toBe(200);
  const { database } = timed.scope.store;
  // The use above is written down when nobody waits any more; then the rest begins.
  while (
    database.query("SELECT 1 FROM sessions WHERE last_used_at_ms > created_at_ms").get() === null
  ) {
    await Bun.sleep(10);
  }
  nowMs += 200_000;
  database.run("UPDATE sessions SET last_used_at_ms = created_at_ms");
  expect(await status(session)).toBe(401);
  nowMs = Date.now() + 24 * 3_600_000;
  database.run(`UPDATE sessions SET last_used_at_ms = ${nowMs}`);
  expect(await status(session)).toBe(401);
  nowMs = Date.now();
  const other = await open();
  expect(await status(other)).toBe(200);
  await change("another horse battery");
  expect(await status(other)).toBe(401);
  await timed.scope.store.close();
});

test("a new server is set up once, with the token from its terminal, within an hour", async () => {
  let nowMs = Date.now();
  const fresh = await start({ auth: "keys", now: () => nowMs });
  const { token } = fresh.setUp!;
  const page = await fresh.ask("/setup");
  expect(page.headers.get("content-security-policy")).toMatch(/script-src 'sha256-.+'/);
  expect(await page.text()).toContain("<form>");
  const setUp = (body: object) =>
    seen(
      fresh.ask("/setup", { method: "POST", headers: json, body: JSON.stringify(body) }),
    ) as Promise<[number, { key: string }]>;
  expect((await fresh.ask("/machines")).status).toBe(401);
  expect((await setUp({ token: `${token}0`, user: "ada" }))[0]).toBe(403);
  nowMs += 3_600_000;
  expect((await setUp({ token, user: "ada" }))[0]).toBe(403);
  nowMs -= 1;
  const both = await Promise.all([setUp({ token, user: "ada" }), setUp({ token, user: "bob" })]);
  expect(both.map(([status]) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
  const [, { key }] = both.find(([status]) => status === 201)!;
  expect((await fresh.ask("/audit", { headers: bearer(key) })).status).toBe(200);
  expect((await setUp({ token, user: "eve" }))[0]).toBe(404);
  expect((await fresh.ask("/setup")).status).toBe(404);
});

test("what was done to users and keys, and who failed to sign in, stands in the audit log", async () => {
  await whoami(bearer(admin.slice(0, -2) + (admin.endsWith("00") ? "11" : "00")));
  await server.ask("/users", {
    method: "POST",
    headers: { ...bearer(admin), ...json },
    body: JSON.stringify({ user: "zoe" }),
  });
  const rows = await auditWith(
    server.scope,
    ({ what, target }) => what === "sign-in" && target === `key ${idOf(admin)}`,
  );
  const told = rows.map(({ actor, what, target, from, result }) => {
    return { actor, what, target, from, result };
  });
  expect(told).toContainEqual({
    actor: `root/${idOf(admin)}`,
    what: "user.add",
    target: "zoe (member)",
    from: "127.0.0.1",
    result: "ok",
  });
  expect(told).toContainEqual({
    actor: "nobody",
    what: "sign-in",
    target: `key ${idOf(admin)}`,
    from: "127.0.0.1",
    result: "unauthenticated",
  });
  expect((await verifyAudit(server.scope)).broken).toBeNull();
});

test("a key can't be made, listed or revoked by one that may not", async () => {
  const bobs = await server.key("bob", ["admin"]);
  const bound = await server.key("root", ["admin"], ["lap*"]);
  const reader = await server.key("root", ["read"]);
  const keys = (key: string, init: RequestInit = {}) =>
    server.ask("/keys", { ...init, headers: { ...bearer(key), ...json } });
  const own = (await (await keys(bobs)).json()) as { user: string }[];
  expect(new Set(own.map(({ user }) => user))).toEqual(new Set(["bob"]));
  expect((await keys(bound)).status).toBe(403);
  expect((await keys(reader)).status).toBe(403);
  const foreign = { method: "POST", body: JSON.stringify({ user: "root", scopes: ["admin"] }) };
  expect(await seen(keys(bobs, foreign))).toMatchObject([404, {}]);
  const revoke = (id: string) =>
    seen(server.ask(`/keys/${id}`, { method: "DELETE", headers: bearer(bobs) }));
  const [status, problem] = await revoke(idOf(admin));
  expect([status, JSON.stringify(problem).replaceAll(idOf(admin), "ID")]).toEqual([
    404,
    JSON.stringify((await revoke("0123456789ab"))[1]).replaceAll("0123456789ab", "ID"),
  ]);
  for (const route of ["/users/root/disable", "/users"]) {
    const init = { method: "POST", headers: { ...bearer(bobs), ...json }, body: "{}" };
    expect([route, (await server.ask(route, init)).status]).toEqual([route, 403]);
  }
});
