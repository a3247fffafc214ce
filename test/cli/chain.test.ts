// Keys, verify-chain and witness on the command line.
import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { Home } from "./harness.ts";
import { dataDirOf } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

const keyOf = (home: Home) => join(home.env["BSV_HOME"]!, "keys/signing.pem");

async function scannedTwice(home: Home): Promise<void> {
  await home.shell("mkdir tree; echo 1 > tree/a");
  await home.run(["init", "tree", "--name", "tree"]);
  expect((await home.run(["keygen"])).exit).toBe(0);
  expect((await home.run(["scan"])).exit).toBe(0);
  await home.shell("echo 2 > tree/b");
  expect((await home.run(["scan"])).exit).toBe(0);
}

/** Adds a file and scans; gives what is told of the set. */
async function scanner(home: Home) {
  await home.shell("mkdir tree; bsv init tree --name tree");
  return async (name: string) => {
    await home.shell(`echo ${name} > tree/${name}`);
    return JSON.parse((await home.run(["scan", "--json"])).stdout.trimEnd().split("\n").at(-1)!)
      .sets[0];
  };
}

test("bsv keygen makes a key for its user alone, outside of what db backup copies, once", async () => {
  using home = new Home();
  const made = await home.run(["keygen", "--json"]);
  const { public_key, file } = JSON.parse(made.stdout);
  expect(file).toBe(keyOf(home));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  expect((await home.run(["keygen", "--show"])).stdout).toBe(`${public_key}\n`);
  expect(await home.run(["keygen"])).toMatchObject({ exit: 4, stdout: "" });
  expect((await home.run(["keygen", "--show"])).stdout).toBe(`${public_key}\n`);
  await home.shell("mkdir tree; echo 1 > tree/a; bsv init tree --name tree; bsv scan");
  await home.run(["db", "backup", "copy.db"]);
  const secret = readFileSync(file, "utf8").split("\n")[1]!;
  const held = await home.shell(`grep -rlF '${secret}' bsv-home/data copy.db || echo nowhere`);
  expect(held.stdout).toBe("nowhere\n");
});

test("a key that others may read, or that is none, signs nothing: the scan says why, exit 2", async () => {
  using home = new Home();
  await scannedTwice(home);
  chmodSync(keyOf(home), 0o640);
  const open = await home.run(["scan"]);
  expect(open.exit).toBe(2);
  expect(open.stderr).toContain("Others than you may read the signing key");
  writeFileSync(keyOf(home), "no key\n");
  chmodSync(keyOf(home), 0o600);
  expect((await home.run(["scan"])).stderr).toContain("is no Ed25519 key");
  const named = await home.shell("BSV_SIGNING_KEY=$PWD/absent bsv scan");
  expect(named.exit).toBe(2);
  expect(named.stderr).toContain("BSV_SIGNING_KEY names");
});

test("bsv verify-chain proves a whole history, says what it cannot see, and finds one row that was changed, exit 4", async () => {
  using home = new Home();
  await scannedTwice(home);
  const sound = await home.run(["verify-chain"]);
  expect(sound).toMatchObject({ exit: 0, stderr: "" });
  expect(sound.stdout).toMatch(/2 of 2 snapshots hashed, 2 signatures; nothing wrong found\n/);
  expect(sound.stdout).toContain("cannot be seen: whether the newest snapshots were cut off");
  const store = new Database(join(dataDirOf(home), "bsv.db"));
  store.run("UPDATE versions SET size = 3 WHERE size = 2 AND version_id = 1");
  store.close();
  const changed = await home.run(["verify-chain", "--json"]);
  expect(changed.exit).toBe(4);
  const [chain, summary] = changed.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(chain.findings[0]).toMatchObject({ kind: "changed" });
  expect(summary).toMatchObject({ type: "summary", sets: 1, findings: chain.findings.length });
});

