// Finding snapshots: the newest, the one that is meant, those that fit a filter; and sets, pages and heads.
import { expect, test } from "bun:test";
import { parseReference } from "#core/reference.ts";
import { listBackupsets, listMachines, reserveBackupset } from "#db/backupsets.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { findSnapshot, resolveReference } from "#db/find-snapshot.ts";
import { installation } from "#db/installation.ts";
import { querySnapshots, type SnapshotFilter } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import { heads, latestSnapshot, newestRecorded } from "#db/snapshots.ts";
import { newScope } from "./fixture.ts";
import { file, record, SET } from "./sample.ts";

const DAY = 86_400_000;
const T = Date.UTC(2026, 10, 1);

/** Days 0 to 4: /a changes each day, /b is there on days 1 and 2, the list of day 3 has an error. */
async function week(scope: Scope): Promise<string[]> {
  const ids: string[] = [];
  for (let day = 0; day < 5; day++) {
    const entries = [file("/a", 10 + day)];
    if (day === 1 || day === 2) entries.push(file("/b", 99));
    if (day === 3) entries.push(file("/c", 1, { checksum: null, error: "EIO: no" }));
    ids.push((await record(scope, T + day * DAY, entries)).row.snapshotId);
  }
  return ids;
}

test("I14: latest goes by timestamp, newest recorded by arrival; a future-dated one is never latest", async () => {
  const scope = await newScope();
  await record(scope, T + 2 * DAY, [file("/a", 2)]);
  await record(scope, T, [file("/a", 1)]);
  const future = await record(scope, T + 9 * DAY, [file("/a", 9)], { receivedAtMs: T + 3 * DAY });
  expect(future.row.isFutureDated).toBe(true);
  expect((await latestSnapshot(scope, SET))?.timestampMs).toBe(T + 2 * DAY);
  expect((await latestSnapshot(scope, SET, 1))?.timestampMs).toBe(T);
  expect(await latestSnapshot(scope, SET, 2)).toBeUndefined();
  expect((await newestRecorded(scope, SET))?.timestampMs).toBe(T + 9 * DAY);
});

test("a query's filters each say which snapshots fit, and all of them together", async () => {
  const scope = await newScope();
  const ids = await week(scope);
  const days = async (filter: SnapshotFilter, order: "asc" | "desc" = "asc"): Promise<number[]> => {
    const { rows } = await querySnapshots(scope, SET, filter, { limit: 10, order });
    return rows.map((row) => (row.timestampMs - T) / DAY);
  };
  const ofB = file("", 99).checksum!;
  expect(await days({})).toEqual([0, 1, 2, 3, 4]);
  expect(await days({}, "desc")).toEqual([4, 3, 2, 1, 0]);
  expect(await days({ fromMs: T + DAY, toMs: T + 3 * DAY })).toEqual([1, 2, 3]);
  expect(await days({ path: "/b" })).toEqual([1, 2]);
  expect(await days({ checksum: ofB })).toEqual([1, 2]);
  expect(await days({ checksum: ofB, path: "/a" })).toEqual([]);
  expect(await days({ pathGlob: "/[bc]" })).toEqual([]);
  expect(await days({ pathGlob: "/?" }, "desc")).toEqual([4, 3, 2, 1, 0]);
  expect(await days({ pathGlob: "**b" })).toEqual([1, 2]);
  expect(await days({ pathGlob: "/c" })).toEqual([3]);
  expect(await days({ hasErrors: true })).toEqual([3]);
  expect(await days({ hasErrors: false, fromMs: T + 2 * DAY })).toEqual([2, 4]);
  expect(await days({ idPrefix: ids[2]!.slice(0, 12) })).toEqual([2]);
  expect(await days({ checksum: "00".repeat(32) })).toEqual([]);
});

test("pages of a list hold every row once, in both orders", async () => {
  const scope = await newScope();
  await week(scope);
  for (const order of ["asc", "desc"] as const) {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await querySnapshots(scope, SET, {}, { limit: 2, cursor, order });
      expect(page.rows.length).toBeLessThanOrEqual(2);
      seen.push(...page.rows.map((row) => (row.timestampMs - T) / DAY));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(order === "asc" ? [0, 1, 2, 3, 4] : [4, 3, 2, 1, 0]);
  }
  const page = { limit: 2, cursor: "bm9uc2Vuc2U", order: "asc" as const };
  expect(querySnapshots(scope, SET, {}, page)).rejects.toMatchObject({ code: "invalid_request" });
});

test("a reference finds by id, prefix, latest~n and date, and says when it is not clear", async () => {
  const scope = await newScope();
  const ids = await week(scope);
  const id = async (text: string): Promise<string> =>
    (await resolveReference(scope, parseReference(text))).snapshotId;
  expect(await id(ids[2]!)).toBe(ids[2]!);
  expect(await id(ids[2]!.slice(0, 16))).toBe(ids[2]!);
  expect(await id("latest")).toBe(ids[4]!);
  expect(await id("project-data@latest~3")).toBe(ids[1]!);
  expect(await id("2026-11-03")).toBe(ids[2]!);
  expect(id("2026-10-01")).rejects.toMatchObject({ code: "not_found" });
  expect(id("ffffffff0000")).rejects.toMatchObject({ code: "not_found" });
  await record(scope, T, [file("/x")], { set: { machineId: "other", setName: "project-data" } });
  expect(id("latest")).rejects.toMatchObject({ code: "ambiguous" });
  expect(id("project-data@latest")).rejects.toMatchObject({ code: "ambiguous" });
  expect(await id("devbox-001/project-data@latest")).toBe(ids[4]!);
  await installation(scope, { defaultMachineId: "devbox-001" });
  expect(await id("project-data@latest")).toBe(ids[4]!);
});

