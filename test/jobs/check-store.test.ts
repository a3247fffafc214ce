// A store is proved by its own hashes: any flipped bit of what was recorded is found, also where SQLite calls all well.
import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { NOBODY } from "#core/run.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { checkStore, type StoreCheck } from "#jobs/store/check.ts";
import { file, listAt, record, SET } from "#test/db/sample.ts";
import { Random } from "#test/db/random.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-check-"));
afterAll(() => rmSync(folder, { recursive: true }));
const run = { signal: new AbortController().signal, monitor: NOBODY, now: Date.now };

async function check(path: string): Promise<StoreCheck> {
  const store = await openStore(path);
  try {
    return await checkStore(everything(store), { sets: [SET] }, run);
  } finally {
    await store.close();
  }
}

async function soundStore(name: string): Promise<string> {
  const path = join(folder, name, "bsv.db");
  const store = await openStore(path);
  for (let at = 1000; at < 1012; at++) await record(everything(store), at, listAt(at));
  const { row } = await record(everything(store), 2000, [file("/mark", 77)]);
  await deleteSnapshot(everything(store), row.snapshotId, { nowMs: 1, why: "test" });
  await record(everything(store), 3000, [file("/mark", 78), file("/mark2", 79)]);
  await store.close();
  return path;
}

test("a sound store is sound, and the check says how much it looked at", async () => {
  const found = await check(await soundStore("sound"));
  expect(found).toMatchObject({ damage: [], sqlite: [], snapshots: 13, uncheckedSnapshots: 0 });
  expect(found.entries).toBe(12 * 500 + 2);
  expect(found.versions).toBeGreaterThan(500);
});

test("a bit flipped in a checksum is found, though integrity_check says ok", async () => {
  const path = await soundStore("flipped");
  const bytes = readFileSync(path);
  const checksum = Buffer.from(file("/mark", 78).checksum!, "hex");
  const at = bytes.indexOf(checksum);
  expect(at).toBeGreaterThan(0);
  bytes[at + 20]! ^= 1; // behind what the index has of it
  writeFileSync(path, bytes);
  const database = new Database(path);
  expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  database.close();
  const found = await check(path);
  expect(found.sqlite).toEqual([]);
  expect(found.damage).toMatchObject([
    { ...SET, timestampMs: 3000, problem: "its entries do not hash to its tree_hash" },
  ]);
});

test("whatever is changed in a header, a version, an interval or a name is found", async () => {
  const path = await soundStore("changed");
  const changes = [
    "UPDATE snapshots SET header = replace(header, '\"error_count\":0', '\"error_count\":1') WHERE timestamp_ms = 1003",
    "UPDATE snapshots SET header = '{}' WHERE timestamp_ms = 1004",
    "UPDATE snapshots SET snapshot_id = replace(snapshot_id, 'a', 'b') WHERE timestamp_ms = 1004",
    "UPDATE snapshots SET timestamp_ms = 1500 WHERE timestamp_ms = 1004",
    "UPDATE versions SET size = size + 1 WHERE version_id = 10",
    "UPDATE versions SET mtime_us = mtime_us + 1 WHERE version_id = 11",
    "UPDATE versions SET inode = 0 WHERE version_id = 12",
    "UPDATE versions SET name = x'ff' WHERE version_id = 13",
    "UPDATE versions SET to_ms = to_ms + 1 WHERE version_id = (SELECT min(version_id) FROM versions WHERE to_ms < 1010)",
    "UPDATE folders SET path = x'2f7a2f' WHERE folder_id = 3",
    "DELETE FROM versions WHERE version_id = 14",
  ];
  for (const sql of changes) {
    const copy = join(folder, "copy.db");
    copyFileSync(path, copy);
    const database = new Database(copy);
    database.run(sql);
    expect(database.query("SELECT changes() AS n").get()).toEqual({ n: 1 });
    database.close();
    expect([sql, (await check(copy)).damage.length > 0]).toEqual([sql, true]);
  }
});

test("what no list would miss is found too: rows of no set or of another's, a verdict that is none", async () => {
  const path = await soundStore("misfits");
  const changes = {
    "UPDATE backupsets SET set_id = 0": "belongs to no backupset",
    "UPDATE snapshots SET set_id = 0 WHERE timestamp_ms = 1003":
      "of snapshots belongs to no backup",
    "UPDATE tombstones SET set_id = 0": "of tombstones belongs to no backupset",
    "UPDATE folders SET set_id = 0 WHERE folder_id = 3": "of folders belongs to no backupset",
    "UPDATE versions SET set_id = 0 WHERE version_id = 10": "row 10 of versions belongs to another",
    "INSERT INTO verdicts VALUES (1, 'qlausible', '[]', NULL, NULL, 1, 1, NULL, NULL)":
      "no verdict",
    "INSERT INTO verdicts VALUES (2, 'plausible', '[', NULL, NULL, 1, 1, NULL, NULL)": "no verdict",
  };
  for (const [sql, problem] of Object.entries(changes)) {
    const copy = join(folder, "misfit.db");
    copyFileSync(path, copy);
    const database = new Database(copy);
    database.run(sql);
    database.close();
    const { sqlite } = await check(copy);
    expect([sql, sqlite.some((text) => text.includes(problem))]).toEqual([sql, true]);
  }
});

test("a thousand random flips: each is found, refused at opening, or outside of what was recorded", async () => {
  const path = await soundStore("random");
  const whole = readFileSync(path);
  const random = new Random(Number(process.env["BSV_SEED"] ?? 4711));
  const flips = process.env["BSV_SOAK"] === "1" ? 1000 : 60;
  let found = 0;
  for (let flip = 0; flip < flips; flip++) {
    const copy = join(folder, "random.db");
    rmSync(`${copy}-wal`, { force: true });
    rmSync(`${copy}-shm`, { force: true });
    const bytes = Buffer.from(whole);
    const at = random.below(bytes.length);
    bytes[at]! ^= 1 << random.below(8);
    writeFileSync(copy, bytes);
    const result = await check(copy).catch((error: { code?: string }) => error.code ?? "thrown");
    const isFound = typeof result === "string" || result.damage.length + result.sqlite.length > 0;
    if (isFound) found++;
    else expect({ at, same: listsOf(copy) }).toEqual({ at, same: listsOf(path) });
  }
  expect(found).toBeGreaterThan(flips / 4);
}, 600_000);

test("a check that is told to stop stops", async () => {
  const store = await openStore(await soundStore("stopped"));
  const stopped = { ...run, signal: AbortSignal.abort(new Error("stop")) };
  const checking = checkStore(everything(store), { sets: [SET] }, stopped);
  expect(await checking.catch((error: Error) => error.message)).toBe("stop");
  await store.close();
});

// --- internal ---

/** All that the store says of its snapshots, in SQLite's words. */
function listsOf(path: string): string {
  const database = new Database(path);
  const rows = database
    .query(
      `SELECT s.snapshot_id, s.header, hex(f.path), hex(v.name), v.type, v.size, v.mtime_us, v.inode, hex(v.checksum), v.error
       FROM snapshots s JOIN folders f ON f.set_id = s.set_id JOIN versions v ON v.folder_id = f.folder_id
       AND v.from_ms <= s.timestamp_ms AND v.to_ms > s.timestamp_ms ORDER BY 1, 3, 4`,
    )
    .values();
  database.close();
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(rows)).digest("hex");
}
