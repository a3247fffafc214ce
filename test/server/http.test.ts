// HTTP as it should be: methods, caching, compression, guards, the log, and the document that describes it all.
import { afterAll, expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { routes } from "#server/routes.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { raw } from "./raw.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start();
const many = Array.from({ length: 5000 }, (_, i): Entry => ({
  ...tree()[0]!,
  path: `/many/${String(i).padStart(5, "0")}`,
}));
const document = ours(many);
expect((await server.send(document.json)).status).toBe(201);

test("a method that is not possible is 405 and says which are; OPTIONS says it too", async () => {
  const patched = await server.ask("", { method: "PATCH" });
  expect(patched.headers.get("allow")).toBe("GET, POST, HEAD, OPTIONS");
  expect([patched.status, await patched.json()]).toMatchObject([
    405,
    { code: "method_not_allowed" },
  ]);
  const put = await server.ask("latest", { method: "PUT" });
  expect(put.status).toBe(405);
  const options = await server.ask("uploads/x/parts/1", { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, "PUT, OPTIONS"]);
  expect(await seen(server.ask("/nowhere"))).toMatchObject([404, { code: "not_found" }]);
});

test("HEAD never says that a document has no bytes: its length where it is known, else none", async () => {
  const lengthOf = async (path: string, accept: string) => {
    const head = `HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: ${accept}\r\nConnection: close\r\n\r\n`;
    const { status, headers, body } = await raw(server.url, head);
    expect([status, body]).toEqual([200, ""]);
    return headers.get("content-length");
  };
  for (const path of ["latest", document.id, "diff?from=latest&to=latest"]) {
    expect(await lengthOf(`${SET_PATH}/${path}`, "identity")).toBe(
      path.startsWith("diff") ? "3" : null,
    );
  }
  expect(await lengthOf("/healthz", "identity")).toBe("16");
  const { length } = await (await server.ask("/openapi.json")).bytes();
  expect(await lengthOf("/openapi.json", "identity")).toBe(String(length));
});

test("HEAD answers like GET, without the body", async () => {
  for (const path of ["latest", "", "latest?files=false", "/healthz"]) {
    const get = await server.ask(path);
    const head = await server.ask(path, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    expect(await head.text()).toBe("");
    await get.body?.cancel();
  }
  expect((await server.ask("nothing", { method: "HEAD" })).status).toBe(404);
});

test("a snapshot has an ETag, and who has it already gets 304", async () => {
  for (const path of ["latest", document.id, "latest?files=false"]) {
    const first = await server.ask(path, { headers: { "Accept-Encoding": "identity" } });
    const etag = first.headers.get("etag")!;
    await first.body?.cancel();
    expect(etag).toMatch(/^"[0-9a-f]{64}-(json|header-[0-9a-z]+)"$/);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await server.ask(path, { headers: { "If-None-Match": known } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([
        304,
        "",
        etag,
      ]);
    }
    const other = await server.ask(path, { headers: { "If-None-Match": `"other"` } });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  }
});

const encodings: [accept: string, expected: string | null][] = [
  ["gzip", "gzip"],
  ["zstd", "zstd"],
  ["gzip, zstd", "zstd"],
  ["gzip;q=1.0, zstd;q=0.5", "gzip"],
  ["identity", null],
  ["br", null],
  ["gzip;q=0", null],
  ["*", "zstd"],
];
for (const [accept, expected] of encodings) {
  test(`Accept-Encoding: ${accept} is answered ${expected ?? "plain"}`, async () => {
    for (const path of ["latest", "/openapi.json"]) {
      const answer = await fetch(
        server.url + (path.startsWith("/") ? path : `${SET_PATH}/${path}`),
        {
          headers: { "Accept-Encoding": accept },
          decompress: false,
        },
      );
      expect(answer.headers.get("content-encoding")).toBe(expected);
      expect(answer.headers.get("vary")).toContain("Accept-Encoding");
      const bytes = await answer.arrayBuffer();
      const plain =
        expected === "gzip"
          ? Bun.gunzipSync(bytes)
          : expected === "zstd"
            ? Bun.zstdDecompressSync(bytes)
            : Buffer.from(bytes);
      if (path === "latest") expect(Buffer.from(plain).toString()).toBe(document.json);
      else expect(JSON.parse(Buffer.from(plain).toString())).toHaveProperty("openapi", "3.1.0");
    }
  });
}

test("I12: every answer is guarded against being sniffed, framed or run", async () => {
  for (const path of ["latest", "/nowhere", "/healthz", "/machines/%00/backupsets"]) {
    const answer = await server.ask(path);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.headers.get("cache-control")).not.toBeNull();
    await answer.body?.cancel();
  }
});

test("a page of another site can't write through somebody's browser", async () => {
  const ask = (origin: string) =>
    server.ask("validate", { method: "POST", headers: { Origin: origin } });
  expect(await seen(ask("https://evil.example"))).toMatchObject([403, { code: "forbidden" }]);
  expect(await seen(ask("null"))).toMatchObject([403, { code: "forbidden" }]);
  expect((await ask(server.url)).status).toBe(200);
});

test("each request leaves one line of log, with what it cost", async () => {
  server.log.length = 0;
  const answer = await server.ask("latest", { headers: { "Accept-Encoding": "identity" } });
  const { length } = await answer.bytes();
  await server.ask("/nowhere?secret=1");
  for (let tries = 0; server.log.length < 2 && tries < 50; tries++) await Bun.sleep(10);
  expect(server.log).toEqual([
    {
      time: expect.stringMatching(/Z$/),
      level: "info",
      request_id: answer.headers.get("x-request-id"),
      from: "127.0.0.1",
      method: "GET",
      path: `${SET_PATH}/latest`,
      status: 200,
      ms: expect.any(Number),
      bytes: length,
    },
    expect.objectContaining({ path: "/nowhere", status: 404 }),
  ]);
});

// More than the buffers between the two can hold.
test("I2: a snapshot deleted while it is read breaks the connection: no short list looks whole", async () => {
  const large = ours(
    Array.from({ length: 100_000 }, (_, i) => ({ ...tree()[0]!, path: `/large/${i}` })),
    { timestamp: "2026-05-05T05:05:05.000Z", backupset_name: "large" },
  );
  const path = SET_PATH.replace("project-data", "large");
  const headers = { "Content-Type": "application/json" };
  const sent = await server.ask(path, { method: "POST", body: large.json, headers });
  expect(sent.status).toBe(201);
  const answer = await server.ask(`${path}/${large.id}`, {
    headers: { "Accept-Encoding": "identity" },
  });
  const reader = answer.body!.getReader();
  await reader.read();
  const gone = await server.ask(`${path}/${large.id}`, { method: "DELETE" });
  expect(gone.status).toBe(200);
  const rest = async () => {
    for (;;) if ((await reader.read()).done) return "whole";
  };
  expect(await rest().catch(() => "broken")).toBe("broken");
  const trouble = () => server.log.find(({ level }) => level === "error");
  for (let tries = 0; trouble() === undefined && tries < 100; tries++) await Bun.sleep(10);
  expect(trouble()).toMatchObject({
    level: "error",
    error: expect.stringContaining("was deleted while it was being read"),
  });
});

interface Described {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
}

test("every operation has a name of its own, and clients that were generated keep it", async () => {
  const [, described] = (await seen(server.ask("/openapi.json"))) as [number, Described];
  const names = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`,
    ),
  );
  const ids = names.map((name) => name.split(":")[0]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(names.toSorted()).toMatchInlineSnapshot(`
    [
      "acceptVerdict: POST /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/verdict",
      "addUser: POST /users",
      "addVerification: POST /machines/{machine_id}/backupsets/{set_name}/verifications",
      "changePassword: PUT /users/{user}/password",
      "changeTags: POST /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/tags",
      "commitUpload: POST /machines/{machine_id}/backupsets/{set_name}/uploads/{upload_id}",
      "createKey: POST /keys",
      "createToken: POST /auth/token",
      "deleteSnapshot: DELETE /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}",
      "diffSnapshots: GET /machines/{machine_id}/backupsets/{set_name}/diff",
      "disableUser: POST /users/{user}/disable",
      "dropUpload: DELETE /machines/{machine_id}/backupsets/{set_name}/uploads/{upload_id}",
      "enableUser: POST /users/{user}/enable",
      "endSession: DELETE /auth/sessions/{session_id}",
      "findFiles: GET /find",
      "getHealth: GET /healthz",
      "getLatestSnapshot: GET /machines/{machine_id}/backupsets/{set_name}/latest",
      "getMetrics: GET /metrics",
      "getOpenApi: GET /openapi.json",
      "getOwner: GET /machines/{machine_id}/owner",
      "getReadiness: GET /readyz",
      "getSnapshot: GET /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}",
      "getStats: GET /stats",
      "getStatsOfBackupset: GET /machines/{machine_id}/backupsets/{set_name}/stats",
      "getUpload: GET /machines/{machine_id}/backupsets/{set_name}/uploads/{upload_id}",
      "listAudit: GET /audit",
      "listBackupsets: GET /machines/{machine_id}/backupsets",
      "listChain: GET /machines/{machine_id}/backupsets/{set_name}/chain",
      "listDuplicates: GET /dupes",
      "listDuplicatesOfBackupset: GET /machines/{machine_id}/backupsets/{set_name}/dupes",
      "listGoneVersions: GET /machines/{machine_id}/backupsets/{set_name}/prune/versions",
      "listHeads: GET /machines/{machine_id}/backupsets/{set_name}/heads",
      "listKeys: GET /keys",
      "listMachines: GET /machines",
      "listSessions: GET /auth/sessions",
      "listSnapshots: GET /machines/{machine_id}/backupsets/{set_name}",
      "listTags: GET /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/tags",
      "listUsers: GET /users",
      "listVerdicts: GET /machines/{machine_id}/backupsets/{set_name}/verdicts",
      "listVerifications: GET /machines/{machine_id}/backupsets/{set_name}/verifications",
      "listVerificationsOfSnapshot: GET /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/verifications",
      "listVersions: GET /machines/{machine_id}/backupsets/{set_name}/log",
      "measureUsage: GET /machines/{machine_id}/backupsets/{set_name}/du",
      "openUpload: POST /machines/{machine_id}/backupsets/{set_name}/uploads",
      "planPrune: GET /machines/{machine_id}/backupsets/{set_name}/prune",
      "planRollback: GET /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/rollback",
      "pruneSnapshots: POST /machines/{machine_id}/backupsets/{set_name}/prune",
      "querySnapshots: GET /machines/{machine_id}/backupsets/{set_name}/query",
      "revokeKey: DELETE /keys/{key_id}",
      "rotateKey: POST /keys/{key_id}/rotate",
      "sendPart: PUT /machines/{machine_id}/backupsets/{set_name}/uploads/{upload_id}/parts/{n}",
      "setUp: POST /setup",
      "shareMachine: PUT /machines/{machine_id}/readers/{user}",
      "showSetUp: GET /setup",
      "signIn: POST /auth/session",
      "signOut: DELETE /auth/session",
      "transferMachine: PUT /machines/{machine_id}/owner",
      "unshareMachine: DELETE /machines/{machine_id}/readers/{user}",
      "uploadSnapshot: POST /machines/{machine_id}/backupsets/{set_name}",
      "validateBackupset: POST /machines/{machine_id}/backupsets/{set_name}/validate",
      "verifyAudit: GET /audit/verify",
      "whoAmI: GET /auth/whoami",
    ]
  `);
});

test("OpenAPI 3.1 describes every route with its parameters, and nothing else", async () => {
  const [, described] = (await seen(server.ask("/openapi.json"))) as [number, Described];
  expect(described.openapi).toBe("3.1.0");
  const documented = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = [...routes.map((route) => `${route.method} ${route.path}`), "GET /openapi.json"];
  expect(documented.sort()).toEqual(served.sort());
  for (const route of routes) {
    const operation = described.paths[route.path]![route.method.toLowerCase()]!;
    const named = (place: string) =>
      (operation.parameters ?? []).filter((p) => p.in === place).map((p) => p.name);
    expect(named("path")).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!));
    expect(named("query")).toEqual(Object.keys(route.query?.shape ?? {}));
  }
  const owners = [
    "GET /machines/{machine_id}/backupsets",
    "GET /machines/{machine_id}/backupsets/{set_name}",
    "GET /machines/{machine_id}/backupsets/{set_name}/latest",
    "GET /machines/{machine_id}/backupsets/{set_name}/{snapshot_id}",
    "GET /machines/{machine_id}/backupsets/{set_name}/query",
    "POST /machines/{machine_id}/backupsets/{set_name}/validate",
    "POST /machines/{machine_id}/backupsets/{set_name}",
  ];
  expect(served).toEqual(expect.arrayContaining(owners));
});

test("I1: a second server on the same port is refused: two stores must not answer in turn", async () => {
  const first = await start();
  const second = start({ port: Number(new URL(first.url).port) });
  expect(second).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(
      /^Can't listen on 127\.0\.0\.1:\d+: the port is in use or not allowed$/,
    ),
  });
  await second.catch(() => {});
});

test("a host that is not this machine's is told as such, and no port is blamed", async () => {
  for (const host of ["nonexist.invalid", "192.0.2.1"]) {
    const started = start({ host });
    expect(started).rejects.toMatchObject({
      code: "config_invalid",
      message: `Can't listen on any port of ${host}`,
      hint: expect.not.stringContaining("--port"),
    });
    await started.catch(() => {});
  }
});