test("I9: a witness kept elsewhere shows that the end was cut off; one that was changed is refused", async () => {
  using home = new Home();
  await scannedTwice(home);
  const wrote = await home.run(["witness", "export", "-o", "heads.ndjson"]);
  expect(wrote.stdout).toMatch(/heads\.ndjson: 2 heads of 1 backupset, signed\n$/);
  expect((await home.run(["verify-chain", "--witness", "heads.ndjson"])).exit).toBe(0);
  const store = new Database(join(dataDirOf(home), "bsv.db"));
  store.run("DELETE FROM snapshots WHERE seq = 2");
  store.run("DELETE FROM versions WHERE from_ms = (SELECT max(from_ms) FROM versions)");
  store.run("UPDATE versions SET to_ms = 9007199254740991");
  store.close();
  expect((await home.run(["verify-chain"])).exit).toBe(0);
  const cut = await home.run(["verify-chain", "--witness", "heads.ndjson"]);
  expect(cut.exit).toBe(4);
  expect(cut.stdout).toMatch(
    /^REMOVED [0-9a-f]{8} of .*is named by the witness, and is neither here nor deleted\n/,
  );
  const piped = await home.run(["verify-chain", "--witness", "-"], {
    stdin: readFileSync(join(home.folder, "heads.ndjson"), "utf8").replace("tree", "trea"),
  });
  expect(piped.exit).toBe(4);
  expect(piped.stderr).toContain("its seal does not fit");
  expect((await home.run(["verify-chain", "--witness", "absent"])).exit).toBe(5);
});

test("what prune deletes is told with its reason, and is no alarm, exit 0", async () => {
  using home = new Home();
  await scannedTwice(home);
  await home.shell("echo 3 > tree/c; bsv scan");
  await home.run(["witness", "export", "-o", "heads.ndjson"]);
  const pruned = await home.run(["prune", "tree", "--keep-last", "1", "--yes-remove", "2"]);
  expect(pruned.exit).toBe(0);
  const ran = await home.run(["verify-chain", "--witness", "heads.ndjson"]);
  expect(ran.exit).toBe(0);
  expect(ran.stdout).toMatch(/tree: 2 deleted, the last one on .*: .*keep/);
});

test("I9: an old history that is fetched or imported after a first scan makes no fork of what comes then", async () => {
  using away = new Home();
  using home = new Home({ BSV_MACHINE_ID: "laptop" });
  const server = await serveHome(away);
  const scan = await scanner(home);
  const push = (...more: string[]) => home.run(["push", "--remote", server.url, ...more]);
  for (const name of ["a", "b"]) await scan(name);
  await push();
  await home.shell("bsv export latest~1 -o old.json; rm -r bsv-home/data"); // set up anew
  for (const fetch of [
    ["pull", "tree", "--remote", server.url],
    ["import", "old.json"],
  ]) {
    await home.shell("rm -rf bsv-home/data");
    await scan("c");
    const own = await scan("d");
    if (fetch[0] === "pull") expect((await push("--adopt")).exit).toBe(0);
    expect((await home.run(fetch)).exit).toBe(0);
    expect((await scan("e")).parent_id).toBe(own.snapshot_id);
    if (fetch[0] === "pull") expect((await push()).exit).toBe(0);
    expect(await home.run(["verify-chain"])).toMatchObject({ exit: 0, stderr: "" });
  }
  await server.stop(1000);
});

test("I9: what is deleted here after a push, and stays at the server, makes no fork there; what was never pushed is no gap", async () => {
  using away = new Home();
  using home = new Home({ BSV_MACHINE_ID: "laptop" });
  const server = await serveHome(away);
  const scan = await scanner(home);
  const push = async () => expect((await home.run(["push", "--remote", server.url])).exit).toBe(0);
  const areSound = async () => {
    for (const args of [["verify-chain"], ["verify-chain", "--remote", server.url]]) {
      expect(await home.run(args)).toMatchObject({ exit: 0, stderr: "" });
    }
    expect(await away.run(["verify-chain"])).toMatchObject({ exit: 0, stderr: "" });
  };
  await scan("z");
  // An address that is used no more says nothing of what it does not know.
  const other = server.url.replace("127.0.0.1", "localhost");
  expect((await home.run(["push", "--remote", other])).exit).toBe(0);
  await scan("a");
  const pushed = await scan("b");
  await push();
  await home.run(["delete", "latest", "--yes"]);
  const next = await scan("c");
  expect(next.parent_id).toBe(pushed.snapshot_id);
  await push();
  await areSound();

  await scan("d");
  await home.run(["delete", "latest", "--yes"]); // nobody else has it
  expect((await scan("e")).parent_id).toBe(next.snapshot_id);
  await push();
  await areSound();
  await server.stop(1000);
});
