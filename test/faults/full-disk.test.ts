// A full disk stops the work with a clear word, breaks nothing that was there, and once there is room again all goes on.
import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { addSnapshots } from "#test/sync/history.ts";
import { faults, lookInto } from "./kill.ts";
import { eventOf, Machine, SET } from "./machine.ts";
import { idsIn } from "./prove.ts";
import { SmallDisk } from "./small-disk.ts";

const withDisk = SmallDisk.isPossible() ? test : test.skip;
const KIB = 1024;

const idsOf = (machine: Machine) => lookInto(machine.storeFile, idsIn);

withDisk(
  "I1, I2: a scan that fills the disk stores nothing by half, says so, and goes through once there is room",
  async () => {
    using disk = new SmallDisk();
    using machine = new Machine(join(disk.folder, "data"));
    const writeAll = (text: string) => {
      for (let i = 0; i < 2000; i++) writeFileSync(join(machine.tree, `f${i}`), `${text} ${i}`);
    };
    writeAll("first");
    expect((await machine.run("scan")).exit).toBe(0);
    const before = await idsOf(machine);
    const documents = () =>
      readdirSync(join(machine.dataDir, "Snapshots", SET.machineId, SET.setName));
    const documentsBefore = documents();

    writeAll("second");
    for (const left of [0, 4, 16, 64, 200, 400]) {
      disk.fill(left * KIB);
      const { exit, last } = await machine.run("scan");
      expect([left, exit, last.type, last.code]).toEqual([left, 1, "error", "disk_full"]);
      disk.relieve();
      expect(await faults(machine.storeFile, new Set(before))).toEqual([]);
      expect(documents().filter((name) => name.endsWith(".json"))).toEqual(documentsBefore);
    }
    expect((await machine.run("scan")).exit).toBe(4); // stored; that every file is another is suspicious
    expect(await idsOf(machine)).toHaveLength(before.length + 1);
  },
  60_000,
);

withDisk(
  "I1, I2: a server whose disk is full keeps what it acknowledged, answers reads, and takes the rest once there is room",
  async () => {
    using disk = new SmallDisk();
    using server = new Machine(join(disk.folder, "data"));
    using client = new Machine();
    const store = await openStore(client.storeFile);
    await addSnapshots(everything(store), 3, { files: 4000, churn: 4000 });
    const ids = await idsIn(everything(store));
    await store.close();
    const serving = server.start("serve", "--port", "0", "--insecure-no-auth", "--json", "--quiet");
    try {
      const reader = serving.stdout.getReader();
      const { url } = eventOf(Buffer.from((await reader.read()).value!).toString());
      const push = () => client.run("push", "--remote", url!);
      const latest = `${url}/machines/${SET.machineId}/backupsets/${SET.setName}/latest`;
      disk.fill(1500 * KIB);
      const refused = await push();
      expect(refused.exit).toBe(7);
      expect(refused.last.message).toContain("507");
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect([200, 404]).toContain((await fetch(latest)).status);
      disk.relieve();
      expect((await push()).exit).toBe(0);
      expect((await fetch(latest)).status).toBe(200);
    } finally {
      serving.kill("SIGTERM");
      await serving.exited;
    }
    expect(await faults(server.storeFile, new Set(ids))).toEqual([]);
  },
  180_000,
);
