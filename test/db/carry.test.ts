// The scan cache: what this disk said of a file stays with the version it was read for, and with no other.
import { expect, test } from "bun:test";
import { put } from "#core/delta.ts";
import { keyOfPath } from "#core/order.ts";
import { carryPages, saveStamps } from "#db/carry.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import type { Scope } from "#db/scope.ts";
import { newScope } from "./fixture.ts";
import { all, file, record } from "./sample.ts";

const stamp = (readAtMs: number) => ({ ctimeUs: 7_000_000, device: 65_026, readAtMs });

async function stampsOf(scope: Scope, snapshotId: string): Promise<Record<string, number | null>> {
  const carried = await all(carryPages(scope, snapshotId));
  return Object.fromEntries(carried.map((row) => [row.entry.path, row.stamp?.readAtMs ?? null]));
}

test("a stamp is given with the change, carried on while the entry stays the same, and gone when it differs", async () => {
  const scope = await newScope();
  const changes = ["/a", "/b", "/c"].map((path) => ({ ...put(file(path)), stamp: stamp(1) }));
  const first = (await record(scope, 1000, { baseId: null, changes })).row;
  expect(await stampsOf(scope, first.snapshotId)).toEqual({ "/a": 1, "/b": 1, "/c": 1 });
  const again = [
    { ...put(file("/a")), stamp: stamp(2) }, // read again, unchanged
    put(file("/b", 2)), // changed, by someone who has no disk
  ];
  const baseId = first.snapshotId;
  const second = (await record(scope, 2000, { baseId, changes: again })).row;
  expect(await stampsOf(scope, second.snapshotId)).toEqual({ "/a": 2, "/b": null, "/c": 1 });
});

test("a stamp that is saved later belongs to the entry of the snapshot it names", async () => {
  const scope = await newScope();
  const first = (await record(scope, 1000, [file("/a", 1), file("/b", 1)])).row;
  const second = (await record(scope, 2000, [file("/a", 2), file("/b", 1)])).row;
  const stamps = ["/a", "/b", "/nowhere"].map((path) => ({
    key: keyOfPath(path, false),
    stamp: stamp(5),
  }));
  await saveStamps(scope, first.snapshotId, stamps);
  expect(await stampsOf(scope, second.snapshotId)).toEqual({ "/a": null, "/b": 5 });
  expect(saveStamps(scope, "ff", [])).rejects.toMatchObject({ code: "not_found" });
});

test("late snapshots and deletions leave the newest entries their stamps", async () => {
  const scope = await newScope();
  const changes = [{ ...put(file("/a")), stamp: stamp(1) }];
  await record(scope, 1000, { baseId: null, changes });
  const newest = (await record(scope, 3000, [file("/a")])).row;
  const late = (await record(scope, 2000, [file("/a", 9)])).row;
  expect(await stampsOf(scope, newest.snapshotId)).toEqual({ "/a": 1 });
  await deleteSnapshot(scope, late.snapshotId, { nowMs: 1, why: "test" });
  expect(await stampsOf(scope, newest.snapshotId)).toEqual({ "/a": 1 });
});
