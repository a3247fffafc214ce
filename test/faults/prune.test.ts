// Killed in the middle of a prune: what stays is whole and says the same, what went is gone whole, and the next one goes on.
import { afterAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { binary, Home } from "#test/cli/harness.ts";
import { openStore } from "#db/store/store.ts";
import { everything } from "#db/scope.ts";
import { heads } from "#db/snapshots.ts";
import { listAt, record, SET } from "#test/db/sample.ts";
import { canonicalFaults } from "#test/db/canonical.ts";
import { damageIn, idsIn } from "./prove.ts";

const SNAPSHOTS = process.env["BSV_SOAK"] === "1" ? 120 : 40;
const KILLS = process.env["BSV_SOAK"] === "1" ? 200 : 5;
const home = new Home();
afterAll(() => rmSync(home.folder, { recursive: true, force: true }));
const storeFile = join(home.folder, "bsv-home", "data", "bsv.db");

test("I1, I2: a prune killed at any moment loses nothing that stays, and ends when it is run again", async () => {
  const store = await openStore(storeFile);
  for (let nr = 0; nr < SNAPSHOTS; nr++) {
    const timestampMs = 1_760_000_000_000 + nr * 3_600_000 + (nr % 10);
    await record(everything(store), timestampMs, listAt(timestampMs));
  }
  await store.close();
  const line = ["prune", `${SET.machineId}/${SET.setName}`, "--keep-last=10", "--keep-daily=3"];
  let stayed = await ids();
  let kills = 0;
  for (; kills < KILLS; kills++) {
    const all = stayed.length;
    const going = await goingBy(line);
    if (going === 0) break;
    const pruning = Bun.spawn([binary, ...line, `--yes-remove=${going}`], {
      cwd: home.folder,
      env: home.env,
      stdout: "ignore",
      stderr: "ignore",
    });
    await Promise.race([Bun.sleep(60 + Math.random() * 120), pruning.exited]);
    pruning.kill(kills % 3 === 0 ? "SIGINT" : "SIGKILL");
    await pruning.exited;
    stayed = await ids();
    expect(stayed.length).toBeLessThanOrEqual(all);
    expect(await damage()).toEqual([]);
  }
  const rest = stayed.length - (await goingBy(line));
  expect((await home.run([...line, `--yes-remove=${stayed.length - rest}`])).exit).toBe(0);
  expect([(await ids()).length, await goingBy(line)]).toEqual([rest, 0]);
  expect(await damage()).toEqual([]);
  expect(kills).toBeGreaterThan(1);
}, 600_000);

async function goingBy(line: readonly string[]): Promise<number> {
  const plan = await home.run([...line, "-n", "--json"]);
  return JSON.parse(plan.stdout.trim().split("\n").at(-1)!).going;
}

async function ids(): Promise<string[]> {
  const store = await openStore(storeFile);
  const found = await idsIn(everything(store));
  const tombs = (await heads(everything(store), SET, { limit: 1000 })).rows.length;
  await store.close();
  expect(tombs).toBe(SNAPSHOTS); // what is gone has its tombstone
  return found;
}

async function damage(): Promise<unknown[]> {
  const store = await openStore(storeFile);
  const found = [...(await damageIn(everything(store))), ...canonicalFaults(store.database, 1)];
  await store.close();
  return found;
}
