// Every route of the table, asked by everybody who should get nothing from it: what is another's answers like what does not exist, to the
// byte; who may not is told so before anything is looked at. A route that is added is walked too, or this fails.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Need } from "#core/access/principal.ts";
import { hashPassword } from "#jobs/access/password.ts";
import { changeUser, HOST } from "#jobs/access/user.ts";
import type { Method, Route } from "#server/route.ts";
import { routes } from "#server/routes.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, RUN, startWithKeys } from "./keys.ts";
import { stopAll } from "./running.ts";
import { BODIES, nameOf, QUERIES } from "./samples.ts";

const MANY = 1_000_000;
const server = await startWithKeys({
  limits: { requests: MANY, failed_logins: MANY, uploads: MANY },
});
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const json = { "Content-Type": "application/json" };
const idOf = (key: string) => key.slice(4, 16);
const keys = {
  root: await server.key("root", ["admin"]),
  ada: await server.key("user-ada", ["admin"]),
  eve: await server.key("user-eve", ["admin"]),
  evesPush: await server.key("user-eve", ["push"]),
  evesRead: await server.key("user-eve", ["read"]),
  adasPush: await server.key("user-ada", ["push"]),
  adasRead: await server.key("user-ada", ["read"]),
};

/** What stands in a path, of one kind of object. */
type Things = Readonly<Record<string, string>>;

const documentOf = (machine_id: string, minute = 0) =>
  ours(tree(minute + 1), {
    machine_id,
    backupset_name: "some-set",
    timestamp: `2026-11-22T10:0${minute}:00.000Z`,
  });

/** What nobody has: each as long as what somebody has. */
const missing: Things = {
  machine_id: "mach-nil",
  set_name: "some-set",
  snapshot_id: "d".repeat(64),
  upload_id: "00000000-0000-0000-0000-000000000000",
  n: "1",
  user: "user-nil",
  key_id: "c".repeat(12),
  session_id: "e".repeat(16),
};

async function thingsOf(key: string, machine_id: string, user: string): Promise<Things> {
  for (const minute of [0, 1]) {
    const sent = await server.ask(`/machines/${machine_id}/backupsets/some-set`, {
      method: "POST",
      headers: { ...bearer(key), ...json },
      body: documentOf(machine_id, minute).json,
    });
    expect(sent.status).toBe(201);
  }
  const opened = await server.ask(`/machines/${machine_id}/backupsets/some-set/uploads`, {
    method: "POST",
    headers: { ...bearer(key), ...json },
    body: JSON.stringify({ content_type: "application/json" }),
  });
  const { upload_id } = (await opened.json()) as { upload_id: string };
  await server.ask(`/machines/${machine_id}/backupsets/some-set/uploads/${upload_id}/parts/1`, {
    method: "PUT",
    headers: bearer(key),
    body: documentOf(machine_id, 2).json,
  });
  const passwordHash = await hashPassword("correct horse battery");
  await changeUser(server.scope, { name: user, change: { passwordHash }, by: HOST }, RUN);
  const session = await server.ask("/auth/session", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ user, password: "correct horse battery" }),
  });
  const { session_id } = (await session.json()) as { session_id: string };
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  const snapshot_id = documentOf(machine_id).id;
  const key_id = idOf(await server.key(user, ["read"]));
  const set_name = "some-set";
  return { machine_id, set_name, snapshot_id, upload_id, n: "1", user, key_id, session_id, cookie };
}

let adas: Things;
let eves: Things;
beforeAll(async () => {
  adas = await thingsOf(keys.ada, "mach-ada", "user-ada");
  eves = await thingsOf(keys.eve, "mach-eve", "user-eve");
});

