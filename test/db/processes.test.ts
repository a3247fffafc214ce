// Many processes on one store: one writes at a time, and a set is scanned by one.
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { atomic } from "#db/atomic.ts";
import { listBackupsets } from "#db/backupsets.ts";
import { entryPages } from "#db/entries.ts";
import { lockSet } from "#db/lock.ts";
import { querySnapshots } from "#db/query.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newScope, newStoreFile } from "./fixture.ts";
import { all, listAt, record, SET } from "./sample.ts";

test("four processes that write at once all get their turn, and a reader sees whole snapshots meanwhile", async () => {
  const path = newStoreFile();
  const store = await openStore(path);
  const scope = everything(store);
  const writers = ["a", "b", "c", "d"].map((name) =>
    Bun.spawn(["bun", `${import.meta.dir}/child-writer.ts`, path, name], { stderr: "pipe" }),
  );
  const ends = Promise.all(writers.map((writer) => writer.exited));
  let isRunning = true;
  void ends.then(() => (isRunning = false));
  while (isRunning) {
    const set = { machineId: "writer", setName: "a" };
    for (const row of (await querySnapshots(scope, set, {}, { limit: 1, order: "desc" })).rows) {
      expect(await all(entryPages(scope, row.snapshotId))).toEqual(listAt(row.timestampMs));
    }
    await Bun.sleep(20);
  }
  expect(await ends).toEqual([0, 0, 0, 0]);
  const sets = await listBackupsets(scope, "writer", { limit: 10 });
  for (const set of sets.rows) {
    const { rows } = await querySnapshots(scope, set, {}, { limit: 100, order: "asc" });
    expect(rows.map((row) => row.timestampMs)).toEqual([...Array(10).keys()].map((i) => 1000 + i));
  }
  expect(sets.rows).toHaveLength(4);
  await store.close();
}, 60_000);

test("I1: a store that another process is writing longer is never called damaged", async () => {
  const path = newStoreFile();
  const child = [process.execPath, `${import.meta.dir}/child-grower.ts`, path];
  const grower = Bun.spawn(child, { stdout: "pipe", stderr: "inherit" });
  await grower.stdout.getReader().read();
  for (let nr = 0; nr < 200; nr++) await (await openStore(path)).close();
  expect(grower.exitCode).toBeNull(); // it was at it all the time
  grower.kill();
  await grower.exited;
}, 60_000);

test("I1: what is written to a store that was deleted, moved or replaced meanwhile is not acknowledged", async () => {
  const away: ((path: string) => void)[] = [
    (path) => rmSync(path),
    (path) => renameSync(path, `${path}.away`),
    (path) => {
      copyFileSync(path, `${path}.backup`);
      renameSync(`${path}.backup`, path);
    },
  ];
  for (const go of away) {
    const path = newStoreFile();
    const scope = everything(await openStore(path));
    await record(scope, 1000, listAt(1000));
    go(path);
    const late = await record(scope, 2000, listAt(2000)).catch((error: unknown) => error);
    const message = `The store ${path} was deleted, moved or replaced while in use`;
    expect(late).toMatchObject({ code: "internal", message });
    await scope.store.close();
    const found = everything(await openStore(path));
    const { rows } = await querySnapshots(found, SET, {}, { limit: 10, order: "asc" });
    expect(rows.map((row) => row.timestampMs)).not.toContain(2000);
    await found.store.close();
  }
});

test("a writer waits for another without holding up its own process", async () => {
  const path = newStoreFile();
  const [one, other] = [await openStore(path), await openStore(path)];
  one.database.run("BEGIN IMMEDIATE");
  const writing = record(everything(other), 1000, listAt(1000));
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  await Bun.sleep(400);
  clearInterval(ticking);
  one.database.run("COMMIT");
  expect((await writing).kind).toBe("stored");
  expect(ticks).toBeGreaterThan(10);
  await one.close();
  await other.close();
});

test.skipIf(Bun.which("python3") === null)(
  "I1: another program that looks into the store takes nothing away from under a process that has it open twice",
  async () => {
    const path = newStoreFile();
    const [reader, writer] = [await openStore(path), await openStore(path)]; // as a server's two threads do
    await record(everything(writer), 1000, listAt(1000));
    const look = `import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute("SELECT count(*) FROM snapshots").fetchone()[0])
c.close()`;
    const looked = Bun.spawnSync(["python3", "-c", look, path]);
    expect(looked.stdout.toString()).toBe("1\n");
    await record(everything(writer), 2000, listAt(2000));
    // What a crash would leave now.
    const left = newStoreFile();
    mkdirSync(dirname(left));
    for (const end of ["", "-wal"]) copyFileSync(path + end, left + end);
    const store = await openStore(left);
    const { rows } = await querySnapshots(everything(store), SET, {}, { limit: 9, order: "asc" });
    expect(rows.map(({ timestampMs }) => timestampMs)).toEqual([1000, 2000]);
    for (const one of [store, reader, writer]) await one.close();
  },
);

test("a second scan of a set is told who holds it; a killed holder's lock is free", async () => {
  const dataDir = dirname(newStoreFile());
  const holder = Bun.spawn(["bun", `${import.meta.dir}/child-locker.ts`, dataDir]);
  for await (const _ of holder.stdout) break;
  const refusal = await lockSet(dataDir, SET).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: "locked",
    details: { pid: holder.pid, started_at: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
  const other = await lockSet(dataDir, { ...SET, setName: "other" });
  other.release();
  holder.kill("SIGKILL");
  await holder.exited;
  const lock = await lockSet(dataDir, SET);
  expect(lockSet(dataDir, SET)).rejects.toMatchObject({ code: "locked" });
  lock.release();
  (await lockSet(dataDir, SET)).release();
});

test("an error inside a transaction undoes all of it, and an async one does not compile", async () => {
  const scope = await newScope();
  const failing = atomic(scope, (database) => {
    database.run("INSERT INTO machines (machine_id, created_at) VALUES ('m', 'now')");
    throw new Error("no");
  });
  expect(failing).rejects.toThrow("no");
  expect(scope.store.database.query("SELECT * FROM machines").all()).toEqual([]);
  // @ts-expect-error a promise is no result: the transaction would commit at the first await
  const unwritten = (): unknown => atomic(scope, async () => await Promise.resolve(1));
  expect(unwritten).toBeFunction();
});
