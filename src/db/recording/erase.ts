// Deleting a snapshot: its predecessor's versions last until the successor, equal neighbours become one, and nothing but
// a tombstone is left. What other snapshots list does not change.
import type { Database } from "bun:sqlite";
import { and, asc, eq, sql } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { appendAudit } from "#db/access/audit.ts";
import { atomic } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId, isSetSeen, seen } from "#db/owned.ts";
import { charged } from "#db/access/quota.ts";
import { snapshots, tags, tombstones, verdicts } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import type { By } from "#db/access/users.ts";
import { BEGINNING_MS, neighboursOf } from "./timeline.ts";
import { OPEN_MS } from "#db/version.ts";
import { boundWal } from "#db/store/write-ahead-log.ts";

export interface Tombstone {
  snapshotId: string;
  timestampMs: number;
  deletedAtMs: number;
  why: string;
  /** The parent its header named. */
  parentId: string | null;
}

/** Deletes a snapshot; one that is deleted already keeps its first tombstone. Throws `not_found`. */
export async function deleteSnapshot(
  scope: Scope,
  snapshotId: string,
  { nowMs, why, by }: { nowMs: number; why: string; by?: Omit<By, "atMs"> },
): Promise<Tombstone> {
  const tombstone = await atomic(scope, (database) => {
    const { orm } = scope.store;
    const isIt = eq(snapshots.snapshotId, snapshotId);
    const snapshot = orm
      .select({
        seq: snapshots.seq,
        setId: snapshots.setId,
        timestampMs: snapshots.timestampMs,
        parentId: sql<string | null>`header ->> '$.parent_id'`,
      })
      .from(snapshots)
      .where(and(isIt, seen(scope, "machine_id")))
      .get();
    if (snapshot !== undefined) {
      const { seq, ...was } = snapshot;
      charged(database, was.setId, () => closeGap(database, was.setId, was.timestampMs));
      orm.delete(tags).where(eq(tags.seq, seq)).run();
      handDoubtOn(scope, was.setId, { seq, snapshotId });
      orm.delete(verdicts).where(eq(verdicts.seq, seq)).run();
      orm.delete(snapshots).where(isIt).run();
      orm
        .insert(tombstones)
        .values({ ...was, snapshotId, deletedAtMs: nowMs, why })
        .run();
      if (by !== undefined) {
        const event = { ...by, what: "snapshot.delete", target: `${snapshotId}: ${why}` };
        appendAudit(database, { ...event, result: "ok", atMs: nowMs });
      }
    }
    const row = orm
      .select(TOMBSTONE_COLUMNS)
      .from(tombstones)
      .where(eq(tombstones.snapshotId, snapshotId))
      .get();
    if (row === undefined || !isSetSeen(scope, row.setId)) {
      throw new BsvError("not_found", `Snapshot ${snapshotId} is not in this store`, {
        details: { snapshot_id: snapshotId },
      });
    }
    const { setId: _, ...left } = row;
    return left;
  });
  boundWal(scope.store);
  return tombstone;
}

/** What is left of a deleted snapshot; undefined where none was. */
export async function findTombstone(
  scope: Scope,
  set: SetName,
  snapshotId: string,
): Promise<Tombstone | undefined> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  return scope.store.orm
    .select(TOMBSTONE_COLUMNS)
    .from(tombstones)
    .where(and(eq(tombstones.snapshotId, snapshotId), eq(tombstones.setId, setId)))
    .get();
}

// --- internal ---

/** The first that bears the mark of a suspicious one takes its place: what that one did is there as before, and may yet be undone. */
function handDoubtOn(
  { store: { orm } }: Scope,
  setId: number,
  { seq, snapshotId }: { seq: number; snapshotId: string },
): void {
  const doubt = orm.select().from(verdicts).where(eq(verdicts.seq, seq)).get();
  if (doubt?.verdict !== "suspicious") return;
  const heir = orm
    .select({ seq: snapshots.seq, snapshotId: snapshots.snapshotId, reasons: verdicts.reasons })
    .from(snapshots)
    .innerJoin(verdicts, eq(verdicts.seq, snapshots.seq))
    .where(and(eq(snapshots.setId, setId), eq(verdicts.follows, snapshotId)))
    .orderBy(asc(snapshots.timestampMs))
    .limit(1)
    .get();
  if (heir === undefined) return;
  const { reasons, measures, follows } = doubt;
  const isOwn = heir.reasons !== "[]";
  orm
    .update(verdicts)
    .set({ follows, ...(isOwn ? {} : { reasons, measures }) })
    .where(eq(verdicts.seq, heir.seq))
    .run();
  orm
    .update(verdicts)
    .set({ follows: heir.snapshotId })
    .where(eq(verdicts.follows, snapshotId))
    .run();
}

