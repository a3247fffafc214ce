// Snapshots: which there are, in which order, and how they are found. Timestamps order the history; `seq`, the order of
// recording, tells what came in last. A future-dated snapshot is kept, but is never `latest`.
import type { SnapshotHeader } from "#core/document.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import { and, asc, desc, eq, gt, lte, or, sql, type SQL } from "drizzle-orm";
import type { SetName } from "./backupsets.ts";
import { findSetId, seen } from "./owned.ts";
import { paged, placeOf, type Page, type Paged } from "./page.ts";
import { snapshots, tombstones } from "./schema.ts";
import type { Scope } from "./scope.ts";
import type { Store } from "./store/store.ts";

export interface SnapshotRow {
  snapshotId: string;
  machineId: string;
  setName: string;
  timestampMs: number;
  /** Verbatim compact JSON: what `snapshotId` is the hash of. */
  headerText: string;
  fileCount: number;
  totalSizeBytes: number;
  errorCount: number;
  treeHash: string;
  seq: number;
  receivedAtMs: number;
  clientId: string | null;
  parentId: string | null;
  agentId: string | null;
  isFutureDated: boolean;
  /** In the order of their letters. */
  tags: readonly string[];
  /** Null until it is judged. */
  verdict: Verdict["verdict"] | null;
}

/** A timestamp further ahead of the receiver's clock than this is a wrong clock, not a time zone. */
const FUTURE_MS = 24 * 3_600_000;

/** The newest snapshot by timestamp, or the one `back` before it; future-dated ones do not count. */
export async function latestSnapshot(
  scope: Scope,
  set: SetName,
  back = 0,
): Promise<SnapshotRow | undefined> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  return first(
    scope.store,
    and(eq(snapshots.setId, setId), lte(snapshots.timestampMs, sql`received_at_ms + ${FUTURE_MS}`)),
    desc(snapshots.timestampMs),
    back,
  );
}

/** The snapshot recorded last, whatever its timestamp: the parent of the next one, and what a scan carries from. */
export async function newestRecorded(scope: Scope, set: SetName): Promise<SnapshotRow | undefined> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return undefined;
  const ofSet = eq(snapshots.setId, setId);
  const newest = first(scope.store, ofSet, desc(snapshots.seq));
  if (newest === undefined) return undefined;
  // An old one that was fetched or imported is no news: what this installation has seen since stands.
  const isOwnSince = and(
    ofSet,
    gt(snapshots.timestampMs, newest.timestampMs),
    lte(snapshots.timestampMs, sql`received_at_ms + ${FUTURE_MS}`),
    sql`header ->> '$.agent_id' = (SELECT agent_id FROM installation)`,
  );
  return first(scope.store, isOwnSince, desc(snapshots.timestampMs)) ?? newest;
}

/** Whether it saw all of its roots, as its writer says; one that does not say is complete when nothing was unreadable. */
export function isComplete({ headerText, errorCount }: SnapshotRow): boolean {
  const { summary, roots = [] } = JSON.parse(headerText) as SnapshotHeader;
  return (summary.complete ?? errorCount === 0) && roots.every((root) => root.state === "ok");
}

export interface Head {
  snapshotId: string;
  timestampMs: number;
  /** Null while it exists; a tombstone's date otherwise. */
  deletedAtMs: number | null;
}

/** Every snapshot of the set that is or was, oldest first: what a push compares. */
export async function heads(scope: Scope, set: SetName, page: Page): Promise<Paged<Head>> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows: [], nextCursor: null };
  const after = placeOf(page, [0, ""]) as [number, string] | undefined;
  const living = scope.store.orm
    .select({ snapshotId: snapshots.snapshotId, timestampMs: snapshots.timestampMs })
    .from(snapshots)
    .where(and(eq(snapshots.setId, setId), after && isAfter(snapshots, after)))
    .orderBy(asc(snapshots.timestampMs))
    .limit(page.limit + 1)
    .all()
    .map((row): Head => ({ ...row, deletedAtMs: null }));
  const { snapshotId, timestampMs, deletedAtMs } = tombstones;
  const deleted: Head[] = scope.store.orm
    .select({ snapshotId, timestampMs, deletedAtMs })
    .from(tombstones)
    .where(and(eq(tombstones.setId, setId), after && isAfter(tombstones, after)))
    .orderBy(asc(timestampMs), asc(snapshotId))
    .limit(page.limit + 1)
    .all();
  const rows = [...living, ...deleted].sort(
    (a, b) => a.timestampMs - b.timestampMs || (a.snapshotId < b.snapshotId ? -1 : 1),
  );
  return paged(rows, page, (row) => [row.timestampMs, row.snapshotId]);
}

/** For this room: the first snapshot that fits and is seen, in an order. */
export function firstSnapshot(
  scope: Scope,
  where: SQL | undefined,
  order: SQL,
  skip = 0,
): SnapshotRow | undefined {
  return first(scope.store, and(where, seen(scope, "machine_id")), order, skip);
}

/** For this room: what `snapshotOf` needs. */
export const SNAPSHOT_COLUMNS = {
  snapshotId: snapshots.snapshotId,
  machineId: snapshots.machineId,
  setName: snapshots.setName,
  timestampMs: snapshots.timestampMs,
  headerText: snapshots.header,
  seq: snapshots.seq,
  receivedAtMs: snapshots.receivedAtMs,
  clientId: snapshots.clientId,
  tagList: sql<string | null>`(SELECT group_concat(t.tag) FROM
    (SELECT tag FROM tags WHERE tags.seq = snapshots.seq ORDER BY tag) t)`,
  verdict: sql<
    SnapshotRow["verdict"]
  >`(SELECT verdict FROM verdicts WHERE verdicts.seq = snapshots.seq)`,
};

/** For this room: the row's columns and what its header says. */
export function snapshotOf(
  row: Pick<
    SnapshotRow,
    | "snapshotId"
    | "machineId"
    | "setName"
    | "timestampMs"
    | "headerText"
    | "seq"
    | "receivedAtMs"
    | "clientId"
    | "verdict"
  > & { tagList: string | null },
): SnapshotRow {
  const { tagList, ...columns } = row;
  const header = JSON.parse(row.headerText) as SnapshotHeader;
  return {
    ...columns,
    fileCount: header.summary.file_count,
    totalSizeBytes: header.summary.total_size,
    errorCount: header.summary.error_count,
    treeHash: header.tree_hash ?? "",
    parentId: header.parent_id ?? null,
    agentId: header.agent_id ?? null,
    isFutureDated: row.timestampMs > row.receivedAtMs + FUTURE_MS,
    tags: tagList?.split(",") ?? [],
  };
}

// --- internal ---

/** Of a set that the scope sees, or with that among the conditions. */
function first(
  store: Store,
  where: SQL | undefined,
  order: SQL,
  skip = 0,
): SnapshotRow | undefined {
  const row = store.orm
    .select(SNAPSHOT_COLUMNS)
    .from(snapshots)
    .where(where)
    .orderBy(order)
    .limit(1)
    .offset(skip)
    .get();
  return row && snapshotOf(row);
}

function isAfter(
  table: typeof snapshots | typeof tombstones,
  [ms, id]: [number, string],
): SQL | undefined {
  return or(gt(table.timestampMs, ms), and(eq(table.timestampMs, ms), gt(table.snapshotId, id)));
}