test("I3: a foreign writer's own id finds its snapshot, and is refused for another; old stores may have it twice", async () => {
  const scope = await newScope();
  const { row } = await record(scope, T, [file("/a", 1)], { clientId: "run-7" });
  expect(await findSnapshot(scope, "run-7", SET)).toEqual(row);
  expect(await findSnapshot(scope, row.snapshotId)).toEqual(row);
  expect(await findSnapshot(scope, "run-7", { ...SET, setName: "other" })).toBeUndefined();
  const second = record(scope, T + DAY, [file("/a", 2)], { clientId: "run-7" });
  expect(await second.catch((error: unknown) => error)).toMatchObject({ code: "conflict" });
  await record(scope, T + DAY, [file("/a", 2)]);
  scope.store.database.run("UPDATE snapshots SET client_id = 'run-7'");
  expect(findSnapshot(scope, "run-7", SET)).rejects.toMatchObject({ code: "ambiguous" });
});

test("a deleted snapshot stays known as a tombstone among the heads, and can't come back", async () => {
  const scope = await newScope();
  const ids = await week(scope);
  const first = await deleteSnapshot(scope, ids[1]!, { nowMs: 5, why: "asked" });
  expect(await deleteSnapshot(scope, ids[1]!, { nowMs: 6, why: "again" })).toEqual(first);
  expect(deleteSnapshot(scope, "ff", { nowMs: 5, why: "" })).rejects.toMatchObject({
    code: "not_found",
  });
  const seen: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await heads(scope, SET, { limit: 2, cursor });
    seen.push(...page.rows.map((row) => [row.snapshotId, row.deletedAtMs]));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(ids.map((id, day) => [id, day === 1 ? 5 : null]));
  const again = record(scope, T + DAY, [file("/a", 11), file("/b", 99)]);
  expect(again).rejects.toMatchObject({ code: "gone" });
});

test("I8: whoever may only add takes no machine over from another installation", async () => {
  const scope = await newScope();
  const pusher = { ...scope, isAppendOnly: true };
  const reserve = (as: typeof scope, agentId: string) =>
    reserveBackupset(as, { ...SET, agentId, adopt: true, nowMs: T }).then(
      ({ isNew }) => isNew,
      ({ code }) => code as string,
    );
  expect(await reserve(pusher, "one")).toBe(true);
  expect(await reserve(pusher, "one")).toBe(false);
  expect(await reserve(pusher, "thief")).toBe("forbidden");
  expect(await reserve(scope, "two")).toBe(false);
  expect(await reserve(pusher, "one")).toBe("forbidden");
});

test("a machine's name belongs to the first installation that writes as it, until another adopts it", async () => {
  const scope = await newScope();
  const reserve = (agentId: string | undefined, adopt?: boolean) =>
    reserveBackupset(scope, { ...SET, agentId, adopt, description: "mine", nowMs: T });
  expect(await reserve("one")).toEqual({
    backupset: { ...SET, createdAtMs: T, description: "mine" },
    isNew: true,
  });
  expect((await reserve("one")).isNew).toBe(false);
  expect((await reserve(undefined)).isNew).toBe(false);
  expect(reserve("two")).rejects.toMatchObject({ code: "agent_conflict" });
  await reserve("two", true);
  expect(reserve("one")).rejects.toMatchObject({ code: "agent_conflict" });
  expect((await listMachines(scope, { limit: 10 })).rows).toEqual([
    { machineId: SET.machineId, agentId: "two", createdAtMs: T },
  ]);
  expect((await listBackupsets(scope, SET.machineId, { limit: 10 })).rows).toHaveLength(1);
});

test("an installation keeps its agent id and its first machine id", async () => {
  const scope = await newScope();
  const first = await installation(scope, { defaultMachineId: "laptop" });
  expect(await installation(scope, { defaultMachineId: "renamed" })).toEqual(first);
  expect(first.machineId).toBe("laptop");
});

test("people with sqlite3 find the owner's columns and the files of a snapshot", async () => {
  const scope = await newScope();
  const folder = file("/d", 1, { type: "dir", checksum: null, error: "EACCES: no" });
  await record(scope, T, [file("/a", 1), folder]);
  const { database } = scope.store;
  expect(
    database.query("SELECT timestamp, machine_id, backupset_name, summary FROM snapshots").get(),
  ).toEqual({
    timestamp: "2026-11-01T00:00:00.000Z",
    machine_id: "devbox-001",
    backupset_name: "project-data",
    summary: `{"file_count":2,"total_size":1,"error_count":1}`,
  });
  expect(
    database.query("SELECT path, type, mtime, checksum, error FROM snapshot_files").all(),
  ).toEqual([
    {
      path: "/a",
      type: "file",
      mtime: 1729493434.330001,
      checksum: file("", 1).checksum,
      error: null,
    },
    { path: "/d", type: "dir", mtime: 1729493434.330001, checksum: null, error: "EACCES: no" },
  ]);
});
