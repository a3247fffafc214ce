// The client against remotes that are down, slow, broken or hostile: real sockets, whatever they say.
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { jsonOf } from "#sync/answer.ts";
import { call } from "#sync/call.ts";
import { openRemote } from "#sync/remote.ts";
import { fetchHeads } from "#sync/set.ts";
import { postSnapshot } from "#sync/upload.ts";
import { BadLink, type Weather } from "./bad-link.ts";

/** Real servers on a machine that may be busy. */
setDefaultTimeout(60_000);

const HASTE = { attempts: 4, firstWaitMs: 2, longestWaitMs: 8 };
const SET = { machineId: "devbox-001", setName: "project-data" };
const ID = "ab".repeat(32);
const never = new AbortController().signal;

const open: { stop(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.stop();
});

function serve(answer: (request: Request, count: number) => Response | Promise<Response>) {
  let count = 0;
  const server = Bun.serve({ port: 0, fetch: (request) => answer(request, ++count) });
  open.push({ stop: () => server.stop(true) });
  return { url: `http://127.0.0.1:${server.port}`, port: server.port!, count: () => count };
}

function link(port: number, weather: (connection: number) => Weather) {
  const bad = new BadLink(() => port, weather);
  open.push({ stop: () => bad.close() });
  return bad;
}

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code, title: "No", detail: "because\u001b[31m" }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

const ask = (url: string, signal = never) =>
  call(
    openRemote(url, { patience: HASTE }),
    { method: "GET", path: ["x"], read: jsonOf(z.object({ ok: z.boolean() })) },
    signal,
  );

async function failure(promise: Promise<unknown>): Promise<BsvError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BsvError);
  return error as BsvError;
}

test("a busy server is asked again, until it answers", async () => {
  const remote = serve((_, count) =>
    count < 3 ? problem(count === 1 ? 429 : 503, "store_busy") : Response.json({ ok: true }),
  );
  expect(await ask(remote.url)).toEqual({ ok: true });
  expect(remote.count()).toBe(3);
});

test("Retry-After is honoured, and one that asks for too long ends the run at once", async () => {
  const remote = serve((_, count) =>
    count === 1
      ? problem(429, "rate_limited", { "Retry-After": "1" })
      : Response.json({ ok: true }),
  );
  const startedAt = performance.now();
  await ask(remote.url);
  expect(performance.now() - startedAt).toBeGreaterThan(990);
  const patient = serve(() => problem(429, "rate_limited", { "Retry-After": "86400" }));
  expect((await failure(ask(patient.url))).code).toBe("rate_limited");
  expect(patient.count()).toBe(1);
});

test("a server that is not there is unreachable, after as many attempts as patience has", async () => {
  const bad = link(1, () => ({ refuse: true }));
  const error = await failure(ask(bad.url));
  expect(error.code).toBe("unreachable");
  expect(bad.connections).toBe(HASTE.attempts);
});

test("answers that break off are asked for again", async () => {
  const remote = serve(() => Response.json({ ok: true }));
  const bad = link(remote.port, (n) => (n < 3 ? { cutDownAfter: 40 * n } : {}));
  expect(await ask(bad.url)).toEqual({ ok: true });
  expect(bad.connections).toBe(3);
});

test("an aborted wait ends at once, with the reason given", async () => {
  const remote = serve(() => problem(503, "store_busy", { "Retry-After": "60" }));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new BsvError("interrupted", "Interrupted")), 30);
  expect((await failure(ask(remote.url, stop.signal))).code).toBe("interrupted");
});

test("refusals keep their code, and their words lose control characters", async () => {
  const codes: [number, string, ErrorCode][] = [
    [409, "agent_conflict", "agent_conflict"],
    [409, "conflict", "conflict"],
    [410, "gone", "gone"],
    [422, "base_missing", "base_missing"],
    [401, "unauthenticated", "unauthenticated"],
    // Words about our own house, or none at all, are not a remote's to say.
    [400, "store_corrupt", "remote_refused"],
    [418, "constructor", "remote_refused"],
  ];
  for (const [status, said, meant] of codes) {
    const remote = serve(() => problem(status, said));
    const error = await failure(ask(remote.url));
    expect(error.code).toBe(meant);
    expect(error.message).toContain("because\ufffd[31m");
    expect(remote.count()).toBe(1);
  }
});

