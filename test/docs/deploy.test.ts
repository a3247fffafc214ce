// The examples of docs/deploy.md, taken from the page and run: a proxy in front, a server behind, and what each promises.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasOpenssl, makeCertificate } from "#test/cli/certificates.ts";
import { binary } from "#test/cli/harness.ts";
import { serveProcess, type Serving } from "#test/cli/serve-process.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { SET_PATH } from "#test/server/running.ts";

const page = readFileSync(join(import.meta.dir, "../../docs/deploy.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "bsv-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The page's one block of this language. */
function block(language: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))];
  expect(blocks).toHaveLength(1);
  return blocks[0]![1]!;
}

/** Each text must stand in the block: an example that says something else is not this one. */
function changed(text: string, changes: Record<string, string>): string {
  for (const [from, to] of Object.entries(changes)) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

function freePort(): number {
  const held = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = held;
  held.stop(true);
  return port;
}

const FLAGS = ["--allow-host", "bsv.example.org", "--trust-proxy", "127.0.0.1"];
const asked = { headers: { Host: "bsv.example.org" }, tls: { rejectUnauthorized: false } };

/** What stands in front, until it is disposed of. */
async function inFront(words: string[], url: string): Promise<AsyncDisposable> {
  const proxy = Bun.spawn(words, {
    cwd: folder,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  for (let tries = 0; tries < 200; tries++) {
    const isUp = await fetch(`${url}/healthz`, asked).then(
      (answer) => answer.status === 200,
      () => false, // not yet
    );
    if (isUp) break;
    if (proxy.exitCode !== null) throw new Error(await proxy.stderr.text());
    await Bun.sleep(50);
  }
  return {
    async [Symbol.asyncDispose]() {
      proxy.kill();
      await proxy.exited;
    },
  };
}

async function provePromises(url: string, serving: Serving): Promise<void> {
  const large = ours(
    Array.from({ length: 30_000 }, (_, i) => ({ ...tree()[0]!, path: `/large/${i}` })),
  );
  const sent = await fetch(`${url}${SET_PATH}`, {
    ...asked,
    method: "POST",
    body: large.json,
    headers: { ...asked.headers, "Content-Type": "application/json", "X-Forwarded-For": "6.6.6.6" },
  });
  expect(sent.status).toBe(201);
  const got = await fetch(`${url}${SET_PATH}/latest`, asked);
  expect(await got.text()).toBe(large.json);
  expect((await fetch(`${url}/metrics`, asked)).status).toBe(404);
  const line = await serving.said(({ method, status }) => method === "POST" && status === 201);
  expect(line["from"]).toBe("127.0.0.1"); // who asked the proxy, not what they wrote
}

test.skipIf(Bun.which("nginx") === null || !hasOpenssl)(
  "nginx as docs/deploy.md has it: large bodies both ways, who asks is who asked it, metrics are shut",
  async () => {
    await using serving = await serveProcess(FLAGS);
    const port = freePort();
    const { cert, key } = makeCertificate(folder, "nginx");
    const server = changed(block("nginx"), {
      "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
      "/etc/bsv/fullchain.pem": cert,
      "/etc/bsv/privkey.pem": key,
      "http://127.0.0.1:8080": serving.url,
    });
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join("\n");
    const config = `daemon off; pid ${folder}/nginx.pid; error_log stderr;\nevents {}\nhttp { access_log off; ${temp}\n${server} }\n`;
    writeFileSync(join(folder, "nginx.conf"), config);
    const url = `https://127.0.0.1:${port}`;
    const words = ["nginx", "-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
    await using _proxy = await inFront(words, url);
    await provePromises(url, serving);
  },
);

test.skipIf(Bun.which("caddy") === null)(
  "Caddy as docs/deploy.md has it: large bodies both ways, who asks is who asked it, metrics are shut",
  async () => {
    await using serving = await serveProcess(FLAGS);
    const port = freePort();
    const site = changed(block("caddy"), {
      "bsv.example.org {": `http://bsv.example.org:${port} {`,
      "127.0.0.1:8080": new URL(serving.url).host,
    });
    writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n}\n${site}`);
    const url = `http://127.0.0.1:${port}`;
    const words = ["caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
    await using _proxy = await inFront(words, url);
    await provePromises(url, serving);
  },
);

test.skipIf(Bun.which("systemd-analyze") === null)(
  "the systemd unit of docs/deploy.md is one, without a word of complaint, and its line starts the server",
  async () => {
    const unit = block("ini");
    const file = join(folder, "bsv.service");
    writeFileSync(file, changed(unit, { "/usr/local/bin/bsv": binary }));
    const said = Bun.spawnSync(["systemd-analyze", "verify", "--man=no", file]);
    const about = said.stderr
      .toString()
      .split("\n")
      .filter((line) => line.includes("bsv.service"));
    expect(about).toEqual([]);
    const [, words] = /^ExecStart=\/usr\/local\/bin\/bsv serve --port 8080 (.*)$/m.exec(unit)!;
    expect(words!.split(" ")).toEqual(FLAGS);
    await using serving = await serveProcess(words!.split(" "));
    expect((await fetch(`${serving.url}/readyz`)).status).toBe(200);
  },
);
