// What is not taken: each with its status and code, and then nothing is stored.
import { afterAll, afterEach, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { contentOf } from "#server/body.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start({
  limits: { body_size: 1 << 20, document_size: 4 << 20, part_size: 1 << 16, body_time: 700 },
});
await server.ask("validate", { method: "POST" });

/** I2: whatever was refused left nothing: no snapshot, no body. */
afterEach(async () => {
  expect(await seen(server.ask(""))).toEqual([200, []]);
  for (let tries = 0; bodies().length > 0 && tries < 50; tries++) await Bun.sleep(20);
  expect(bodies()).toEqual([]);
});

function bodies(): string[] {
  const uploads = join(server.dataDir, "uploads");
  return existsSync(uploads) ? readdirSync(uploads) : [];
}

const body = ours(tree()).json;

test("I2: another type, encoding or charset is 415", async () => {
  for (const headers of [
    { "Content-Type": "text/plain" },
    { "Content-Type": "application/json; charset=latin1" },
    { "Content-Encoding": "br" },
  ]) {
    expect(await seen(server.send(body, headers))).toMatchObject([
      415,
      { code: "unsupported_media_type" },
    ]);
  }
  const form = new FormData();
  form.set("file", body);
  expect(await seen(server.ask("", { method: "POST", body: form }))).toMatchObject([415, {}]);
});

test("I11: a type of as many blanks as a header may hold is refused as quickly as any", () => {
  const startedAt = performance.now();
  for (let n = 0; n < 10; n++) {
    expect(() => contentOf(`application/json;${" ".repeat(15_000)}x`, null)).toThrow();
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000); // it took one for each
  expect(contentOf('Application/JSON ; charset = "UTF-8" ;', null).form).toBe("json");
});

test("I2: what is no JSON is 400, what contradicts itself 422 with its line", async () => {
  expect(await seen(server.send("hello"))).toMatchObject([400, { code: "malformed", line: 1 }]);
  expect(await seen(server.send(""))).toMatchObject([400, { code: "malformed" }]);
  expect(await seen(server.send(body, { "Content-Encoding": "gzip" }))).toMatchObject([
    400,
    { code: "malformed" },
  ]);
  const changed = body.replace(`"size":17`, `"size":-17`);
  expect(await seen(server.send(changed))).toMatchObject([
    422,
    {
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
      code: "invalid_document",
      line: 3,
      path: "/home/user/caf\udce9",
      detail: expect.stringMatching(/^Line 3: size: /),
    },
  ]);
});

test("I2: a snapshot dated before 1970 is 422: no history has one that its questions would miss", async () => {
  const early = ours(tree(), { timestamp: "1969-12-31T23:59:59.999Z" }).json;
  expect(await seen(server.send(early))).toMatchObject([
    422,
    { code: "invalid_document", line: 1 },
  ]);
});

test("I2: a document of another set than the path's is 422", async () => {
  const other = ours(tree(), { backupset_name: "other" }).json;
  expect(await seen(server.send(other))).toMatchObject([422, { code: "invalid_document" }]);
});

test("I11: a body over the limit is 413, announced or not", async () => {
  const long = " ".repeat((1 << 20) + 1);
  expect(await seen(server.send(long))).toMatchObject([413, { code: "too_large" }]);
  const unannounced = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.alloc(1 << 16, " "));
    },
  });
  const answer = await server
    .ask("", {
      method: "POST",
      body: unannounced,
      headers: { "Content-Type": "application/json" },
    })
    .catch((error: Error) => error);
  // The server may close before an endless sender has read the answer.
  if (answer instanceof Response) expect(answer.status).toBe(413);
});

test("I11: a decompression bomb is 413, with memory flat", async () => {
  const bomb = Bun.zstdCompressSync(`{"files":[${" ".repeat(512 << 20)}]}`);
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const answer = await seen(server.send(bomb, { "Content-Encoding": "zstd" }));
  expect(answer).toMatchObject([413, { code: "too_large" }]);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 << 20);
});

test("I11: a small JSON body has a small limit", async () => {
  const long = JSON.stringify({ description: "x".repeat(100_000) });
  const headers = { "Content-Type": "application/json" };
  const ask = (text: string) =>
    seen(server.ask("validate", { method: "POST", body: text, headers }));
  expect(await ask(long)).toMatchObject([413, {}]);
  expect(await ask(`{"adopt":true,"adopt":false}`)).toMatchObject([400, { code: "malformed" }]);
  expect(await ask(`{"adopt":"yes"}`)).toMatchObject([400, { code: "invalid_request" }]);
});

/** Speaks HTTP by hand; resolves with all that came back when the connection ends or `untilMs` is over. */
function speak(text: string, { closeAfterMs = 60_000 } = {}): Promise<string> {
  const { port } = new URL(server.url);
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => {
      heard += data.toString();
      if (heard.includes("\r\n\r\n") && heard.trimEnd().endsWith("}")) socket.destroy();
    });
    socket.on("error", () => undefined); // a reset is an end too
    socket.on("close", () => resolve(heard));
    setTimeout(() => socket.destroy(), closeAfterMs);
  });
}

const head = (length: number) =>
  `POST ${SET_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

test("I11: a body that trickles is given up at the deadline, with 408", async () => {
  const startedAt = performance.now();
  const heard = await speak(`${head(body.length)}${body.slice(0, 50)}`);
  expect(heard).toContain("HTTP/1.1 408 ");
  expect(heard).toContain(`"code":"too_slow"`);
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("I2: a sender who leaves in the middle leaves nothing", async () => {
  await speak(`${head(body.length)}${body.slice(0, -10)}`, { closeAfterMs: 100 });
});

test("I2: a Content-Length shorter than the body cuts the document, which is refused", async () => {
  const heard = await speak(head(body.length - 5) + body);
  expect(heard).toContain("HTTP/1.1 400 ");
  expect(heard).not.toContain("HTTP/1.1 201 ");
});

test("I12: what a stranger writes into a path is ASCII in the log", async () => {
  await speak(`GET /machines/\u001b[31mred\u202e HTTP/1.1\r\nHost: localhost\r\n\r\n`, {
    closeAfterMs: 200,
  });
  await server.ask("/machines/%1b[31mred/backupsets");
  const line = server.log.at(-1)!;
  expect(line).toMatchObject({
    method: "GET",
    status: 400,
    path: "/machines/%1b[31mred/backupsets",
  });
});
