// kill -9 while snapshots are recorded: what was acknowledged is there, whole; nothing is there by half.
import { expect, test } from "bun:test";
import { findSetId } from "#db/owned.ts";
import { entryPages } from "#db/entries.ts";
import { querySnapshots } from "#db/query.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { canonicalFaults } from "./canonical.ts";
import { newStoreFile } from "./fixture.ts";
import { Random } from "./random.ts";
import { all, listAt, SET } from "./sample.ts";

const KILLS = process.env["BSV_SOAK"] === "1" ? 1000 : 12;

test(`I1, I2: after each of ${KILLS} kills every acknowledged snapshot is there, and each is whole`, async () => {
  const path = newStoreFile();
  const random = new Random(Date.now());
  const acknowledged = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    for (const time of await recordUntilKilled(path, "late", random)) acknowledged.add(time);
    const { lost, extra } = await compare(path, acknowledged);
    expect(lost).toEqual([]);
    expect(extra.length).toBeLessThanOrEqual(1); // committed, but killed before it could say so
    for (const time of extra) acknowledged.add(time);
  }
  expect(acknowledged.size).toBeGreaterThan(KILLS / 2); // most of them had time for one
}, 3_600_000);

test("I1: the harness turns red when a snapshot is acknowledged before it is committed", async () => {
  const random = new Random(1);
  for (let kill = 0; kill < 30; kill++) {
    const path = newStoreFile();
    const said = await recordUntilKilled(path, "early", random);
    if ((await compare(path, new Set(said))).lost.length > 0) return;
  }
  throw new Error("The harness did not notice");
}, 60_000);

/** Runs the recorder, kills it some time after its first word, and gives the times that it said. */
async function recordUntilKilled(
  path: string,
  when: "early" | "late",
  random: Random,
): Promise<number[]> {
  const recorder = Bun.spawn(["bun", `${import.meta.dir}/child-recorder.ts`, path, when], {
    stderr: "inherit",
  });
  let text = "";
  for await (const chunk of recorder.stdout) {
    if (text === "") setTimeout(() => recorder.kill("SIGKILL"), random.below(120));
    text += Buffer.from(chunk).toString();
  }
  await recorder.exited;
  return text.split("\n").slice(0, -1).map(Number);
}

/** What is missing of what was acknowledged, and what is there beyond it; throws when any list is not what it was. */
async function compare(
  path: string,
  acknowledged: ReadonlySet<number>,
): Promise<{ lost: number[]; extra: number[] }> {
  const store = await openStore(path);
  const scope = everything(store);
  const setId = findSetId(scope, SET);
  const found = new Set<number>();
  const page = { limit: 1_000_000, order: "asc" as const };
  for (const row of (await querySnapshots(scope, SET, {}, page)).rows) found.add(row.timestampMs);
  const newest = (await querySnapshots(scope, SET, {}, { limit: 5, order: "desc" })).rows;
  for (const row of newest) {
    expect(await all(entryPages(scope, row.snapshotId))).toEqual(listAt(row.timestampMs));
  }
  expect(setId === undefined ? [] : canonicalFaults(store.database, setId)).toEqual([]);
  await store.close();
  return {
    lost: [...acknowledged].filter((time) => !found.has(time)),
    extra: [...found].filter((time) => !acknowledged.has(time)),
  };
}
