// Migrations: each is whole or not at all, none loses rows, and every version that ever was stays readable.
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { entryLine } from "#core/entry.ts";
import { entryPages } from "#db/entries.ts";
import { migrations } from "#db/store/migrations.ts";
import { querySnapshots } from "#db/query.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newStoreFile } from "./fixture.ts";
import { all, file, record, SET } from "./sample.ts";

const golden = (version: number): string => `${import.meta.dir}/golden/store-${version}.db`;
const lines = (version: number): string => `${import.meta.dir}/golden/store-${version}.ndjson`;

test("I15: every version of the store has a golden one", () => {
  const missing = migrations.map((_, index) => index + 1).filter((v) => !existsSync(golden(v)));
  expect(missing).toEqual([]); // script: bun test/db/golden/make.ts
});

for (const version of migrations.keys()) {
  test(`I15: the golden store of version ${version + 1} lists what it always listed`, async () => {
    const path = newStoreFile();
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(golden(version + 1), path);
    const store = await openStore(path);
    const scope = everything(store);
    const { rows } = await querySnapshots(scope, SET, {}, { limit: 100, order: "asc" });
    const texts: string[] = [];
    for (const row of rows) {
      texts.push(row.headerText);
      for (const entry of await all(entryPages(scope, row.snapshotId)))
        texts.push(entryLine(entry));
    }
    await store.close();
    expect(texts.join("\n")).toBe(readFileSync(lines(version + 1), "utf8"));
  });
}

const next = (sql: string) => [...migrations, { name: "next", sql }];

async function oldStore(): Promise<string> {
  const path = newStoreFile();
  const store = await openStore(path);
  await record(everything(store), 1000, [file("/a"), file("/b")]);
  await store.close();
  return path;
}

test("a migration that fails half-way leaves the store at its version; a mended one goes on from there", async () => {
  const path = await oldStore();
  const bad = next("CREATE TABLE extra (x); CREATE TABLE extra (x)");
  expect(openStore(path, { migrations: bad })).rejects.toMatchObject({ code: "internal" });
  const store = await openStore(path, { migrations: next("CREATE TABLE extra (x)") });
  expect(store.database.query("PRAGMA user_version").get()).toEqual({
    user_version: migrations.length + 1,
  });
  await store.close();
  expect(openStore(path)).rejects.toMatchObject({ code: "store_newer" });
});

test("a migration that would lose rows is refused, unless it says so", async () => {
  const path = await oldStore();
  const sql = "DELETE FROM versions WHERE name = x'62'";
  expect(openStore(path, { migrations: next(sql) })).rejects.toMatchObject({
    message: expect.stringContaining("versions from 2 to 1"),
  });
  const meant = [...migrations, { name: "next", sql, changesRowsOf: ["versions"] }];
  await (await openStore(path, { migrations: meant })).close();
});

test("a migration that takes longer than others are waited for opens the store all the same", async () => {
  const path = await oldStore();
  const slow = next(
    `CREATE TABLE extra AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n`,
  );
  await (await openStore(path, { migrations: slow, waitMs: 1 })).close();
});

test("a store that another process uses is not migrated under it", async () => {
  const path = await oldStore();
  const user = await openStore(path);
  const migrating = openStore(path, { migrations: next("CREATE TABLE extra (x)"), waitMs: 100 });
  expect(await migrating.catch((error: unknown) => error)).toMatchObject({ code: "locked" });
  await user.close();
});
