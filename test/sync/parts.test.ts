// Large bodies in parts, against a server in miniature that can forget, lie and be restarted, over links that break.
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { BsvError } from "#core/errors.ts";
import { sendInParts, type Body } from "#sync/parts.ts";
import { openRemote } from "#sync/remote.ts";
import { BadLink, type Weather } from "./bad-link.ts";

/** Real servers on a machine that may be busy. */
setDefaultTimeout(60_000);

const HASTE = { attempts: 4, firstWaitMs: 2, longestWaitMs: 8 };
const SET = { machineId: "devbox-001", setName: "project-data" };
const ID = "ab".repeat(32);
const MIB = 1024 * 1024;
const never = new AbortController().signal;

const open: { stop(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});

/** What the protocol says of uploads, and no more. `uploads` is its disk: it survives a restart. */
class Miniature {
  readonly uploads = new Map<string, Map<number, Uint8Array>>();
  stored: Uint8Array | null = null;
  opened = 0;
  committed = 0;
  partsReceived = 0;
  /** Tests break it here; a Response instead of the right answer. */
  meddle: (method: string, path: string) => Response | undefined = () => undefined;
  readonly #server = Bun.serve({ port: 0, fetch: (request) => this.#answer(request) });

  constructor() {
    open.push({ stop: () => this.#server.stop(true) });
  }

  get port(): number {
    return this.#server.port!;
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.replace(
      "/machines/devbox-001/backupsets/project-data",
      "",
    );
    const broken = this.meddle(request.method, path);
    if (broken !== undefined) return broken;
    const [, id, n] = /^\/uploads\/([^/]+)(?:\/parts\/(\d+))?$/.exec(path) ?? [];
    if (path === "/uploads") {
      const made = `upload-${++this.opened}`;
      this.uploads.set(made, new Map());
      return Response.json({ upload_id: made, part_size_limit: 16 * MIB }, { status: 201 });
    }
    if (path === `/${ID}`) return this.stored ? Response.json({ snapshot_id: ID }) : notFound();
    const parts = this.uploads.get(id ?? "");
    if (parts === undefined) return notFound();
    if (request.method === "PUT") {
      const bytes = await request.bytes();
      if (sha256(bytes) !== request.headers.get("x-part-sha256")) return problem(422, "malformed");
      this.partsReceived++;
      parts.set(Number(n), bytes);
      return new Response(null, { status: 204 });
    }
    if (request.method === "GET") {
      const held = [...parts].map(([n, bytes]) => ({
        n,
        size: bytes.byteLength,
        sha256: sha256(bytes),
      }));
      return Response.json({ parts: held });
    }
    this.stored = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
    this.committed++;
    this.uploads.delete(id!);
    return Response.json({ snapshot_id: ID, status: "stored" }, { status: 201 });
  }
}

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ code }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });
const notFound = () => problem(404, "not_found");

function bodyOf(sizeBytes: number): Body & { bytes: Uint8Array; upload: Body["upload"] } {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  return {
    bytes,
    snapshotId: ID,
    sizeBytes,
    upload: null,
    read: (offset, length) => bytes.slice(offset, offset + length),
    remember(upload) {
      this.upload = upload;
    },
  };
}

const send = (url: string, body: Body) =>
  sendInParts(openRemote(url, { patience: HASTE }), SET, body, () => {}, never);

function over(server: Miniature, weather: (connection: number) => Weather): string {
  const link = new BadLink(() => server.port, weather);
  open.push({ stop: () => link.close() });
  return link.url;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BsvError);
  return (error as BsvError).code;
}

test("a large body arrives in parts, byte for byte", async () => {
  const server = new Miniature();
  const body = bodyOf(20 * MIB);
  expect((await send(`http://127.0.0.1:${server.port}`, body)).status).toBe("stored");
  expect(server.partsReceived).toBe(3);
  expect(Buffer.compare(server.stored!, body.bytes)).toBe(0);
});

test("a link that breaks within every 700 KiB still carries it, in smaller parts", async () => {
  const server = new Miniature();
  const body = bodyOf(3 * MIB);
  const url = over(server, () => ({ cutUpAfter: 700 * 1024 }));
  expect((await send(url, body)).status).toBe("stored");
  expect(Buffer.compare(server.stored!, body.bytes)).toBe(0);
});

test("I3: whichever answers are lost, the snapshot is stored once", async () => {
  for (let lost = 1; lost <= 9; lost++) {
    const server = new Miniature();
    const body = bodyOf(2 * MIB);
    const url = over(server, (n) => (n === lost || n === lost + 1 ? { loseAnswer: true } : {}));
    const receipt = await send(url, body);
    expect(["stored", "exists"]).toContain(receipt.status);
    expect(server.committed).toBe(1);
    expect(Buffer.compare(server.stored!, body.bytes)).toBe(0);
  }
});

test("a client that starts again asks what is there, and sends only the rest", async () => {
  const server = new Miniature();
  const url = `http://127.0.0.1:${server.port}`;
  const body = bodyOf(20 * MIB);
  server.meddle = (method, path) =>
    method === "PUT" && path.endsWith("/2") ? problem(403, "forbidden") : undefined;
  expect(await codeOf(send(url, body))).toBe("forbidden");
  server.meddle = () => undefined;
  expect((await send(url, { ...body, upload: body.upload })).status).toBe("stored");
  expect(server.opened).toBe(1);
  expect(server.partsReceived).toBe(3);
});

test("an upload that expired is begun anew", async () => {
  const server = new Miniature();
  const body = bodyOf(2 * MIB);
  body.upload = { uploadId: "long-gone", partLimitBytes: 16 * MIB };
  expect((await send(`http://127.0.0.1:${server.port}`, body)).status).toBe("stored");
});

test("parts that are not ours are not built upon", async () => {
  const server = new Miniature();
  const body = bodyOf(10 * MIB);
  server.uploads.set("confused", new Map([[1, new Uint8Array(8 * MIB)]]));
  body.upload = { uploadId: "confused", partLimitBytes: 16 * MIB };
  expect((await send(`http://127.0.0.1:${server.port}`, body)).status).toBe("stored");
  expect(Buffer.compare(server.stored!, body.bytes)).toBe(0);
});

test("a server that forgets every upload, or keeps no part, is left after a few rounds", async () => {
  const forgetful = new Miniature();
  forgetful.meddle = (method) => (method === "GET" ? notFound() : undefined);
  expect(await codeOf(send(`http://127.0.0.1:${forgetful.port}`, bodyOf(MIB)))).toBe(
    "remote_refused",
  );
  const leaky = new Miniature();
  leaky.meddle = (method) => (method === "GET" ? Response.json({ parts: [] }) : undefined);
  expect(await codeOf(send(`http://127.0.0.1:${leaky.port}`, bodyOf(MIB)))).toBe("remote_refused");
});
