// kill -9 at any moment of a scan, a push, an ingest: what was acknowledged is there, and nothing is there by half.
import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EntryTally, snapshotId } from "#core/document.ts";
import { judgeEntry } from "#core/entry-json.ts";
import type { Run } from "#core/run.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { isThere } from "#jobs/push/send.ts";
import { push } from "#jobs/push/push.ts";
import { newSha256 } from "#disk/sha256.ts";
import { addSnapshots, AGENT } from "#test/sync/history.ts";
import { newFolder, startServer } from "#test/sync/server.ts";
import { faults, killed, KILLS } from "./kill.ts";
import { eventOf, Machine, SET } from "./machine.ts";
import { idsIn } from "./prove.ts";

const HOUR_MS = 3_600_000;
const machines: Machine[] = [];
afterAll(() => {
  for (const machine of machines) machine[Symbol.dispose]();
});

function newMachine(): Machine {
  const machine = new Machine();
  machines.push(machine);
  return machine;
}

test(
  `I1, I2: a scan killed ${KILLS} times loses nothing that it said it stored, and leaves no half document`,
  async () => {
    const machine = newMachine();
    for (let i = 0; i < 300; i++) writeFileSync(join(machine.tree, `f${i}`), `first ${i}`);
    const acknowledged = new Set<string>();
    const longestMs = 2 * (await durationMs(machine.run("scan"))); // half of them come to their end
    for (let kill = 0; kill < KILLS; kill++) {
      for (let i = 0; i < 20; i++) {
        writeFileSync(join(machine.tree, `f${kill * 7 + i}`), `${kill} ${i}`);
      }
      const lines = await killed(machine.start("scan", "--json"), longestMs);
      for (const line of lines) {
        const event = eventOf(line);
        if (event.type === "snapshot") acknowledged.add(event.snapshot_id!);
      }
      const isLast = kill === KILLS - 1;
      expect(await faults(machine.storeFile, acknowledged, isLast ? Infinity : 3)).toEqual([]);
      expect(halfDocuments(machine)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    expect((await machine.run("scan")).exit).toBe(0);
  },
  HOUR_MS,
);

test(
  `I1, I2, I3: a push killed ${KILLS} times leaves nothing by half, and ends with both sides the same`,
  async () => {
    const server = await startServer();
    const machine = newMachine();
    const store = await openStore(machine.storeFile);
    const local = everything(store);
    const large = { machineId: SET.machineId, setName: "a-large-one" }; // goes first, in parts
    await addSnapshots(local, 1, { set: large, files: 24_000 });
    const args = ["push", "--remote", server.url];
    const longestMs = 3 * (await durationMs(machine.run(...args, "--dry-run")));
    for (let kill = 0; kill < KILLS; kill++) {
      await addSnapshots(local, 5, { files: 200 });
      await killed(machine.start(...args, "--json"), longestMs);
      expect(await faults(join(server.dataDir, "bsv.db"), new Set(), 3)).toEqual([]);
    }
    const ids = await idsIn(local);
    await store.close();
    expect((await machine.run(...args)).exit).toBe(0);
    expect(await idsIn(server.scope)).toEqual(ids);
    expect(await faults(join(server.dataDir, "bsv.db"), new Set(ids))).toEqual([]);
  },
  HOUR_MS,
);

test(
  `I1, I2: a server killed ${KILLS} times while it takes snapshots in has all that it acknowledged`,
  async () => {
    const machine = newMachine();
    const store = await openStore(join(newFolder(), "bsv.db"));
    const local = everything(store);
    const acknowledged = new Set<string>();
    let longestMs: number | undefined; // what the first push takes, which is let through
    for (let kill = 0; kill < KILLS; kill++) {
      await addSnapshots(local, 8, { files: 300 });
      const server = machine.start(
        "serve",
        "--port",
        "0",
        "--insecure-no-auth",
        "--json",
        "--quiet",
      );
      const reader = server.stdout.getReader();
      const { url } = eventOf(Buffer.from((await reader.read()).value!).toString());
      const startedAt = performance.now();
      if (longestMs !== undefined) {
        setTimeout(() => server.kill("SIGKILL"), Math.random() * 3 * longestMs);
      }
      for (const sending of await pushUntilCut(local, url!)) {
        if (isThere(sending)) acknowledged.add(sending.snapshotId);
      }
      longestMs ??= performance.now() - startedAt;
      server.kill("SIGKILL");
      await server.exited;
      const isLast = kill === KILLS - 1;
      expect(await faults(machine.storeFile, acknowledged, isLast ? Infinity : 3)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
    await store.close();
  },
  HOUR_MS,
);

async function durationMs(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

const run: Run = {
  signal: new AbortController().signal,
  monitor: { progress() {}, trouble() {}, note() {} },
  now: Date.now,
};

async function pushUntilCut(local: Parameters<typeof push>[0], remoteUrl: string) {
  const patience = { attempts: 1, firstWaitMs: 1, longestWaitMs: 1 };
  const input = { remoteUrl, dataDir: newFolder(), sets: [SET], agentId: AGENT, patience };
  const summary = await push(local, { ...input, adopt: false, isDryRun: false }, run);
  return summary.sets[0]!.sent;
}

/** Documents under their final names that are not exactly what they say. */
function halfDocuments(machine: Machine): string[] {
  const folder = join(machine.dataDir, "Snapshots", SET.machineId, SET.setName);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // killed before the first document
  }
  return names.filter((name) => name.endsWith(".json") && !isWhole(join(folder, name)));
}

function isWhole(file: string): boolean {
  try {
    const { snapshot_id: id, files, ...header } = JSON.parse(readFileSync(file, "utf8"));
    const tally = new EntryTally(newSha256);
    for (const value of files) {
      const judged = judgeEntry(value);
      if ("problem" in judged) return false;
      tally.add(judged.entry);
    }
    return (
      id === snapshotId(JSON.stringify(header), newSha256) && header.tree_hash === tally.treeHash()
    );
  } catch {
    return false; // not even JSON
  }
}