test("a key goes to the remote it is for, and nowhere that one points to; no error says it", async () => {
  const apiKey = `bsv_0123456789ab_${"c".repeat(64)}`;
  const seen: string[] = [];
  const elsewhere = serve(() => Response.json({ ok: true }));
  for (const status of [301, 302, 303, 307, 308]) {
    const remote = serve(({ headers }) => {
      seen.push(headers.get("authorization") ?? "");
      return Response.redirect(`${elsewhere.url}/x`, status);
    });
    const asked = call(
      openRemote(remote.url, { patience: HASTE, apiKey }),
      { method: "GET", path: ["x"], read: jsonOf(z.object({ ok: z.boolean() })) },
      never,
    );
    const error = await failure(asked);
    expect(error.code).toBe("remote_refused");
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain("ccc");
  }
  expect(seen).toEqual(Array(5).fill(`Bearer ${apiKey}`));
  expect(elsewhere.count()).toBe(0);
});

test("something that is no bsv server is refused with a hint, and asked only once", async () => {
  const strangers: (() => Response)[] = [
    () => new Response("<html>", { status: 404, headers: { "Content-Type": "text/html" } }),
    () => new Response("<html>welcome to the hotel", { status: 200 }),
    () => Response.json({ ok: "yes" }),
    () => new Response("", { status: 200 }),
    () => Response.redirect("http://127.0.0.1:1/", 307),
    () => new Response(Bun.gzipSync("{}"), { headers: { "Content-Encoding": "gzip" } }),
    () =>
      new Response("{", { status: 400, headers: { "Content-Type": "application/problem+json" } }),
  ];
  for (const stranger of strangers) {
    const remote = serve(stranger);
    const error = await failure(ask(remote.url));
    expect(error.code).toBe("remote_refused");
    expect(error.hint).toBeString();
    expect(remote.count()).toBe(1);
  }
});

test("I11: a giant answer is cut at the limit, with memory flat", async () => {
  const megabyte = new Uint8Array(1 << 20).fill(0x20);
  let sent = 0;
  const remote = serve(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent++;
            controller.enqueue(megabyte);
            if (sent > 300) controller.close();
          },
        }),
      ),
  );
  expect((await failure(ask(remote.url))).message).toContain("longer than");
  expect(sent).toBeLessThan(100);
});

test("heads that never end, or are none, are refused; an unknown set has none", async () => {
  const row = { snapshot_id: ID, timestamp: "2026-01-01T00:00:00.000Z" };
  const endless = serve(() =>
    Response.json([], { headers: { Link: `</x?cursor=abc>; rel="next"` } }),
  );
  expect(
    (await failure(fetchHeads(openRemote(endless.url, { patience: HASTE }), SET, never))).code,
  ).toBe("remote_refused");
  for (const wrong of [
    {},
    [{}],
    [{ ...row, snapshot_id: "../x" }],
    [{ ...row, timestamp: "now" }],
  ]) {
    const remote = serve(() => Response.json(wrong));
    const error = await failure(
      fetchHeads(openRemote(remote.url, { patience: HASTE }), SET, never),
    );
    expect(error.code).toBe("remote_refused");
  }
  const empty = serve(() => problem(404, "not_found"));
  expect(await fetchHeads(openRemote(empty.url, { patience: HASTE }), SET, never)).toEqual(
    new Map(),
  );
});

test("heads come in pages, follow only the cursor of a link, and are sorted by time", async () => {
  const asked: string[] = [];
  const remote = serve((request) => {
    const url = new URL(request.url);
    asked.push(url.pathname);
    return url.searchParams.get("cursor") === null
      ? Response.json([{ snapshot_id: ID, timestamp: "2026-01-02T00:00:00Z" }], {
          headers: { Link: `<http://elsewhere.invalid/other?cursor=two>; rel="next"` },
        })
      : Response.json([
          {
            snapshot_id: "cd".repeat(32),
            timestamp: "2026-01-01T00:00:00Z",
            deleted_at: "2026-02-01T00:00:00Z",
          },
        ]);
  });
  const heads = await fetchHeads(openRemote(remote.url, { patience: HASTE }), SET, never);
  expect([...heads.values()].map((head) => head.isDeleted)).toEqual([true, false]);
  const path = "/machines/devbox-001/backupsets/project-data/heads";
  expect(asked).toEqual([path, path]);
});

test("I1: a receipt for another snapshot acknowledges nothing", async () => {
  const remote = serve(() =>
    Response.json({ snapshot_id: "00".repeat(32), status: "stored", seq: 1, received_at: "now" }),
  );
  const push = postSnapshot(
    openRemote(remote.url, { patience: HASTE }),
    SET,
    ID,
    new Uint8Array(3),
    never,
  );
  expect((await failure(push)).message).toContain("acknowledges another snapshot");
});
