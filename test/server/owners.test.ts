// A machine is its reserver's: others neither see nor touch it, until it is shared or given away. And a key that may push only adds.
import { afterAll, expect, test } from "bun:test";
import { listAudit, type AuditRow } from "#db/access/audit.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { auditWith, bearer, startWithKeys } from "./keys.ts";
import { seen, stopAll } from "./running.ts";

const server = await startWithKeys();
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const json = { "Content-Type": "application/json" };
const root = await server.key("root", ["admin"]);
const ada = await server.key("ada", ["admin"]);
const bob = await server.key("bob", ["admin"]);

const T = "2026-11-22T10:00:00.000Z";
const documentOf = (machine_id: string, more: object = {}) =>
  ours(tree(), { machine_id, backupset_name: "set", timestamp: T, ...more });

const at = (machine: string, rest = "") => `/machines/${machine}/backupsets/set${rest}`;
const ask = (key: string, path: string, init: RequestInit = {}) =>
  server.ask(path, { ...init, headers: { ...bearer(key), ...json } });
const send = (key: string, machine: string, more: object = {}) =>
  ask(key, at(machine), { method: "POST", body: documentOf(machine, more).json });
const put = (key: string, path: string, body: object) =>
  ask(key, path, { method: "PUT", body: JSON.stringify(body) });
const machinesOf = async (key: string) => {
  const rows = (await (await ask(key, "/machines")).json()) as { machine_id: string }[];
  return rows.map((row) => row.machine_id);
};

test("I10: the first key that reserves a name makes the machine its user's; to another the name is taken, and no more", async () => {
  expect((await send(ada, "m1")).status).toBe(201);
  expect(await seen(send(bob, "m1"))).toMatchObject([409, { code: "conflict" }]);
  const validate = (key: string) =>
    seen(ask(key, at("m1", "/validate"), { method: "POST", body: "{}" }));
  expect(await validate(bob)).toMatchObject([409, { code: "conflict" }]);
  expect(await validate(ada)).toMatchObject([200, { status: "yours" }]);
  const open = await seen(
    ask(bob, at("m1", "/uploads"), {
      method: "POST",
      body: JSON.stringify({ content_type: "application/json" }),
    }),
  );
  expect(open).toMatchObject([409, { code: "conflict" }]);
  expect((await ask(bob, at("m1", "/latest"))).status).toBe(404);
  expect(await machinesOf(ada)).toEqual(["m1"]);
  expect(await machinesOf(bob)).toEqual([]);
  expect(await machinesOf(root)).toEqual(["m1"]);
});

test("I10: what is shared may be read and not written; transferred, it is another's with all its history", async () => {
  expect(await seen(put(ada, "/machines/m1/readers/bob", {}))).toEqual([
    200,
    { machine_id: "m1", owner: "ada", readers: ["bob"] },
  ]);
  expect((await ask(bob, at("m1", "/latest"))).status).toBe(200);
  expect(await machinesOf(bob)).toEqual(["m1"]);
  expect((await send(bob, "m1")).status).toBe(409);
  const { id } = documentOf("m1");
  const erase = (key: string) => ask(key, at("m1", `/${id}`), { method: "DELETE" });
  expect((await erase(bob)).status).toBe(404);
  expect((await ask(bob, "/machines/m1/owner")).status).toBe(404);
  expect((await put(bob, "/machines/m1/owner", { user: "bob" })).status).toBe(404);
  expect((await ask(ada, "/machines/m1/readers/bob", { method: "DELETE" })).status).toBe(200);
  expect((await ask(bob, at("m1", "/latest"))).status).toBe(404);
  expect((await put(ada, "/machines/m1/owner", { user: "bob" })).status).toBe(200);
  expect((await ask(ada, at("m1", "/latest"))).status).toBe(404);
  expect((await ask(bob, at("m1", "/latest"))).status).toBe(200);
  expect((await put(root, "/machines/m1/owner", { user: "ada" })).status).toBe(200);
  expect((await ask(ada, at("m1", "/latest"))).status).toBe(200);
});

test("I10: a machine from before there were users is seen by admins alone, until they give it away", async () => {
  const { database } = server.scope.store;
  database.run(
    "INSERT INTO machines (machine_id, created_at) VALUES ('old', '2026-01-01T00:00:00.000Z')",
  );
  expect(await machinesOf(root)).toContain("old");
  expect(await machinesOf(ada)).not.toContain("old");
  expect((await send(ada, "old")).status).toBe(409);
  expect((await put(root, "/machines/old/owner", { user: "ada" })).status).toBe(200);
  expect((await send(ada, "old")).status).toBe(201);
});

test("I8: a key that is bound to machines is for no other, whether it exists or not", async () => {
  const bound = await server.key("ada", ["push", "read"], ["lap*"]);
  expect((await send(bound, "laptop")).status).toBe(201);
  const refused = async (machine: string) => {
    const [status, problem] = await seen(send(bound, machine));
    return [status, JSON.stringify(problem).replaceAll(machine, "M")];
  };
  expect(await refused("m1")).toEqual(await refused("m9"));
  expect((await refused("m1"))[0]).toBe(403);
  expect(await machinesOf(bound)).toEqual(["laptop"]);
  expect((await ask(bound, at("m1", "/latest"))).status).toBe(404);
});

