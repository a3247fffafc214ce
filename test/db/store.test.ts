// Opening: what is no store of ours, or not whole, is refused and left as it was.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { entryPages } from "#db/entries.ts";
import { everything } from "#db/scope.ts";
import { newestRecorded } from "#db/snapshots.ts";
import { openStore } from "#db/store/store.ts";
import { newStoreFile } from "./fixture.ts";
import { all, file, record, SET } from "./sample.ts";

const mode = (path: string): number => statSync(path).mode & 0o777;

async function filledStore(entries: number): Promise<{ path: string; snapshotId: string }> {
  const path = newStoreFile();
  const store = await openStore(path);
  const names = Array.from({ length: entries }, (_, i) => `/f/${String(i).padStart(6, "0")}`);
  const { row } = await record(
    everything(store),
    1000,
    names.map((name, i) => file(name, i)),
  );
  await store.close();
  return { path, snapshotId: row.snapshotId };
}

test("a new store is its user's alone, and set as durable as promised", async () => {
  const path = newStoreFile();
  const store = await openStore(path);
  expect([mode(path), mode(`${path}-wal`), mode(dirname(path))]).toEqual([0o600, 0o600, 0o700]);
  const pragma = (name: string) => Object.values(store.database.query(`PRAGMA ${name}`).get()!)[0];
  expect(pragma("journal_mode")).toBe("wal");
  expect(pragma("synchronous")).toBe(2);
  expect(pragma("foreign_keys")).toBe(1);
  expect(pragma("busy_timeout")).toBeLessThanOrEqual(250);
  await store.close();
});

test("closing leaves one file: nothing stays behind in the log", async () => {
  const { path } = await filledStore(10);
  expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false]);
});

test("what is no store of ours is refused by its name and not touched", async () => {
  const foreign = (path: string, sql: string): void => {
    const database = new Database(path);
    database.run(sql);
    database.close(true);
  };
  const kinds: ((path: string) => void)[] = [
    (path) => writeFileSync(path, "Dear diary, this is no database. ".repeat(10)),
    (path) => writeFileSync(path, "short"),
    (path) => foreign(path, "PRAGMA application_id = 7; CREATE TABLE notes (text)"),
    (path) => foreign(path, "CREATE TABLE notes (text)"),
  ];
  for (const make of kinds) {
    const path = newStoreFile();
    mkdirSync(dirname(path), { recursive: true });
    make(path);
    const before = readFileSync(path);
    const refusal = await openStore(path).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "store_corrupt",
      message: expect.stringContaining(path),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  }
});

test("a store that can't be where it is said to be is a wrong setting, not a bug", async () => {
  const file = newStoreFile();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "");
  for (const path of [
    `${file}/bsv.db`,
    `${file}/deeper/bsv.db`,
    "/proc/bsv/bsv.db",
    dirname(file),
  ]) {
    const refusal = await openStore(path).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(path),
      hint: expect.stringContaining("--data-dir"),
    });
  }
});

test("I15: an older binary refuses a newer store and leaves it as it was", async () => {
  const { path } = await filledStore(1);
  const database = new Database(path);
  database.run("PRAGMA user_version = 999");
  database.close(true);
  const before = readFileSync(path);
  const refusal = await openStore(path).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "store_newer", details: { version: 999 } });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a store that was cut short is refused at once", async () => {
  const { path } = await filledStore(5000);
  truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
  expect(openStore(path)).rejects.toMatchObject({ code: "store_corrupt" });
});

test("damage deeper in the file is an error when it is read, never a shorter list", async () => {
  const { path, snapshotId } = await filledStore(20_000);
  const bytes = readFileSync(path);
  for (let page = 20; page < bytes.length / 4096 - 4; page += 7) {
    bytes.fill(0x5a, page * 4096, page * 4096 + 64);
  }
  writeFileSync(path, bytes);
  const reading = openStore(path).then(async (store) => {
    try {
      return await all(entryPages(everything(store), snapshotId));
    } finally {
      await store.close();
    }
  });
  expect(reading).rejects.toMatchObject({ code: "store_corrupt" });
});

test("several processes that open a new store at once make one", async () => {
  const path = newStoreFile();
  const openers = Array.from({ length: 4 }, () =>
    Bun.spawn(["bun", `${import.meta.dir}/child-opener.ts`, path], { stderr: "pipe" }),
  );
  const texts = await Promise.all(openers.map((opener) => new Response(opener.stderr).text()));
  expect(texts).toEqual(["", "", "", ""]);
  expect(await Promise.all(openers.map((opener) => opener.exited))).toEqual([0, 0, 0, 0]);
});

test("I1: a full disk fails the recording with disk_full, and the store is as it was", async () => {
  const { path } = await filledStore(10);
  const store = await openStore(path);
  const scope = everything(store);
  const { page_count } = store.database.query("PRAGMA page_count").get() as { page_count: number };
  store.database.run(`PRAGMA max_page_count = ${page_count + 5}`);
  const many = Array.from({ length: 20_000 }, (_, i) => file(`/${String(i).padStart(6, "0")}`));
  expect(record(scope, 2000, many)).rejects.toMatchObject({ code: "disk_full" });
  expect((await newestRecorded(scope, SET))?.timestampMs).toBe(1000);
  expect((await record(scope, 3000, [file("/a")])).kind).toBe("stored");
  await store.close();
});
