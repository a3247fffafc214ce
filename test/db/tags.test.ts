// Tags stand beside a snapshot's document: they change neither its id nor its list, and go when it goes.
import { expect, test } from "bun:test";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { querySnapshots } from "#db/query.ts";
import { changeTags } from "#db/tags.ts";
import { newScope } from "./fixture.ts";
import { file, record, SET } from "./sample.ts";

const T = 1_732_000_000_000;

test("a tag is put on once, taken off once, and told with the snapshot, header and id unchanged", async () => {
  const scope = await newScope();
  const { row } = await record(scope, T, [file("/a")]);
  await record(scope, T + 1, [file("/b")]);
  const tag = (add: string[], remove: string[] = []) =>
    changeTags(scope, row.snapshotId, { add, remove });
  expect(await tag(["b", "a"])).toEqual({ ...row, tags: ["a", "b"] });
  expect((await tag(["b", "c"], ["a", "never"])).tags).toEqual(["b", "c"]);
  const { rows } = await querySnapshots(scope, SET, {}, { limit: 9, order: "asc" });
  expect(rows.map(({ tags }) => tags)).toEqual([["b", "c"], []]);
});

test("a snapshot that is not there has no tags to change, and one has no more than 32", async () => {
  const scope = await newScope();
  const { row } = await record(scope, T, [file("/a")]);
  const many = Array.from({ length: 33 }, (_, nr) => `t${nr}`);
  const missing = changeTags(scope, "0".repeat(64), { add: ["a"], remove: [] });
  expect(missing).rejects.toMatchObject({ code: "not_found" });
  const change = changeTags(scope, row.snapshotId, { add: many, remove: [] });
  expect(change).rejects.toMatchObject({ code: "conflict" });
  await missing.catch(() => undefined);
  await change.catch(() => undefined);
  expect((await findSnapshot(scope, row.snapshotId))!.tags).toEqual([]);
});

test("a deleted snapshot takes its tags along, and its tombstone keeps the parent: the chain can be followed", async () => {
  const scope = await newScope();
  const { row } = await record(scope, T, [file("/a")]);
  await changeTags(scope, row.snapshotId, { add: ["gone"], remove: [] });
  const parentId = "ab".repeat(32);
  const header = JSON.stringify({ ...JSON.parse(row.headerText), parent_id: parentId });
  scope.store.database.run("UPDATE snapshots SET header = ?", [header]);
  expect(await deleteSnapshot(scope, row.snapshotId, { nowMs: T, why: "test" })).toEqual({
    snapshotId: row.snapshotId,
    timestampMs: T,
    deletedAtMs: T,
    why: "test",
    parentId,
  });
  expect(scope.store.database.query("SELECT * FROM tags").all()).toEqual([]);
});
