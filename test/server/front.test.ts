// How the server stands towards the world: the names it answers to, who is believed about an address, whose pages may ask, and
// where its paths begin. Over raw sockets where fetch would mend what a stranger sends.
import { afterAll, describe, expect, test } from "bun:test";
import { ours, tree } from "#test/jobs/document.ts";
import { raw } from "./raw.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const named = await start({ front: { hosts: ["bsv.example.org", "*.lan.example"] } });

describe("names", () => {
  const statusFor = async (host: string) =>
    (await raw(named.url, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
      .status;

  for (const host of [
    "localhost",
    "localhost:8080",
    "127.0.0.1:1",
    "[::1]:8080",
    "192.168.1.7",
    "bsv.example.org",
    "BSV.Example.org.:8080",
    "nas.lan.example",
  ]) {
    test(`the server answers to ${host}`, async () => expect(await statusFor(host)).toBe(200));
  }
  for (const host of [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "xbsv.example.org",
    "lan.example",
    "evil-lan.example",
  ]) {
    test(`I10: a page whose name ${host} was turned to our address reads nothing`, async () => {
      expect(await statusFor(host)).toBe(403);
      expect(await statusFor(host)).toBe(403); // asked again, it is no better
    });
  }

  for (const [what, lines] of [
    ["two hosts", "Host: localhost\r\nHost: evil.example\r\n"],
    ["a host with a blank", "Host: local host\r\n"],
    ["a host with a path", "Host: localhost/x\r\n"],
    ["a host with a user", "Host: me@localhost\r\n"],
    ["an empty host", "Host:\r\n"],
    ["a host with a port that is none", "Host: 127.0.0.1:99999\r\n"],
    ["a host that is no name", "Host: xn--zzzz.localhost\r\n"],
    ["a list of hosts", "Host: localhost, localhost\r\n"],
  ] as const) {
    test(`I11: ${what} is a problem with guards and a line of log, not a crash`, async () => {
      named.log.length = 0;
      const answer = await raw(
        named.url,
        `GET /machines HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`,
      );
      expect([answer.status, answer.headers.get("x-content-type-options")]).toEqual([
        400,
        "nosniff",
      ]);
      expect(JSON.parse(answer.body)).toMatchObject({ code: "invalid_request" });
      expect(named.log).toMatchObject([{ status: 400, method: "GET" }]);
    });
  }
});

describe("proxies", () => {
  const addressSeen = async (trustedProxies: string[], forwardedFor: string) => {
    const server = await start({ front: { trustedProxies } });
    await server.ask("/healthz", { headers: { "X-Forwarded-For": forwardedFor } });
    return server.log[0]!["from"];
  };

  test("I12: X-Forwarded-For is nothing from an address that was not named", async () => {
    expect(await addressSeen([], "6.6.6.6")).toBe("127.0.0.1");
    expect(await addressSeen(["10.0.0.0/8"], "6.6.6.6")).toBe("127.0.0.1");
  });

  test("a trusted proxy says who asks, and only the chain of trusted ones is believed", async () => {
    const trusted = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"];
    expect(await addressSeen(trusted, "6.6.6.6")).toBe("6.6.6.6");
    expect(await addressSeen(trusted, "9.9.9.9, 6.6.6.6, 10.1.2.3")).toBe("6.6.6.6");
    expect(await addressSeen(trusted, "6.6.6.6, fd12::1")).toBe("6.6.6.6");
    expect(await addressSeen(trusted, "::ffff:6.6.6.6")).toBe("6.6.6.6");
    expect(await addressSeen(trusted, "[2001:db8::1]")).toBe("2001:db8::1");
  });

  test("I12: what is no address ends the chain: a log holds addresses", async () => {
    expect(await addressSeen(["127.0.0.1"], "<script>, 10.0.0.1")).toBe("10.0.0.1");
    expect(await addressSeen(["127.0.0.1"], "10.0.0.1, unknown")).toBe("127.0.0.1");
  });

  test("a range that is none stops the server before it starts", () => {
    const started = start({ front: { trustedProxies: ["10.0.0.0/33"] } });
    expect(started).rejects.toMatchObject({ code: "usage" });
    return started.catch(() => {});
  });
});

const dashed = await start({ front: { origins: ["https://dash.example.org"] } });

describe("origins", () => {
  const asked = (origin: string, method = "GET", headers = {}) =>
    dashed.ask("/machines", { method, headers: { Origin: origin, ...headers } });

  test("no page of another site may ask, unless its origin was named", async () => {
    for (const origin of [
      "https://evil.example",
      "null",
      "https://dash.example.org.evil.example",
    ]) {
      const answer = await asked(origin);
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([
        403,
        null,
      ]);
    }
    const answer = await asked("https://dash.example.org");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://dash.example.org");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toContain("Origin");
  });

  test("a browser is told what a named origin may send, and its problems are readable too", async () => {
    const method = { "Access-Control-Request-Method": "POST" };
    const preflight = await asked("https://dash.example.org", "OPTIONS", method);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("X-API-Key");
    const missing = await dashed.ask("/nowhere", {
      headers: { Origin: "https://dash.example.org" },
    });
    expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([
      404,
      "https://dash.example.org",
    ]);
    expect((await asked("https://evil.example", "OPTIONS", method)).status).toBe(403);
  });

  test("without any named origin there is no word of CORS", async () => {
    const closed = await start();
    const answer = await closed.ask("/machines");
    const names = [...answer.headers.keys()].filter((name) => name.startsWith("access-control"));
    expect([names, answer.headers.get("vary")]).toEqual([[], null]);
  });
});

test("below --base-path all is as at the root: links and locations lead back below it", async () => {
  const server = await start({ front: { basePath: "/bsv" } });
  for (const timestamp of ["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]) {
    const { json, id } = ours(tree(), { timestamp });
    const sent = await server.ask(`/bsv${SET_PATH}`, {
      method: "POST",
      body: json,
      headers: { "Content-Type": "application/json" },
    });
    expect([sent.status, sent.headers.get("location")]).toEqual([201, `/bsv${SET_PATH}/${id}`]);
  }
  const page = await server.ask(`/bsv${SET_PATH}?limit=1`);
  expect(page.headers.get("link")).toStartWith(`</bsv${SET_PATH}?limit=1&cursor=`);
  for (const path of ["/healthz", "/bsv", "/bsvx/healthz", "/x/../healthz", "/bsv/../healthz"]) {
    expect([path, (await server.ask(path)).status]).toEqual([path, 404]);
  }
  const [, described] = await seen(server.ask("/bsv/openapi.json"));
  expect(described).toMatchObject({ servers: [{ url: "/bsv" }] });
});
