// Resumable uploads: parts in any order, a commit that may be repeated, an end after a week.
import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ours, tree } from "#test/jobs/document.ts";
import { newDataDir, seen, start, type TestServer, stopAll } from "./running.ts";

afterAll(stopAll);

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const JSON_HEADERS = { "Content-Type": "application/json" };
const JSON_FORM = { content_type: "application/json", content_encoding: "identity" };

async function open(server: TestServer, said: object = {}): Promise<string> {
  const body = JSON.stringify({
    content_type: "application/x-ndjson",
    content_encoding: "zstd",
    ...said,
  });
  const [status, upload] = await seen(
    server.ask("uploads", { method: "POST", headers: JSON_HEADERS, body }),
  );
  expect([status, upload]).toMatchObject([201, { part_size_limit: 64 << 20, parts: [] }]);
  return (upload as { upload_id: string }).upload_id;
}

function put(server: TestServer, id: string, n: number, bytes: Uint8Array, sum = sha256(bytes)) {
  const headers = { "X-Part-SHA256": sum };
  return seen(
    server.ask(`uploads/${id}/parts/${n}`, { method: "PUT", body: bytes as never, headers }),
  );
}

const commit = (server: TestServer, id: string) =>
  seen(server.ask(`uploads/${id}`, { method: "POST" }));

/** A compressed body in three parts. */
function threeParts(timestamp: string) {
  const document = ours(tree(), { timestamp });
  const bytes = Bun.zstdCompressSync(document.ndjson);
  const cuts = [0, 100, 101, bytes.length];
  return { document, parts: [0, 1, 2].map((i) => bytes.subarray(cuts[i], cuts[i + 1])) };
}

const server = await start();

test("I1: parts in any order, some twice, become the snapshot at the commit, not before", async () => {
  const { document, parts } = threeParts("2026-01-01T00:00:00.000Z");
  const id = await open(server, { snapshot_id: document.id });
  await put(server, id, 3, parts[2]!);
  await put(server, id, 1, Buffer.from("wrong"));
  expect(await commit(server, id)).toMatchObject([409, { code: "conflict", missing_part: 2 }]);
  expect(await put(server, id, 1, parts[0]!)).toEqual([
    200,
    { n: 1, size: 100, sha256: sha256(parts[0]!) },
  ]);
  await put(server, id, 2, parts[1]!);
  expect(await seen(server.ask(`uploads/${id}`))).toMatchObject([
    200,
    { parts: parts.map((part, i) => ({ n: i + 1, size: part.length, sha256: sha256(part) })) },
  ]);
  expect(await seen(server.ask(document.id))).toMatchObject([404, {}]);
  const [status, receipt] = await commit(server, id);
  expect([status, receipt]).toMatchObject([201, { snapshot_id: document.id, status: "stored" }]);

  // I3: the answer may have been lost on the way.
  expect(await commit(server, id)).toEqual([200, { ...(receipt as object), status: "exists" }]);
  expect(await put(server, id, 1, parts[0]!)).toMatchObject([409, { code: "conflict" }]);
  expect(await seen(server.ask(`uploads/${id}`))).toMatchObject([
    200,
    { snapshot_id: document.id, parts: [] },
  ]);
});

test("I3: an impatient sender's second commit gets the first one's answer", async () => {
  const { document, parts } = threeParts("2026-01-02T00:00:00.000Z");
  const id = await open(server);
  for (const [i, part] of parts.entries()) await put(server, id, i + 1, part);
  const answers = await Promise.all([commit(server, id), commit(server, id), commit(server, id)]);
  for (const answer of answers) expect(answer[1]).toMatchObject({ snapshot_id: document.id });
  expect(answers.map(([status]) => status).filter((status) => status > 201)).toEqual([]);
});

test("a part that came through damaged is refused, and the one before it stays", async () => {
  const id = await open(server);
  await put(server, id, 1, Buffer.from("good"));
  const bad = await put(server, id, 1, Buffer.from("bad"), sha256(Buffer.from("good")));
  expect(bad).toMatchObject([400, { code: "invalid_request" }]);
  expect(await seen(server.ask(`uploads/${id}`))).toMatchObject([
    200,
    { parts: [{ n: 1, size: 4 }] },
  ]);
});

test("I2: a body that is no document is refused at the commit, and its parts go", async () => {
  const id = await open(server);
  await put(server, id, 1, Bun.zstdCompressSync("hello"));
  expect(await commit(server, id)).toMatchObject([400, { code: "malformed" }]);
  expect(await seen(server.ask(`uploads/${id}`))).toMatchObject([404, { code: "not_found" }]);
});

test("an upload is its set's only, and can be given up", async () => {
  const id = await open(server);
  for (const path of [
    `/machines/devbox-001/backupsets/other/uploads/${id}`,
    `uploads/${crypto.randomUUID()}`,
  ]) {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await seen(server.ask(path, { method }))).toMatchObject([404, { code: "not_found" }]);
    }
  }
  expect((await server.ask(`uploads/${id}`, { method: "DELETE" })).status).toBe(204);
  expect(await seen(server.ask(`uploads/${id}`))).toMatchObject([404, {}]);
  for (const path of ["uploads/..%2F..", `uploads/${id}/parts/0`, `uploads/${id}/parts/99999`]) {
    const [status] = await seen(
      server.ask(path, { method: path.includes("parts") ? "PUT" : "GET" }),
    );
    expect(status).toBe(400);
  }
});

