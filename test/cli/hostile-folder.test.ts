// The binary is called in folders that somebody else filled, for that is where backups are looked at. Nothing that lies there may
// be run, or change how bsv behaves, but the backupset file that was named.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { binary, Home } from "./harness.ts";

const EVIL = "require('fs').writeFileSync('/proc/self/cwd/owned', 'x'); console.log('OWNED');";

const FILES = {
  ".env":
    "NODE_OPTIONS=--require=./evil.js\nBUN_OPTIONS=--preload=./evil.js\nFORCE_COLOR=1\nBSV_DATA_DIR=./evil\n",
  ".env.local": "FORCE_COLOR=1\nBSV_DATA_DIR=./evil\n",
  ".env.production": "BSV_DATA_DIR=./evil\n",
  "bunfig.toml":
    'preload = ["./evil.js"]\n[run]\npreload = ["./evil.js"]\n[test]\npreload = ["./evil.js"]\n',
  ".bunfig.toml": 'preload = ["./evil.js"]\n',
  ".npmrc": "node-options=--require=./evil.js\n",
  "evil.js": EVIL,
  "tsconfig.json": '{"compilerOptions":{"paths":{"*":["./evil.js"]},"jsxImportSource":"./evil"}}',
  "package.json":
    '{"imports":{"#core/*":"./evil.js","#*":"./evil.js"},"main":"./evil.js","bun":{"preload":"./evil.js"}}',
  "disk/hash-worker.js": EVIL,
  "disk/hash-worker.ts": EVIL,
  "hash-worker.ts": EVIL,
  "hash-worker.js": EVIL,
  "server/writer-worker.js": EVIL,
  "writer-worker.ts": EVIL,
  "db/comparison/walk-worker.js": EVIL,
  "walk-worker.ts": EVIL,
  "cli/main.js": EVIL,
  "index.js": EVIL,
  "node_modules/zod/index.js": EVIL,
  "node_modules/hono/index.js": EVIL,
  "root/file.txt": "witnessed",
  "set.yaml": "machine_id: box\nbackupsets:\n  mine:\n    paths: [root]\n",
};

let home: Home;

beforeAll(() => {
  home = new Home();
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(home.folder, dirname(path)), { recursive: true });
    writeFileSync(join(home.folder, path), text);
  }
});
afterAll(() => home[Symbol.dispose]());

function expectUntouched(output: string): void {
  expect(output).not.toContain("OWNED");
  expect(output).not.toContain("\u001b");
  expect(existsSync(join(home.folder, "owned"))).toBe(false);
  expect(existsSync(join(home.folder, "evil"))).toBe(false);
}

test.each([
  "version",
  "help",
  "help serve",
  "config show -f set.yaml",
  "scan -f set.yaml",
  "snapshots box/mine",
  "show latest --files",
  "export latest",
])("in a hostile folder: bsv %s", async (line) => {
  const { stdout, stderr, exit } = await home.run(line.split(" "));
  expect({ exit, stderr: exit === 0 ? "" : stderr }).toEqual({ exit: 0, stderr: "" });
  expectUntouched(stdout + stderr);
});

test("in a hostile folder: bsv serve, with a snapshot taken in by its writer's thread", async () => {
  const server = Bun.spawn([binary, "serve", "--port", "0", "--insecure-no-auth"], {
    cwd: home.folder,
    env: home.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = server.stdout.getReader();
  let said = "";
  while (!said.includes("\n")) said += new TextDecoder().decode((await reader.read()).value);
  const url = /http:\S+[^\s/]/.exec(said)![0];
  const document = {
    timestamp: "2025-06-23T10:33:21",
    machine_id: "other",
    backupset_name: "theirs",
    summary: { file_count: 0, total_size: 0, error_count: 0 },
    files: [],
  };
  const path = `${url}/machines/other/backupsets/theirs`;
  const answer = await fetch(path, {
    method: "POST",
    body: JSON.stringify(document),
    headers: { "content-type": "application/json" },
  });
  expect(answer.status).toBe(201);
  server.kill("SIGTERM");
  expectUntouched(said + (await server.stderr.text()));
  expect(await server.exited).toBe(0);
});

test("the harness can see it: a build that loads what lies there is caught", async () => {
  const careless = join(home.folder, "careless");
  const source = join(home.folder, "careless.ts");
  writeFileSync(source, "console.log('careless')");
  const flags = ["build", "--compile", source, "--outfile", careless];
  expect(Bun.spawnSync([process.execPath, ...flags], { cwd: "/" }).exitCode).toBe(0);
  const { stdout } = Bun.spawnSync([careless], { cwd: home.folder, env: home.env });
  expect(() => expectUntouched(stdout.toString())).toThrow();
});