function ask(route: Route, things: Things, headers: Record<string, string>): Promise<Response> {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = things[name];
    if (value === undefined) throw new Error(`Say what {${name}} of ${nameOf(route)} is, above`);
    return value;
  });
  const sample = BODIES[nameOf(route)] ?? {};
  const body =
    route.stream !== undefined
      ? documentOf(things["machine_id"]!, 3).json
      : route.body && JSON.stringify(sample);
  return server.ask(path + (QUERIES[nameOf(route)] ?? ""), {
    method: route.method,
    headers: { ...headers, ...(body === undefined ? {} : json) },
    ...(body === undefined ? {} : { body }),
  });
}

const NAMES = ["machine_id", "snapshot_id", "upload_id", "user", "key_id", "session_id"];

/** All that an asker can see of an answer but when it came, and which request it was. */
async function seenOf(asked: Promise<Response>, things: Things): Promise<object> {
  const answer = await asked;
  const headers = Object.fromEntries(answer.headers);
  delete headers["date"];
  delete headers["x-request-id"];
  const body = await answer.text();
  const still = body.replaceAll(/"last_used_(at|from)":(null|"[^"]*")/g, "used"); // by these very requests
  if (still !== body) delete headers["content-length"];
  let text = JSON.stringify([answer.status, headers, still]);
  for (const name of NAMES) {
    text = text.replaceAll(things[name]!, name);
  }
  return JSON.parse(text) as object;
}

/** Told of a name that is taken: the one bit, written down in docs/security.md. */
const RESERVING = [
  "POST /machines/{machine_id}/backupsets/{set_name}/validate",
  "POST /machines/{machine_id}/backupsets/{set_name}",
  "POST /machines/{machine_id}/backupsets/{set_name}/uploads",
];

/** All that eve could come with. */
async function evesHeaders(): Promise<Record<string, string>[]> {
  const given = await server.ask("/auth/token", {
    method: "POST",
    headers: { ...bearer(keys.eve), ...json },
    body: "{}",
  });
  const { token } = (await given.json()) as { token: string };
  const all = [keys.eve, keys.evesPush, keys.evesRead, token].map(bearer);
  return [...all, { Cookie: eves["cookie"]!, Origin: server.url }];
}

describe("I10: another owner's things answer like what does not exist, to the byte", () => {
  for (const route of routes) {
    test(nameOf(route), async () => {
      for (const headers of await evesHeaders()) {
        if (!route.path.includes("{")) {
          if (nameOf(route) === "DELETE /auth/session") continue; // would end what the others here come with
          const text = await (await ask(route, adas, headers)).text();
          for (const name of NAMES) expect(text).not.toContain(adas[name]!);
          continue;
        }
        const foreign = await seenOf(ask(route, adas, headers), adas);
        const mayPush = headers["Authorization"] !== bearer(keys.evesRead).Authorization;
        if (RESERVING.includes(nameOf(route)) && mayPush) {
          expect(foreign).toMatchObject([409, {}, expect.stringContaining("is taken")]);
          continue;
        }
        expect(foreign).toEqual(await seenOf(ask(route, missing, headers), missing));
        expect(foreign).not.toMatchObject({ 0: 401 });
      }
    });
  }
});

test("I10: none of that changed what its owner sees", async () => {
  const newest = await server.ask("/machines/mach-ada/backupsets/some-set", {
    headers: bearer(keys.ada),
  });
  expect((await newest.json()) as object[]).toHaveLength(2);
  const owner = await server.ask("/machines/mach-ada/owner", { headers: bearer(keys.ada) });
  expect(await owner.json()).toEqual({ machine_id: "mach-ada", owner: "user-ada", readers: [] });
});

describe("I10: without a valid key every route says the same of everything", () => {
  const bad: Record<string, () => Promise<Record<string, string>>> = {
    "no key": async () => ({}),
    "an unknown key": async () => bearer(`bsv_0123456789ab_${"0".repeat(64)}`),
    "a wrong secret": async () =>
      bearer(keys.ada.slice(0, -2) + (keys.ada.endsWith("00") ? "11" : "00")),
    "a revoked key": () => spoilt("revoked_at_ms = 1"),
    "an expired key": () => spoilt("expires_at_ms = 1"),
    "a disabled user's key": async () => {
      const key = await server.key("gone", ["admin"]);
      server.scope.store.database.run("UPDATE users SET disabled_at_ms = 1 WHERE name = 'gone'");
      return bearer(key);
    },
    "a key of nonsense": async () => bearer("nonsense"),
    "an unknown session": async () => ({
      Cookie: `__Host-bsv=${"0".repeat(16)}.${"0".repeat(64)}`,
      Origin: server.url,
    }),
  };
  async function spoilt(change: string): Promise<Record<string, string>> {
    const key = await server.key("user-ada", ["admin"]);
    server.scope.store.database.run(`UPDATE api_keys SET ${change} WHERE key_id = '${idOf(key)}'`);
    return bearer(key);
  }
  for (const [what, headersOf] of Object.entries(bad)) {
    test(what, async () => {
      const headers = await headersOf();
      const expected = await seenOf(server.ask("/machines"), missing);
      for (const route of routes.filter(({ needs }) => needs !== "nobody")) {
        for (const things of [adas, missing]) {
          const got = await seenOf(ask(route, things, headers), things);
          expect([nameOf(route), got]).toEqual([nameOf(route), expected]);
        }
      }
    });
  }
});

test("I8: who has not the right is told so of everything alike, before anything is looked at", async () => {
  const may: Record<string, readonly Need[]> = {
    [keys.adasPush]: ["push", "anyone"],
    [keys.adasRead]: ["read", "anyone"],
    [keys.ada]: ["push", "read", "admin", "anyone"],
  };
  for (const [key, needs] of Object.entries(may)) {
    for (const route of routes) {
      if (route.needs === "nobody" || needs.includes(route.needs)) continue;
      const own = await seenOf(ask(route, adas, bearer(key)), adas);
      expect([nameOf(route), own]).toMatchObject([nameOf(route), { 0: 403 }]);
      for (const things of [
        eves,
        missing,
        { ...missing, machine_id: "..%2f", snapshot_id: "%00" },
      ]) {
        const other = await seenOf(ask(route, things, bearer(key)), things);
        expect([nameOf(route), other]).toEqual([nameOf(route), own]);
      }
    }
  }
});

test("a session from another origin, or from nowhere, does nothing", async () => {
  for (const route of routes.filter(({ needs }) => needs !== "nobody")) {
    const Cookie = eves["cookie"]!;
    for (const Origin of ["https://evil.example", "null", `${server.url}.evil.example`]) {
      const { status } = await ask(route, eves, { Cookie, Origin });
      expect([nameOf(route), Origin, status]).toEqual([nameOf(route), Origin, 403]);
    }
    if (route.method === "GET") continue;
    expect([nameOf(route), (await ask(route, eves, { Cookie })).status]).toEqual([
      nameOf(route),
      403,
    ]);
  }
});

/** What even the owner is refused, and why that is right. */
const REFUSED_TO_OWNERS: Record<string, number> = {
  "DELETE /auth/session": 404, // a key is no session
  "DELETE /auth/sessions/{session_id}": 404, // the new password, before, ended it
  "POST /auth/session": 401, // not with this password
  "POST /setup": 404,
  "GET /setup": 404,
};

/** In the order in which each still finds what it needs. */
const LAST: readonly Method[] = ["GET", "PUT", "POST", "DELETE"];

test("to its owner, or an admin of the server, every route gives what the others did not get", async () => {
  const inOrder = [...routes].sort((a, b) => LAST.indexOf(a.method) - LAST.indexOf(b.method));
  for (const route of inOrder) {
    const key = route.needs === "operator" ? keys.root : keys.eve;
    const { status } = await ask(route, eves, bearer(key));
    const expected = REFUSED_TO_OWNERS[nameOf(route)];
    if (expected === undefined)
      expect([nameOf(route), status < 400, status]).toEqual([nameOf(route), true, status]);
    else expect([nameOf(route), status]).toEqual([nameOf(route), expected]);
  }
});