test("I11: parts and bodies have their limits", async () => {
  const small = await start({ limits: { part_size: 1000, body_size: 1500 } });
  const body = JSON.stringify({ content_type: "application/json" });
  const opened = await seen(small.ask("uploads", { method: "POST", headers: JSON_HEADERS, body }));
  const id = (opened[1] as { upload_id: string }).upload_id;
  expect(await put(small, id, 1, Buffer.alloc(1001))).toMatchObject([413, { code: "too_large" }]);
  expect((await put(small, id, 1, Buffer.alloc(1000)))[0]).toBe(200);
  expect(await put(small, id, 2, Buffer.alloc(501))).toMatchObject([413, { code: "too_large" }]);
  expect((await put(small, id, 1, Buffer.alloc(900)))[0]).toBe(200);
  expect((await put(small, id, 2, Buffer.alloc(600)))[0]).toBe(200);
});

test("I11: of many uploads that are opened at once, no more are than may be open", async () => {
  const few = await start({ limits: { uploads: 8 } });
  const init = { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(JSON_FORM) };
  const answers = await Promise.all(Array.from({ length: 60 }, () => few.ask("uploads", init)));
  const opened = answers.filter(({ status }) => status === 201).length;
  expect([opened, readdirSync(join(few.dataDir, "uploads")).length]).toEqual([8, 8]);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(52);
});

test("an upload survives a restart, and is swept away after a week", async () => {
  const dataDir = newDataDir();
  const { document, parts } = threeParts("2026-01-03T00:00:00.000Z");
  const before = await start({ dataDir });
  const [id, forgotten] = [await open(before), await open(before)];
  await put(before, id, 1, parts[0]!);
  await before.stop();

  const after = await start({ dataDir });
  await put(after, id, 2, parts[1]!);
  await put(after, id, 3, parts[2]!);
  expect(await commit(after, id)).toMatchObject([201, { snapshot_id: document.id }]);
  await after.stop();

  const later = await start({ dataDir, now: () => Date.now() + 7 * 86_400_000 + 1000 });
  expect(await seen(later.ask(`uploads/${forgotten}`))).toMatchObject([404, { code: "not_found" }]);
  expect(readdirSync(join(dataDir, "uploads"))).toEqual([]);
});

test("I11: whatever is done to one upload at once, no answer is the server's fault, and what is committed is whole", async () => {
  const server = await start();
  await server.ask("validate", { method: "POST" });
  const statuses = new Set<number>();
  let wholeCount = 0;
  for (let round = 0; round < 40; round++) {
    const document = ours(tree(), {
      timestamp: new Date(Date.UTC(2026, 0, 1) + round * 60_000).toISOString(),
    });
    const id = await open(server, JSON_FORM);
    const half = document.json.length >> 1;
    const send = (n: number, body: string) => () =>
      server.ask(`uploads/${id}/parts/${n}`, { method: "PUT", body });
    const parts = [send(1, document.json.slice(0, half)), send(2, document.json.slice(half))];
    const committed: number[] = [];
    const tryCommit = async (): Promise<Response> => {
      const answer = await server.ask(`uploads/${id}`, { method: "POST" });
      committed.push(answer.status);
      return answer;
    };
    const deeds = [
      ...parts,
      ...parts, // again, as whoever missed the answers
      send(1, "another"),
      tryCommit,
      tryCommit,
      () => server.ask(`uploads/${id}`),
      ...(round % 2 === 0 ? [() => server.ask(`uploads/${id}`, { method: "DELETE" })] : []),
    ];
    const order = deeds.toSorted(() => Math.random() - 0.5);
    const answers = await Promise.all(order.map((deed) => deed()));
    for (const { status } of answers) statuses.add(status);
    const [status, state] = await seen(server.ask(`uploads/${id}`));
    // With "another" before its second half it is no document: refused at the commit, and its parts go.
    const isGone = round % 2 === 0 || committed.includes(400);
    expect([round, committed, status]).toEqual([round, committed, isGone ? 404 : 200]);
    if (!isGone) wholeCount++;
    if (status === 200 && !("snapshot_id" in (state as object))) {
      for (const part of parts) expect((await part()).status).toBe(200);
      expect((await commit(server, id))[0]).toBe(201);
    }
    await server.ask(`uploads/${id}`, { method: "DELETE" });
  }
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  const [, rows] = await seen(server.ask(""));
  expect(wholeCount).toBeGreaterThan(0);
  expect((rows as object[]).length).toBeGreaterThanOrEqual(wholeCount);
  for (const { snapshot_id } of rows as { snapshot_id: string }[]) {
    expect((await server.ask(snapshot_id)).status).toBe(200);
  }
  expect(readdirSync(`${server.dataDir}/uploads`)).toEqual([]);
});
