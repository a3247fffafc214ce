// What a history costs on disk, for each file and day. Measured small, for it grows in proportion (docs/decisions/
// 0101-versions.md has the figures of a million files); BSV_SOAK=1 measures the million.
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { put } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import { atomic } from "#db/atomic.ts";
import { findSetId } from "#db/owned.ts";
import { OPEN_MS } from "#db/version.ts";
import { VersionWriter } from "#db/recording/version-writer.ts";
import { WAL_LIMIT_BYTES } from "#db/store/write-ahead-log.ts";
import type { Scope } from "#db/scope.ts";
import { newScope } from "./fixture.ts";
import { Random } from "./random.ts";
import { file, record, SET } from "./sample.ts";

const FILES = process.env["BSV_SOAK"] === "1" ? 1_000_000 : 20_000;
const T = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** Names and folders of usual length, eleven files to a folder. */
function fileAt(i: number, day: number): Entry {
  const folder = String(Math.floor(i / 11)).padStart(6, "0");
  const name = `file-${String(i % 11).padStart(2, "0")}-${((i * 7919) % 100_003).toString(36)}.ts`;
  return file(`/home/user/projects/some-project/src/module-${folder}/${name}`, i, {
    mtimeUs: (T + day * DAY - i) * 1000,
    inode: 10_000_000 + i * 3,
    checksum: new Bun.CryptoHasher("sha256").update(`${i} ${day}`).digest("hex"),
  });
}

const stampOf = (entry: Entry) => ({ ctimeUs: entry.mtimeUs!, device: 65_026, readAtMs: T });

/** A hundredth of the files, as they are on a day. */
function churn(random: Random, day: number): Entry[] {
  const chosen = new Set<number>();
  while (chosen.size < FILES / 100) chosen.add(random.below(FILES));
  return [...chosen].sort((a, b) => a - b).map((i) => fileAt(i, day));
}

function bytesOf(scope: Scope): number {
  scope.store.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return statSync(scope.store.file).size;
}

test("a first snapshot takes 270 bytes a file at most, a day of 1 % churn 2.5, a year 1200; the log stays bounded", async () => {
  const scope = await newScope();
  scope.store.database.run("PRAGMA synchronous = OFF"); // no power is cut here
  function* first() {
    for (let i = 0; i < FILES; i++) {
      const entry = fileAt(i, 0);
      yield { ...put(entry), stamp: stampOf(entry) };
    }
  }
  let baseId = (await record(scope, T, { baseId: null, changes: first() })).row.snapshotId;
  expect(statSync(`${scope.store.file}-wal`).size).toBeLessThanOrEqual(WAL_LIMIT_BYTES);
  const firstBytes = bytesOf(scope);
  expect(firstBytes / FILES).toBeLessThan(270);

  const random = new Random(1);
  for (let day = 1; day <= 5; day++) {
    const changes = churn(random, day).map((entry) => ({ ...put(entry), stamp: stampOf(entry) }));
    const before = bytesOf(scope);
    const content = { baseId, changes };
    baseId = (await record(scope, T + day * DAY, content)).row.snapshotId;
    expect((bytesOf(scope) - before) / FILES).toBeLessThan(2.5);
  }

  // The rest of the year without reading each list back.
  const setId = findSetId(scope, SET)!;
  for (let day = 6; day <= 365; day++) {
    await atomic(scope, (database) => {
      const [atMs, previousMs] = [T + day * DAY, T + (day - 1) * DAY];
      const writer = new VersionWriter(database, { setId, atMs, previousMs, nextMs: OPEN_MS });
      for (const entry of churn(random, day)) {
        writer.write(keyOfPath(entry.path, false), entry, stampOf(entry));
      }
    });
  }
  const yearBytes = bytesOf(scope);
  expect(yearBytes / FILES).toBeLessThan(1200);
  console.log(
    `${FILES} files: first ${mb(firstBytes)} MB, after a year of 1 % a day ${mb(yearBytes)} MB`,
  );
}, 3_600_000);

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
