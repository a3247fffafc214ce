// `bsv anomalies` as a user meets it: a tree is encrypted between two scans, and nobody who looks can overlook it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Running } from "#server/serve.ts";
import { Home } from "./harness.ts";
import { serveHome } from "./served-home.ts";

let home: Home;
let away: Home;
let server: Running | undefined;
let scans: Awaited<ReturnType<Home["run"]>>[];

const names = Array.from({ length: 40 }, (_, nr) => `${nr}.${["odt", "jpg", "txt"][nr % 3]}`);
const SUFFIX = ".lock\u001b[31m";

beforeAll(async () => {
  home = new Home();
  away = new Home();
  mkdirSync(join(home.folder, "docs"));
  const file = (name: string) => join(home.folder, "docs", name);
  for (const name of names) writeFileSync(file(name), `the text of ${name}`);
  writeFileSync(
    join(home.folder, "bsv.yaml"),
    "machine_id: laptop\nbackupsets:\n  docs: { paths: [docs], retention: { keep_last: 1 } }\n",
  );
  const scan = () => home.run(["scan"]);
  scans = [await scan()];
  for (const name of names) {
    writeFileSync(file(name), `unreadable now: ${name}`);
    renameSync(file(name), file(name + SUFFIX));
  }
  scans.push(await scan());
  writeFileSync(file("letter.odt"), "written later");
  scans.push(await scan());
});
afterAll(async () => {
  await server?.stop(1000);
  home[Symbol.dispose]();
  away[Symbol.dispose]();
});

const blurred = (text: string): string =>
  text
    .replaceAll(/\b[0-9a-f]{8}\b/g, "ID......")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "DATE TIME");

test("the scan that meets it ends with findings and says why; the next one still says it", () => {
  expect(scans.map(({ exit }) => exit)).toEqual([0, 4, 0]);
  expect(scans[1]!.stdout).toContain(
    '  suspicious 40 of 40 files were renamed with one new suffix (".lock\\\\u001b[31m"); plausible up to 1.0 %, a fixed limit',
  );
  expect(blurred(scans[2]!.stdout)).toContain(
    "  suspicious it follows on ID......, which nobody has accepted\n",
  );
});

test("bsv anomalies tells each suspicious snapshot with its evidence, and the last plausible one; exit 4", async () => {
  const { stdout, exit } = await home.run(["anomalies"]);
  expect(exit).toBe(4);
  expect(blurred(stdout)).toMatchInlineSnapshot(`
    "laptop/docs: suspicious, 2 snapshots in a row; the last plausible one is ID...... of DATE TIME
      ID......  DATE TIME  suspicious
                40 of 40 files were renamed with one new suffix (".lock\\\\u001b[31m"); plausible up to 1.0 %, a fixed limit
                40 of 40 files got other names, and the mix of extensions with them (entropy of extensions from 1.58 to 0.00 bits); plausible up to 5.0 %, a fixed limit
                40 of 40 files were deleted; plausible up to 25 %, a fixed limit
                40 of 40 files were rewritten, and all sizes changed by one pattern; plausible up to 5.0 %, a fixed limit
    "
  `);
});

test("bsv snapshots, show and prune know it, and the last plausible one stays", async () => {
  const { stdout: list } = await home.run(["snapshots"]);
  expect(list.match(/suspicious$/gm)).toHaveLength(2);
  const { stdout: shown } = await home.run(["show", "latest~1"]);
  expect(shown).toContain("verdict     suspicious: 40 of 40 files were renamed");
  const { stdout: plan } = await home.run(["prune", "-n"]);
  expect(blurred(plan).match(/(keep|drop) .*/g)).toEqual([
    "keep  last (suspicious: judged among its like)",
    "drop  no rule keeps it (suspicious: judged among its like)",
    "keep  last",
  ]);
});

test("a server judges what it is sent, and tells the same; --remote accepts there", async () => {
  server = await serveHome(away);
  await home.run(["push", "--remote", server.url]);
  const { stdout: here } = await home.run(["anomalies", "--json"]);
  const remote = ["anomalies", "docs", "--remote", server.url];
  const { stdout: there, exit } = await home.run([...remote, "--json"]);
  expect(exit).toBe(4);
  const bare = (text: string) =>
    JSON.parse(text).sets.map((set: { verdicts: object[] }) => ({
      ...set,
      verdicts: set.verdicts.map((one) => ({ ...one, measures: null })),
    }));
  expect(bare(there)).toEqual(bare(here));
  const listed = async (...words: string[]) =>
    (await home.run(["snapshots", "docs", ...words])).stdout.match(/\S+$/gm);
  expect(await listed("--remote", server.url)).toEqual(await listed());
  const shown = await home.run(["show", "docs@latest", "--remote", server.url]);
  expect(shown.stdout).toContain("\nreceived    ");
  expect(shown.stdout).toContain("\nverdict     suspicious\n");
  const accepted = await home.run([...remote, "--accept", "latest", "--why", "a drill"]);
  expect(accepted).toMatchObject({ exit: 0, stderr: "" });
  expect(accepted.stdout).toContain("laptop/docs: plausible, as are 3 of 3 snapshots\n");
  expect((await home.run(["anomalies"])).exit).toBe(4);
});

test("bsv anomalies --backtest says from where on the rules speak up; --accept wants a reason, and ends it", async () => {
  const { stdout } = await home.run(["anomalies", "docs", "--backtest"]);
  expect(stdout).toContain("of 2 steps of the past the rules find 1 suspicious (50 %)\n");
  expect(stdout).toMatch(/deleted +100 % +25 %  a fixed limit\n/);
  expect(await home.run(["anomalies", "--accept", "latest"])).toMatchObject({ exit: 2 });
  const { exit } = await home.run(["anomalies", "--accept", "latest", "--why", "mine"]);
  expect(exit).toBe(0);
  expect((await home.run(["show", "latest"])).stdout).toContain("verdict     plausible\n");
  expect((await home.run(["show", "latest~1"])).stdout).toContain(
    "verdict     plausible: accepted, mine\n",
  );
});
