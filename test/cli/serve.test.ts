// `bsv serve` as a process: where its settings come from, its certificate, and how it ends.
import { expect, test } from "bun:test";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { hasOpenssl, makeCertificate } from "./certificates.ts";
import { Home } from "./harness.ts";
import { serveProcess } from "./serve-process.ts";

test("settings of serve: flags come before variables before the file before defaults", async () => {
  using home = new Home({
    BSV_LIMIT_REQUESTS: "20",
    BSV_SERVER_ALLOW_HOSTS: "a.example,b.example",
  });
  writeFileSync(
    join(home.folder, "bsv.yaml"),
    `server:
  base_path: /bsv
  tls_cert: certs/me.pem
  tls_key: certs/me.key
  limits: { requests: 7, body_size: 1GiB, body_time: 90s, owner_snapshots: none }
backupsets: {}
`,
  );
  const { stdout } = await home.run(["config", "show", "--json"]);
  const { settings } = JSON.parse(stdout.replaceAll(home.folder, "~"));
  const of = (key: string) => [settings[key].value, settings[key].from];
  expect(of("server.base_path")).toEqual(["/bsv", "~/bsv.yaml:2:3"]);
  expect(of("server.tls_cert")).toEqual(["~/certs/me.pem", "~/bsv.yaml:3:3"]);
  expect(of("server.limits.body_size")).toEqual(["1GiB", "~/bsv.yaml:5:26"]);
  expect(of("server.limits.body_time")).toEqual(["90s", "~/bsv.yaml:5:43"]);
  expect(of("server.limits.owner_snapshots")).toEqual(["none", "~/bsv.yaml:5:59"]);
  expect(of("server.limits.requests")).toEqual(["20", "BSV_LIMIT_REQUESTS"]);
  expect(of("server.allow_hosts")).toEqual([["a.example", "b.example"], "BSV_SERVER_ALLOW_HOSTS"]);
  expect(of("server.port")).toEqual([8080, "default"]);
});

for (const [what, args, said] of [
  ["a limit that is none", ["--limit", "bodysize=1"], "is no limit and its value"],
  ["a limit of nonsense", ["--limit", "body_size=much"], "must be a size such as 64MiB"],
  ["a limit below what works", ["--limit", "depth=2"], "at least 5"],
  ["half a certificate", ["--tls-cert", "x"], "only one is named"],
  ["a certificate that is not there", ["--tls-cert", "x", "--tls-key", "y"], "ENOENT"],
  ["a path that ends with a slash", ["--base-path", "/x/"], "must be a path such as /bsv"],
  ["a host with a port", ["--allow-host", "x:80"], "without scheme or port"],
  ["an origin with a path", ["--allow-origin", "https://x.example/y"], "without a path"],
  ["a proxy by name", ["--trust-proxy", "proxy.example"], "an address or a range"],
  ["a range of too many bits", ["--trust-proxy", "10.0.0.0/33"], "is no address and no range"],
] as const) {
  test(`${what} stops serve before it begins, with exit 2`, async () => {
    using home = new Home();
    const { exit, stderr } = await home.run(["serve", "--port", "0", ...args]);
    expect(stderr).toContain(said);
    expect(exit).toBe(2);
  });
}

test("a mistyped variable of a limit is refused: it would not hold, and nobody would know", async () => {
  using home = new Home({ BSV_LIMIT_REQUEST: "1" });
  const { exit, stderr } = await home.run(["serve", "--port", "0"]);
  expect([exit, stderr]).toEqual([2, expect.stringContaining("no variable BSV_LIMIT_REQUEST")]);
});

const insecure = { tls: { rejectUnauthorized: false } } as RequestInit;

