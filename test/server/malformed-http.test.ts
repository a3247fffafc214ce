// HTTP as no client writes it, over raw sockets: each is refused or read in the one way that it can be meant, never as two requests, and
// the store stays as it was. What Bun's own parser refuses is a bare status and the end of the connection.
import { afterAll, expect, test } from "bun:test";
import { ours, tree } from "#test/jobs/document.ts";
import { raw } from "./raw.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const server = await start();
const { json } = ours(tree());
expect((await server.send(json)).status).toBe(201);
const [, before] = await seen(server.ask(""));

const HOST = "Host: localhost\r\n";
const TYPE = "Content-Type: application/json\r\n";
const POST = `POST ${SET_PATH} HTTP/1.1\r\n${HOST}${TYPE}`;
/** What must never be taken for a request of its own. */
const SMUGGLED = `DELETE ${SET_PATH}/latest HTTP/1.1\r\n${HOST}X: y\r\n\r\n`;

const requests: Record<string, [bytes: string, statuses: number[]]> = {
  "two lengths that differ": [
    `${POST}Content-Length: 3\r\nContent-Length: 40\r\n\r\n{}\n${SMUGGLED}`,
    [400],
  ],
  "two lengths in one header": [`${POST}Content-Length: 3, 40\r\n\r\n{}\n${SMUGGLED}`, [400]],
  "a length and chunks": [
    `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    [400],
  ],
  "a negative length": [`${POST}Content-Length: -1\r\n\r\n{}`, [400]],
  "a length with a plus": [`${POST}Content-Length: +2\r\n\r\n{}`, [400]],
  "a length in hex": [`${POST}Content-Length: 0x2\r\n\r\n{}`, [400]],
  "a length beyond any disk": [`${POST}Content-Length: 99999999999999999999\r\n\r\n{}`, [400, 413]],
  "chunks of another name": [
    `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    [400, 501],
  ],
  "chunked twice": [`${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  "a chunk whose size is no number": [
    `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    [400],
  ],
  "a chunk whose size is beyond 64 bits": [
    `${POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}`,
    [400, 413],
  ],
  "a chunk that is longer than it says": [
    `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`,
    [400],
  ],
  "a header with a blank before its colon": [
    `GET /machines HTTP/1.1\r\n${HOST}X-A : b\r\n\r\n`,
    [400],
  ],
  "a header that is folded": [`GET /machines HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\n\r\n`, [400]],
  "a header without a colon": [`GET /machines HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`, [400]],
  "a header with NUL": [`GET /machines HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`, [400]],
  "headers without end": [
    `GET /machines HTTP/1.1\r\n${HOST}${"X-A: b\r\n".repeat(20_000)}\r\n`,
    [400, 431],
  ],
  "a path without end": [`GET /${"a".repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`, [400, 414, 431]],
  "a path with NUL": ["GET /mach\0ines HTTP/1.1\r\n" + HOST + "\r\n", [400, 505, 404]],
  "a path that is a line more": [`GET /machines\r\nX: y HTTP/1.1\r\n${HOST}\r\n`, [400, 505]],
  "no version": [`GET /machines\r\n${HOST}\r\n`, [400, 505]],
  "a version of the future": [`GET /machines HTTP/9.9\r\n${HOST}\r\n`, [400, 505]],
  "no host": ["GET /machines HTTP/1.1\r\n\r\n", [400]],
  "two hosts": [`GET /machines HTTP/1.1\r\n${HOST}Host: evil.example\r\n\r\n`, [400]],
  "an address of another server": [
    `GET http://evil.example/machines HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    [400, 403],
  ],
  "a tunnel": [
    `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    [400, 403, 404, 405],
  ],
  "TLS where there is none": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [0, 400]],
  "another protocol's hello": ["EHLO me\r\n", [0, 400]],
};

for (const [what, [bytes, statuses]] of Object.entries(requests)) {
  test(`I2, I11: ${what}: refused, and nothing behind it is taken for a request`, async () => {
    server.log.length = 0;
    const { status, text } = await raw(server.url, Buffer.from(bytes, "latin1"), 60);
    expect([what, statuses.includes(status) ? "refused" : status]).toEqual([what, "refused"]);
    expect(text.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(server.log.filter(({ method }) => method === "DELETE")).toEqual([]);
    expect(await seen(server.ask(""))).toEqual([200, before]);
  });
}

test("what those hide is a request that is heard where it stands for itself, first or behind another", async () => {
  for (const before of ["", `GET /healthz HTTP/1.1\r\n${HOST}\r\n`]) {
    server.log.length = 0;
    await raw(server.url, before + SMUGGLED);
    expect(server.log.map(({ method }) => method).at(-1)).toBe("DELETE");
  }
});

test("requests in one write are answered one after another, each as itself", async () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
  const { text } = await raw(server.url, get("/healthz") + get("/nowhere") + get("/readyz"));
  expect([...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => match[1])).toEqual([
    "200",
    "404",
    "200",
  ]);
});
