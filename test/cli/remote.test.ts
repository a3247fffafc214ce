// The commands that speak with a server, as processes: the binary scans, serves, pushes, loses its store, and pulls it back.
import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Home, binary } from "./harness.ts";
import { file, record } from "./sample-store.ts";

/** A home with a backupset file and three small files, and `bsv serve` in another home. */
async function prepare(): Promise<{ home: Home; server: Server }> {
  const home = new Home();
  const server = await Server.start();
  mkdirSync(join(home.folder, "data"));
  for (const name of ["a", "b", "c"]) writeFileSync(join(home.folder, "data", name), name);
  writeFileSync(
    join(home.folder, "bsv.yaml"),
    `machine_id: devbox-001\nremote: { url: "${server.url}" }\nbackupsets: { project-data: { paths: [data] } }\n`,
  );
  return { home, server };
}

class Server {
  readonly url: string;
  readonly #home: Home;
  readonly #process: Bun.Subprocess;

  static async start(): Promise<Server> {
    const home = new Home();
    const process = Bun.spawn([binary, "serve", "--port", "0", "--insecure-no-auth", "--json"], {
      cwd: home.folder,
      env: home.env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const reader = process.stdout.getReader();
    const line = Buffer.from((await reader.read()).value!).toString();
    reader.releaseLock();
    return new Server(home, process, (JSON.parse(line) as { url: string }).url);
  }

  private constructor(home: Home, process: Bun.Subprocess, url: string) {
    this.#home = home;
    this.#process = process;
    this.url = url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.#home[Symbol.dispose]();
  }
}

const lastLine = (text: string) => JSON.parse(text.trim().split("\n").at(-1)!);
const masked = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{8} of/g, "ID of")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME")
    .replaceAll(/[\d.]+ KiB/g, "SIZE"); // hashes and folders compress as they will

test("scan, push, lose the store, pull, export: the history is the same", async () => {
  const { home, server } = await prepare();
  using _home = home;
  await using _server = server;
  await home.run(["scan"]);
  writeFileSync(join(home.folder, "data", "d"), "new");
  await home.run(["scan"]);
  const documents = async () => (await home.run(["export", "latest"])).stdout;
  const before = await documents();

  const waiting = await home.run(["push", "--dry-run"]);
  expect(masked(waiting.stdout)).toMatchInlineSnapshot(`
    "devbox-001/project-data: 2 snapshots would be sent (from TIME on), 0 there already
    "
  `);
  const pushed = await home.run(["push"]);
  expect(pushed).toMatchObject({ exit: 0, stderr: "" });
  expect(masked(pushed.stdout)).toMatchInlineSnapshot(`
    "devbox-001/project-data: sent 2 snapshots of 7 entries as 4 lines, SIZE instead of about SIZE, 0 there already
    "
  `);
  expect(masked((await home.run(["push"])).stdout)).toMatchInlineSnapshot(`
    "devbox-001/project-data: 2 there already
    "
  `);

  rmSync(join(home.folder, "bsv-home", "data"), { recursive: true });
  const pulled = await home.run(["pull", "project-data"]);
  expect(pulled.exit).toBe(0);
  expect(masked(pulled.stdout)).toMatchInlineSnapshot(`
    "devbox-001/project-data: fetched 2 snapshots (SIZE), 0 here already
    "
  `);
  expect(pulled.stderr).toMatchInlineSnapshot(`
    "When files were last read is not known here any more: the next scan reads all of them
    "
  `);
  expect(await documents()).toBe(before);
}, 60_000);

test("push --json ends with what was sent, and when the remote is off with what waits, exit 7", async () => {
  const { home, server } = await prepare();
  using _home = home;
  await home.run(["scan"]);
  const sent = lastLine((await home.run(["push", "--json"])).stdout);
  expect(sent).toMatchObject({
    type: "summary",
    remote: server.url,
    dry_run: false,
    sets: [
      {
        machine_id: "devbox-001",
        backupset_name: "project-data",
        sent: [{ outcome: "stored", base: null, lines: 3, file_count: 3 }],
        held: 0,
        waiting: [],
      },
    ],
  });
  await server[Symbol.asyncDispose]();
  await home.run(["scan"]);
  const offline = await home.run(["push", "--json"]);
  expect(offline.exit).toBe(7);
  const error = lastLine(offline.stdout);
  expect(error).toMatchObject({ type: "error", code: "unreachable" });
  expect(error.details.sets[0].waiting).toHaveLength(2);
  expect(error.hint).toBe("2 snapshots wait in the store; a later push sends them");
}, 120_000);

test("snapshots, show, sets, machines, export and delete look at the remote when told so", async () => {
  const { home, server } = await prepare();
  using _home = home;
  await using _server = server;
  await home.run(["scan"]);
  await home.run(["scan"]);
  await home.run(["push"]);
  const remote = ["--remote", "default", "--json"];
  const json = async (...args: string[]) => JSON.parse((await home.run(args)).stdout);

  const here = await json("snapshots", "project-data", "--json");
  const there = await json("snapshots", "project-data", ...remote);
  const ids = (rows: { snapshot_id: string }[]) => rows.map((row) => row.snapshot_id);
  expect(ids(there)).toEqual(ids(here));
  expect(await json("sets", ...remote)).toMatchObject([
    { backupset_name: "project-data", snapshot_count: 2, latest: { snapshot_id: ids(here)[0] } },
  ]);
  expect(await json("machines", ...remote)).toMatchObject([
    { machine_id: "devbox-001", backupset_count: 1 },
  ]);
  expect(await json("show", "latest~1", ...remote)).toMatchObject({ snapshot_id: ids(here)[1] });
  const files = await home.run(["show", "latest", "--files", "--remote", server.url]);
  expect(files.stdout).toContain("data/a");
  expect((await home.run(["export", "latest", "--remote", "default"])).stdout).toBe(
    (await home.run(["export", "latest"])).stdout,
  );

  const deleted = await home.run(["delete", "latest~1", "--yes", "--remote", "default"]);
  expect(deleted.exit).toBe(0);
  expect(ids(await json("snapshots", ...remote))).toEqual([ids(here)[0]!]);
  expect(ids(await json("snapshots", "--json"))).toEqual(ids(here));
  expect((await home.run(["show", ids(here)[1]!, "--remote", "default"])).exit).toBe(5);
  expect(masked((await home.run(["push"])).stdout)).toContain("1 deleted at the remote");
}, 60_000);

test("a store without a backupset of this machine has nothing to push, and says so, exit 5", async () => {
  using others = new Home();
  await record(others, "other-machine", "photos", "2026-11-01T00:00:00Z", [file("/a", 1)]);
  const ran = await others.run(["push", "--remote", "http://127.0.0.1:1"]);
  expect(ran.exit).toBe(5);
  expect(ran.stderr).toContain("This store has no backupset of ");
});

test("without a remote, push and --remote default say how to name one, exit 2", async () => {
  using home = new Home();
  for (const args of [["push"], ["pull", "x"], ["snapshots", "--remote", "default"]]) {
    const ran = await home.run(args);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain("bsv: error: No remote is named [usage]");
  }
}, 60_000);

test("the day after: store and files are lost; the history is pulled, and the files come back from a copy", async () => {
  const { home, server } = await prepare();
  using _home = home;
  await using _server = server;
  await home.run(["scan"]);
  await home.shell("cp -a data copy; touch -d 2020-01-01 data/b; echo more > data/d; rm data/c");
  await home.run(["scan"]);
  await home.run(["push"]);
  const plan = ["rollback", "project-data", "--to", "latest~1", "--json"];
  const here = await home.run([...plan, "--recorded"]);
  const steps = (stdout: string) => stdout.split("\n").filter((line) => line.includes('"step"'));
  expect(steps(here.stdout)).toHaveLength(3);

  await home.shell("rm -rf bsv-home/data data; mkdir data");
  const there = await home.run([...plan, "--remote", "default"]);
  expect([there.exit, steps(there.stdout)]).toEqual([0, steps(here.stdout)]);
  expect((await home.run(["pull", "project-data"])).exit).toBe(0);
  const back = await home.run([
    "rollback",
    "project-data",
    "--to",
    "latest~1",
    "--from",
    "copy",
    "--apply",
  ]);
  expect(back).toMatchObject({ exit: 0, stderr: "" });
  expect((await home.shell("diff -r copy data && ls data")).stdout).toBe("a\nb\nc\n");
  expect((await home.run([...plan, "--apply", "--remote", "default"])).exit).toBe(2);
}, 60_000);
