// The server's numbers: who may read them, and that they give nobody away.
import { afterAll, expect, test } from "bun:test";
import { routes } from "#server/routes.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

/** Each line of the text format is a comment, or a name, labels and a number. */
const LINE =
  /^(?:# (?:HELP [a-z_]+ .+|TYPE [a-z_]+ (?:counter|gauge|histogram))|[a-z_]+(?:\{(?:[a-z]+="[^"\n]*",?)+\})? -?[\d.e+-]+)$/;

test("metrics are Prometheus text: requests by route, never by name, key or address", async () => {
  const server = await start();
  expect((await server.send(ours(tree()).json)).status).toBe(201);
  for (let n = 0; n < 3; n++) await (await server.ask("latest")).bytes();
  await server.ask("/secret/place");
  await server.ask("/machines/secret/backupsets");
  await server.ask("/machines", { method: "PROPFIND" });
  const answer = await server.ask("/metrics");
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(LINE);
  const route = `route="${SET_PATH.replace("devbox-001", "{machine_id}").replace("project-data", "{set_name}")}/latest"`;
  expect(text).toContain(`bsv_http_requests_total{${route},method="GET",status="200"} 3\n`);
  expect(text).toContain(`bsv_http_request_duration_seconds_count{${route}} 3\n`);
  expect(text).toContain(`bsv_http_requests_total{route="none",method="GET",status="404"} 1\n`);
  expect(text).toContain(`method="other"`);
  expect(text).toMatch(/^bsv_writer_ready 1$/m);
  expect(text).not.toContain("secret");
  expect(text).not.toContain("devbox-001");
  expect(text).not.toContain("127.0.0.1");
  const named = new Set([...text.matchAll(/route="([^"]+)"/g)].map((match) => match[1]!));
  const known = new Set(["none", ...routes.map(({ path }) => path)]);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

test("I10: without a token metrics are this machine's own; to all others there is nothing", async () => {
  const server = await start({ front: { trustedProxies: ["127.0.0.1"] } });
  expect((await server.ask("/metrics")).status).toBe(200);
  for (const name of ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"]) {
    const answer = await server.ask("/metrics", { headers: { [name]: "6.6.6.6" } });
    const nothing = await server.ask("/nothing", { headers: { [name]: "6.6.6.6" } });
    expect([answer.status, await answer.text()]).toEqual([404, await nothing.text()]);
  }
});

test("metrics with a token are for its holder, wherever from, and no key of a user reads them", async () => {
  const metricsToken = "0123456789abcdef";
  const server = await startWithKeys({ metricsToken, front: { trustedProxies: ["127.0.0.1"] } });
  const ask = async (headers: Record<string, string>) =>
    (await server.ask("/metrics", { headers })).status;
  expect(await ask(bearer(metricsToken))).toBe(200);
  expect(await ask({ ...bearer(metricsToken), "X-Forwarded-For": "6.6.6.6" })).toBe(200);
  expect(await ask({})).toBe(404);
  expect(await ask(bearer(`${metricsToken}0`))).toBe(404);
  expect(await ask(bearer(await server.key("root", ["admin"])))).toBe(404);
  await server.stop();
});

test("I10: health and readiness say nothing but that: no version, path, count or name", async () => {
  const server = await startWithKeys();
  for (const path of ["/healthz", "/readyz"]) {
    const answer = await server.ask(path);
    expect(await answer.text()).toBe(`{"status":"ok"}\n`);
    expect(
      [...answer.headers.keys()].filter((name) => /server|version|powered/.test(name)),
    ).toEqual([]);
  }
  await server.stop();
});