/** The common name of the certificate that a new connection is shown. */
function shownBy(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false }, () => {
      const { subject } = socket.getPeerCertificate();
      resolve(String(subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test.skipIf(!hasOpenssl)(
  "TLS is always verified: a certificate that the system does not know is refused, unless --cacert names it",
  async () => {
    using away = new Home();
    const home = new Home();
    const ours = makeCertificate(home.folder, "ours");
    const other = makeCertificate(home.folder, "other");
    await using serving = await serveProcess(
      ["--tls-cert", ours.cert, "--tls-key", ours.key],
      home,
    );
    const sets = (...words: string[]) => away.run(["sets", "--remote", serving.url, ...words]);
    const refused = await sets();
    expect([refused.exit, refused.stderr]).toEqual([1, expect.stringContaining("--cacert")]);
    expect((await sets("--cacert", other.cert)).exit).toBe(1);
    expect((await sets("--cacert", ours.key)).exit).toBe(2);
    expect((await sets("--cacert", ours.cert)).exit).toBe(0);
    const isReady = async () => (await away.run(["healthcheck", serving.url])).exit;
    expect(await isReady()).toBe(7);
    away.env["BSV_CACERT"] = ours.cert;
    expect([(await sets()).exit, await isReady()]).toEqual([0, 0]);
    away.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    expect((await sets("--cacert", other.cert)).exit).toBe(1);
    delete away.env["BSV_CACERT"];
    expect([(await sets()).exit, await isReady()]).toEqual([1, 7]);
  },
);

test.skipIf(!hasOpenssl)(
  "TLS: SIGHUP shows a renewed certificate, answers go on, and one of no use changes nothing",
  async () => {
    const home = new Home();
    const first = makeCertificate(home.folder, "first");
    const second = makeCertificate(home.folder, "second");
    const live = { cert: join(home.folder, "live.crt"), key: join(home.folder, "live.key") };
    const put = ({ cert, key }: typeof live) => {
      copyFileSync(cert, live.cert);
      copyFileSync(key, live.key);
    };
    put(first);
    await using serving = await serveProcess(
      ["--tls-cert", live.cert, "--tls-key", live.key],
      home,
    );
    expect(serving.url).toStartWith("https://");
    const answer = await fetch(`${serving.url}/healthz`, insecure);
    expect(answer.headers.get("strict-transport-security")).toContain("max-age=");
    expect(await shownBy(serving.url)).toBe("first");

    put(second);
    serving.process.kill("SIGHUP");
    await serving.said(({ what, level }) => what === "certificate" && level === "info");
    expect(await shownBy(serving.url)).toBe("second");
    expect((await fetch(`${serving.url}/healthz`, insecure)).status).toBe(200);

    put({ cert: first.cert, key: second.key });
    serving.process.kill("SIGHUP");
    const refused = await serving.said(
      ({ what, level }) => what === "certificate" && level === "error",
    );
    expect(refused["error"]).toContain("is not the key of");
    chmodSync(live.key, 0o644);
    serving.process.kill("SIGHUP");
    await serving.said(({ error }) => String(error).includes("Others than its owner may read"));
    expect(await shownBy(serving.url)).toBe("second");
    const plain = fetch(serving.url.replace("https", "http") + "/healthz");
    expect(
      await plain.then(
        (said) => said.status,
        () => "refused",
      ),
    ).not.toBe(200);
  },
);

test.skipIf(!hasOpenssl)(
  "healthcheck asks this machine's own server where its settings say it is, TLS and base path and all",
  async () => {
    const home = new Home();
    const { cert, key } = makeCertificate(home.folder, "bsv.example.org");
    await using serving = await serveProcess(
      ["--tls-cert", cert, "--tls-key", key, "--base-path", "/bsv"],
      home,
    );
    const text = (port: string) =>
      `server: { host: 127.0.0.1, port: ${port}, base_path: /bsv, tls_cert: ${cert}, tls_key: ${key} }\nbackupsets: {}\n`;
    writeFileSync(join(home.folder, "bsv.yaml"), text(new URL(serving.url).port));
    const { exit, stdout } = await home.run(["healthcheck"]);
    expect([exit, stdout]).toEqual([0, `${serving.url}/bsv is ready\n`]);
    const other = await home.run(["healthcheck", `${serving.url}/bsv`]);
    expect([other.exit, other.stderr]).toEqual([7, expect.stringContaining("cannot be reached")]);
    serving.process.kill("SIGKILL");
    await serving.process.exited;
    expect((await home.run(["healthcheck", "--json"])).exit).toBe(7);
  },
);

test("healthcheck of something that is no ready bsv is exit 7, and of one that says nothing too", async () => {
  using home = new Home();
  const busy = Bun.serve({ port: 0, fetch: () => new Response("no", { status: 503 }) });
  const silent = Bun.listen({ port: 0, hostname: "127.0.0.1", socket: { data() {} } });
  expect(await home.run(["healthcheck", busy.url.href])).toMatchObject({
    exit: 7,
    stderr: expect.stringContaining("answers 503"),
  });
  const asked = ["healthcheck", `http://127.0.0.1:${silent.port}`, "--timeout", "1"];
  expect(await home.run(asked)).toMatchObject({
    exit: 7,
    stderr: expect.stringContaining("does not answer in time"),
  });
  await busy.stop(true);
  silent.stop(true);
});

/** An upload that has begun and waits for its last byte. */
async function unfinished(url: string): Promise<{ finish(): Promise<string> }> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({
    timestamp: "2026-01-01T00:00:00",
    machine_id: "m",
    backupset_name: "s",
    summary: { file_count: 0, total_size: 0, error_count: 0 },
    files: [],
  });
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString()));
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  const head = `POST /machines/m/backupsets/s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body.slice(0, -1));
  await Bun.sleep(150);
  return {
    async finish() {
      socket.write(body.slice(-1));
      await ended;
      return heard;
    },
  };
}

test("I1: SIGTERM takes no new connections, answers what was begun, and ends with 0", async () => {
  await using serving = await serveProcess([]);
  const upload = await unfinished(serving.url);
  serving.process.kill("SIGTERM");
  await Bun.sleep(150);
  expect(
    await fetch(`${serving.url}/healthz`).then(
      (a) => a.status,
      () => "refused",
    ),
  ).toBe("refused");
  expect(await upload.finish()).toContain("HTTP/1.1 201 ");
  expect(await serving.process.exited).toBe(0);
});

test("I11: SIGTERM waits ten seconds for a sender who says nothing more, and no longer", async () => {
  await using serving = await serveProcess([]);
  await unfinished(serving.url);
  const startedAtMs = performance.now();
  serving.process.kill("SIGTERM");
  expect(await serving.process.exited).toBe(0);
  const tookMs = performance.now() - startedAtMs;
  expect(tookMs).toBeGreaterThan(9_000);
  expect(tookMs).toBeLessThan(15_000);
}, 40_000);
