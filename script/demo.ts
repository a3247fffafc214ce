// `bun run demo`: the whole path on real data, in a temporary home: scan, change, rescan, serve, push, query. Each command is shown
// with its answer, each answer is checked, and everything is taken away again. Exit 1 if any answer is wrong.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const bsv = join(root, "dist/bsv");
const deps = join(root, "node_modules");
const home = realpathSync(mkdtempSync(join(tmpdir(), "bsv-demo-")));
const scratch = join(home, "scratch");
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  BSV_HOME: join(home, "bsv"),
  NO_COLOR: "1",
};

const serverLog = join(home, "server.log");
let server: Bun.Subprocess | undefined;
/** What the server is asked with. */
let key = "";
const wrong: string[] = [];
const removeAll = () => {
  server?.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    removeAll();
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

try {
  await demo();
  if (wrong.length > 0 && existsSync(serverLog)) console.error(readFileSync(serverLog, "utf8"));
} catch (error) {
  wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  removeAll();
}
for (const what of wrong) console.error(`WRONG: ${what}`);
console.log(
  wrong.length === 0 ? "\nAll answers are right." : `\n${wrong.length} answers are wrong.`,
);
process.exit(wrong.length === 0 ? 0 : 1);

async function demo(): Promise<void> {
  title(
    "A backupset file: the project's own node_modules, and a scratch copy of one of its packages",
  );
  cpSync(join(deps, "zod"), scratch, { recursive: true, dereference: true });
  writeFileSync(join(scratch, "index.js.map"), "{}");
  mkdirSync(env.BSV_HOME);
  const config = {
    machine_id: "demo",
    backupsets: { deps: { paths: [deps] }, scratch: { paths: [scratch], exclude: ["*.map"] } },
  };
  writeFileSync(join(home, "bsv.json"), `${JSON.stringify(config, null, 2)}\n`);
  await run("version");
  await run("config", "check");

  // What was written less than two seconds before it is read may change unseen, and would be read again (git's racy rule).
  await Bun.sleep(2100);

  title("Scan: every file is read once");
  await run("scan");
  const files = Number(shell(`find ${JSON.stringify(deps)} ! -type d | wc -l`));
  const first = await latest("deps");
  check(
    first.summary.file_count === files,
    `deps has ${files} files, the snapshot ${first.summary.file_count}`,
  );
  const document = join(env.BSV_HOME, "data/Snapshots/demo/deps");
  const entry = entriesOf(join(document, readdirSync(document)[0]!)).find(
    ({ path }) => path === join(deps, "zod/package.json"),
  );
  const sum = shell(`sha256sum < ${JSON.stringify(join(deps, "zod/package.json"))}`).slice(0, 64);
  check(entry?.checksum === sum, "the checksum of zod/package.json is what sha256sum says");

  title("Change the scratch copy, and scan again: only what is new is read");
  writeFileSync(join(scratch, "package.json"), '{"changed": true}\n');
  writeFileSync(join(scratch, "added.txt"), "new here\n");
  rmSync(join(scratch, "README.md"));
  const before = await latest("scratch");
  const rescan = await run("scan", "scratch");
  for (const change of ["1 added", "1 modified", "1 removed"])
    check(rescan.includes(change), `the rescan says ${change}`);
  const after = await latest("scratch");
  check(
    / 2 read .* 838 carried/.test(rescan),
    "the rescan reads the two new files and carries 838",
  );
  check(after.snapshot_id !== before.snapshot_id, "the rescan is a new snapshot");
  check(
    after.summary.file_count === before.summary.file_count,
    "one added, one removed: the count is the same",
  );

  title("A copy, as rsync would make it, and an archive: proved byte by byte, never unpacked");
  const copy = join(home, "copy");
  const archive = join(home, "scratch.tar.gz");
  shell(`cp -a ${scratch} ${copy} && rm ${copy}/index.js.map && tar -C ${copy} -czf ${archive} .`);
  const sound = await run(0, "verify", "scratch", "--copy", archive);
  check(/^ok: 840 of 840 files checked/m.test(sound), "the archive is whole, and says of how much");
  const rotten = join(copy, "v4/core/core.js");
  const flipped = readFileSync(rotten);
  flipped[100] = flipped[100]! ^ 1;
  writeFileSync(rotten, flipped);
  shell(`touch -r ${join(scratch, "v4/core/core.js")} ${rotten}`);
  const verdict = await run(4, "verify", "scratch", "--copy", copy);
  check(
    new RegExp(`^corrupted .*${join(scratch, "v4/core/core.js")}`, "m").test(verdict),
    "the one flipped bit in the copy is found",
  );
  check(/^damaged: 840 of 840 files checked/m.test(verdict), "and the verdict says of how much");

  title(
    "Flip one byte behind the file's back, size and mtime as before: a reread finds it (exit 4)",
  );
  const victim = join(scratch, "index.js");
  shell(`cp -p ${victim} ${home}/as-it-was`);
  const bytes = readFileSync(victim);
  bytes[0] = bytes[0]! ^ 1;
  writeFileSync(victim, bytes);
  shell(`touch -r ${home}/as-it-was ${victim}`);
  const reread = await run(4, "scan", "scratch", "--reread");
  check(reread.includes(`CORRUPTED ${victim}`), "the reread names the corrupted file");

  title("Why is a file not in the snapshot?");
  const why = await run("explain", join(scratch, "index.js.map"));
  check(
    /out, it is left out by "\*\.map" at .*bsv\.json:\d+:\d+/.test(why),
    "explain names the rule and its line",
  );

  title("A server of its own: its first user, and a key for this machine");
  const there = join(home, "server");
  await run("user", "add", "ada", "--admin", "--data-dir", there);
  const scopes = ["--scope", "push", "--scope", "read"];
  const made = await run("key", "create", ...scopes, "--machine", "demo", "--data-dir", there);
  const keyFile = join(home, "demo.key");
  key = made.trim();
  writeFileSync(keyFile, made, { mode: 0o600 });

  title("Serve on a free port, sign in, and push the history there");
  const url = await serve();
  await run(6, "push", "--remote", url);
  const signedIn = await run("login", url, "--key-file", keyFile);
  check(signedIn.includes("as ada"), "login tells whose key it is");
  const pushed = await run("push", "--remote", url);
  check(pushed.includes("demo/scratch"), "push tells of both sets");
  const again = await run("push", "--remote", url);
  check(/demo\/scratch: .*3 there already/.test(again), "pushing again sends nothing");

  title("Ask the server");
  const sets = `${url}/machines/demo/backupsets`;
  const listed = (await get(sets)) as { backupset_name: string }[];
  check(
    listed.map((set) => set.backupset_name).join() === "deps,scratch",
    "the server lists both sets",
  );
  const newest = await latest("scratch");
  const remote = (await get(`${sets}/scratch/latest?files=false`)) as Snapshot;
  check(remote.snapshot_id === newest.snapshot_id, "latest is the snapshot of the reread");
  const path = encodeURIComponent(join(scratch, "added.txt"));
  const holding = (await get(`${sets}/scratch/query?path=${path}`)) as Snapshot[];
  check(holding.length === 2, "added.txt is in the two later snapshots, not in the first");
  const none = (await get(`${sets}/scratch/query?to=2020-01-01T00:00:00Z`)) as Snapshot[];
  check(none.length === 0, "there is no snapshot from before 2020");
}

interface Snapshot {
  snapshot_id: string;
  summary: { file_count: number };
}

/** Runs bsv, shows it, and checks how it ended (0 unless the first word says another). */
async function run(...words: (string | number)[]): Promise<string> {
  const expected = typeof words[0] === "number" ? words[0] : 0;
  const args = words.filter((word) => typeof word === "string");
  console.log(`\n$ bsv ${args.map((word) => word.replaceAll(home, "~")).join(" ")}`);
  const child = Bun.spawn([bsv, ...args], {
    cwd: home,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const [stdout, exit] = await Promise.all([child.stdout.text(), child.exited]);
  const shown = stdout.replaceAll(home, "~").replaceAll(root, "…");
  process.stdout.write(shown.replaceAll(/(bsv_[0-9a-f]{12}_)[0-9a-f]{64}/g, "$1…"));
  check(exit === expected, `bsv ${args[0]} ended with ${exit}, not ${expected}`);
  return stdout;
}

/** The newest snapshot of a set, as the local store tells it; not shown. */
async function latest(set: string): Promise<Snapshot> {
  const child = Bun.spawn([bsv, "snapshots", set, "--limit", "1", "--json"], {
    cwd: home,
    env,
    stdout: "pipe",
  });
  return (JSON.parse(await child.stdout.text()) as Snapshot[])[0]!;
}

async function serve(): Promise<string> {
  console.log("\n$ bsv serve --port 0 &");
  const child = Bun.spawn(
    [bsv, "serve", "--port", "0", "--data-dir", join(home, "server"), "--quiet"],
    {
      cwd: home,
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: Bun.file(serverLog),
    },
  );
  server = child;
  let text = "";
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    const url = /Listening on (\S+)\n/.exec(text)?.[1];
    if (url === undefined) continue;
    process.stdout.write(text);
    return url;
  }
  throw new Error(`the server did not start: ${text}`);
}

async function get(url: string): Promise<unknown> {
  console.log(`\n$ curl -H @key.txt '${url.replaceAll(encodeURIComponent(home), "~")}'`);
  const answer = await fetch(url, { headers: { "X-API-Key": key } });
  const text = await answer.text();
  console.log(text.trimEnd().replaceAll(home, "~").replaceAll(root, "…"));
  check(answer.status === 200, `${url} answered ${answer.status}`);
  return JSON.parse(text);
}

function entriesOf(file: string): { path: string; checksum: string | null }[] {
  return (
    JSON.parse(readFileSync(file, "utf8")) as { files: { path: string; checksum: string | null }[] }
  ).files;
}

function shell(line: string): string {
  return Bun.spawnSync(["bash", "-c", line]).stdout.toString().trim();
}

function check(isRight: boolean, what: string): void {
  if (!isRight) wrong.push(what);
}

function title(text: string): void {
  console.log(`\n── ${text}`);
}
