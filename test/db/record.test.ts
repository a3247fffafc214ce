// Recording: what comes back is what was given, whatever the order of recording and the form of the content.
import { expect, test } from "bun:test";
import { put } from "#core/delta.ts";
import { deltaPages } from "#db/comparison/delta.ts";
import { entryPages } from "#db/entries.ts";
import { latestSnapshot, newestRecorded } from "#db/snapshots.ts";
import { newScope } from "./fixture.ts";
import { all, file, record, SET } from "./sample.ts";

const T = 1_732_000_000_000;

test("I2: a recorded list comes back entry by entry, in the one order", async () => {
  const scope = await newScope();
  const entries = [
    file("/a/x", 1),
    file("/a/y", 2, { type: "symlink", target: "\udcff/é", checksum: null }),
    file("/a/b/", 3, { path: "/a/b", type: "dir", checksum: null, error: "EACCES: no" }),
    file("/a/c/é", 4, { inode: "18446744073709551615" }),
    file("/a/c/\udcff", 5, { checksum: "abcde" }),
  ];
  const { kind, row } = await record(scope, T, entries);
  expect(kind).toBe("stored");
  expect(await all(entryPages(scope, row.snapshotId, { pageSize: 2 }))).toEqual(entries);
  expect(row).toMatchObject({ fileCount: 5, errorCount: 1, seq: 1, timestampMs: T });
});

test("I3: the same snapshot again is the same row; another at its time is a conflict", async () => {
  const scope = await newScope();
  const first = await record(scope, T, [file("/a", 1)]);
  const again = await record(scope, T, [file("/a", 1)]);
  expect(again).toEqual({ kind: "exists", row: first.row });
  expect(record(scope, T, [file("/a", 2)])).rejects.toMatchObject({ code: "conflict" });
});

test("a delta against any base gives the list it stands for, also when recorded late", async () => {
  const scope = await newScope();
  const first = await record(scope, T, [file("/a", 1), file("/b", 1)]);
  await record(scope, T + 20, [file("/a", 2), file("/c", 1)]);
  const changes = [put(file("/a", 3)), { key: { folder: "/", name: "b" }, entry: null }];
  const baseId = first.row.snapshotId;
  const late = await record(scope, T + 10, { baseId, changes });
  expect(await all(entryPages(scope, late.row.snapshotId))).toEqual([file("/a", 3)]);
  const newest = await record(scope, T + 30, { baseId, changes });
  expect(await all(entryPages(scope, newest.row.snapshotId))).toEqual([file("/a", 3)]);
  expect(await all(deltaPages(scope, newest.row.snapshotId, baseId))).toEqual([
    put(file("/a", 1)),
    put(file("/b", 1)),
  ]);
  expect((await latestSnapshot(scope, SET))?.timestampMs).toBe(T + 30);
  expect((await newestRecorded(scope, SET))?.seq).toBe(4);
});

test("a path that stands twice, or as a file and as a folder, makes the document invalid", async () => {
  const scope = await newScope();
  const folder = file("/a", 3, { type: "dir", checksum: null, error: "EACCES: no" });
  for (const entries of [
    [file("/a", 1), file("/a", 1)],
    [file("/b", 1), file("/a", 1)],
    [file("/a", 1), folder],
  ]) {
    expect(record(scope, T, entries)).rejects.toMatchObject({ code: "invalid_document" });
  }
  expect(await newestRecorded(scope, SET)).toBeUndefined();
});