test("I10: an admin's key that is bound to machines acts for its user's own alone, and never for the server", async () => {
  const bound = await server.key("root", ["admin"], ["m*", "root-*"]);
  expect((await send(bound, "root-1")).status).toBe(201);
  expect(await machinesOf(bound)).toEqual(["root-1"]); // and not m1, which is ada's
  expect((await ask(bound, at("m1", "/latest"))).status).toBe(404);
  expect((await ask(bound, "/machines/m1/owner")).status).toBe(404);
  for (const path of ["/audit", "/audit/verify", "/stats", "/users", "/keys", "/auth/sessions"]) {
    expect([path, (await ask(bound, path)).status]).toEqual([path, 403]);
  }
});

test("I8: an upload to a machine is closed to a key of the same owner that is bound to another", async () => {
  const bound = await server.key("ada", ["push"], ["lap*"]);
  const opened = await ask(ada, at("m1", "/uploads"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ content_type: "application/json" }),
  });
  expect(opened.status).toBe(201);
  const { upload_id } = (await opened.json()) as { upload_id: string };
  const upload = at("m1", `/uploads/${upload_id}`);
  expect((await ask(bound, upload)).status).toBe(403);
  expect((await ask(bound, upload, { method: "DELETE" })).status).toBe(403);
  expect((await ask(ada, upload)).status).toBe(200);
});

test("I8: a key that may push reserves, sends and sees heads; all else is refused whatever it is about", async () => {
  const key = await server.key("ada", ["push"]);
  expect((await send(key, "m1", { timestamp: "2026-11-22T11:00:00.000Z" })).status).toBe(201);
  expect((await ask(key, at("m1", "/heads"))).status).toBe(200);
  const { id } = documentOf("m1");
  for (const [method, path] of [
    ["GET", at("m1")],
    ["GET", at("m1", "/latest")],
    ["GET", at("m1", `/${id}`)],
    ["DELETE", at("m1", `/${id}`)],
    ["DELETE", at("m1", `/${"0".repeat(64)}`)],
    ["POST", at("m1", `/${id}/tags`)],
    ["PUT", "/machines/m1/owner"],
    ["GET", "/machines"],
    ["GET", "/keys"],
    ["GET", "/users"],
    ["GET", "/audit"],
  ] as const) {
    const body = method === "POST" || method === "PUT" ? { body: "{}" } : {};
    expect([method, path, (await ask(key, path, { method, ...body })).status]).toEqual([
      method,
      path,
      403,
    ]);
  }
});

test("I8: the same time with other content is 409 and stands in the audit log; a description stays as it was said", async () => {
  const key = await server.key("ada", ["push"]);
  const other = ours(tree().slice(1), { machine_id: "m1", backupset_name: "set", timestamp: T });
  const answer = await seen(ask(key, at("m1"), { method: "POST", body: other.json }));
  expect(answer).toMatchObject([409, { code: "conflict" }]);
  const describe = async (description: string) =>
    (await seen(
      ask(key, at("m1", "/validate"), { method: "POST", body: JSON.stringify({ description }) }),
    )) as [number, { description: string }];
  expect((await describe("first"))[1].description).toBe("first");
  expect((await describe("other"))[1].description).toBe("first");
  const rows = await auditWith(
    server.scope,
    ({ what, target }) => what === "snapshot.refuse" && target!.includes(documentOf("m1").id),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({
      actor: `ada/${key.slice(4, 16)}`,
      what: "snapshot.refuse",
      result: "conflict",
      target: expect.stringContaining(documentOf("m1").id),
    }),
  );
});

test("who sends to a machine of another, or one the key is not for, stands in the audit log", async () => {
  const thief = await server.key("bob", ["push"], ["lap*"]);
  const stranger = await server.key("bob", ["push"]);
  const open = { method: "POST", body: '{"content_type":"application/json"}' };
  expect((await send(thief, "m1")).status).toBe(403);
  expect((await send(stranger, "m1")).status).toBe(409);
  expect((await ask(stranger, at("m1", "/uploads"), open)).status).toBe(409);
  const isOf = (key: string) => (row: AuditRow) =>
    row.what === "snapshot.refuse" && row.actor === `bob/${key.slice(4, 16)}`;
  const refused = (await auditWith(server.scope, isOf(thief))).filter(isOf(thief));
  expect(refused).toMatchObject([{ target: "m1/set", result: "forbidden" }]);
  await auditWith(server.scope, isOf(stranger));
  await Bun.sleep(50);
  const taken = (await auditWith(server.scope, isOf(stranger))).filter(isOf(stranger));
  expect(taken.map(({ result }) => result)).toEqual(["conflict", "conflict"]);
});

test("a deletion stands in the audit log, with who did it", async () => {
  const { id } = documentOf("m1");
  expect((await ask(ada, at("m1", `/${id}`), { method: "DELETE" })).status).toBe(200);
  const { rows } = await listAudit(server.scope, { limit: 3 });
  expect(rows).toContainEqual(
    expect.objectContaining({
      actor: `ada/${ada.slice(4, 16)}`,
      what: "snapshot.delete",
      target: `${id}: deleted through the server`,
    }),
  );
});

test("a key revoked in mid-request neither reads on nor writes", async () => {
  const key = await server.key("ada", ["push"]);
  const { json: text } = documentOf("m1", { timestamp: "2026-11-22T12:00:00.000Z" });
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const answer = server.ask(at("m1"), {
    method: "POST",
    body: readable,
    headers: { ...bearer(key), ...json },
  });
  const writer = writable.getWriter();
  await writer.write(Buffer.from(text.slice(0, 100)));
  await Bun.sleep(100);
  server.scope.store.database.run(
    `UPDATE api_keys SET revoked_at_ms = 1 WHERE key_id = '${key.slice(4, 16)}'`,
  );
  await writer.write(Buffer.from(text.slice(100)));
  await writer.close();
  expect((await answer).status).toBe(401);
});