/** Takes the moment `atMs` out of the set's versions. Those of the oldest need not begin later: see timeline.ts. */
function closeGap(database: Database, setId: number, atMs: number): void {
  const { previousMs, nextMs } = neighboursOf(database, setId, atMs);
  mergeAcross(database, setId, atMs, nextMs);
  const { folders, versions } = nextMs === OPEN_MS ? ONLY_HERE_AT_LAST : ONLY_HERE;
  const place = [setId, previousMs ?? BEGINNING_MS, nextMs] as const;
  const emptied = database.query<{ folder_id: number }, number[]>(folders).all(...place);
  database.query(versions).run(...place);
  if (previousMs !== null) {
    if (nextMs !== OPEN_MS) database.query(START_LATER).run(setId, atMs, nextMs);
    database.query(END_LATER).run(setId, atMs, nextMs);
  }
  const deleteFolder = database.query(DELETE_EMPTY_FOLDER);
  for (const { folder_id } of emptied) deleteFolder.run(folder_id);
}

/** What ended here and came back unchanged in the next snapshot never ended. The later row stays, for its stamp. */
function mergeAcross(database: Database, setId: number, atMs: number, nextMs: number): void {
  const twins = database.query<Twin, [number, number, number, number]>(TWINS);
  const remove = database.query("DELETE FROM versions WHERE version_id = ?");
  const extend = database.query("UPDATE versions SET from_ms = ? WHERE version_id = ?");
  for (let last = 0; ;) {
    const page = twins.all(setId, atMs, nextMs, last);
    for (const { early_id, late_id, from_ms } of page) {
      remove.run(early_id);
      extend.run(from_ms, late_id);
    }
    if (page.length < TWIN_PAGE) return;
    last = page.at(-1)!.early_id;
  }
}

interface Twin {
  early_id: number;
  late_id: number;
  from_ms: number;
}

const TWIN_PAGE = 10_000;

const TWINS = `
  SELECT a.version_id AS early_id, b.version_id AS late_id, a.from_ms
  FROM versions a INDEXED BY versions_by_end
  CROSS JOIN versions b INDEXED BY versions_by_name
    ON b.folder_id = a.folder_id AND b.name = a.name AND b.from_ms = ?3
  WHERE a.set_id = ?1 AND a.to_ms = ?2 AND a.to_ms < ${OPEN_MS} AND a.version_id > ?4
    AND b.type = a.type AND b.size IS a.size AND b.mtime_us IS a.mtime_us AND b.inode IS a.inode
    AND b.checksum IS a.checksum AND b.target IS a.target AND b.error IS a.error
  ORDER BY a.version_id LIMIT ${TWIN_PAGE}`;

const onlyHere = (index: string, isThere: string) => {
  const where = `INDEXED BY ${index} WHERE set_id = ?1 AND from_ms > ?2 AND to_ms = ?3 AND ${isThere}`;
  return {
    folders: `SELECT DISTINCT folder_id FROM versions ${where}`,
    versions: `DELETE FROM versions ${where}`,
  };
};
// What ends at the next moment is little, even where all began at the oldest; what is open is in no index over ends.
const ONLY_HERE = onlyHere("versions_by_end", `to_ms < ${OPEN_MS}`);
const ONLY_HERE_AT_LAST = onlyHere("versions_by_start", "true");
const START_LATER =
  "UPDATE versions INDEXED BY versions_by_start SET from_ms = ?3 WHERE set_id = ?1 AND from_ms = ?2";
const END_LATER = `UPDATE versions INDEXED BY versions_by_end SET to_ms = ?3
  WHERE set_id = ?1 AND to_ms = ?2 AND to_ms < ${OPEN_MS}`;
const DELETE_EMPTY_FOLDER = `
  DELETE FROM folders WHERE folder_id = ?1
  AND NOT EXISTS (SELECT 1 FROM versions v INDEXED BY versions_by_name WHERE v.folder_id = ?1)`;

const TOMBSTONE_COLUMNS = {
  setId: tombstones.setId,
  snapshotId: tombstones.snapshotId,
  timestampMs: tombstones.timestampMs,
  deletedAtMs: tombstones.deletedAtMs,
  why: tombstones.why,
  parentId: tombstones.parentId,
};
