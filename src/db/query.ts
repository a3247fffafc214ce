// Which snapshots of a set fit a filter, in either order. What is asked of their content is first turned into the
// intervals in which it was so; no snapshot's list is read.
import { and, asc, desc, eq, gt, gte, lt, lte, sql, type SQL } from "drizzle-orm";
import type { SetName } from "./backupsets.ts";
import { findSetId } from "./owned.ts";
import { whenFitting, type ContentFilter } from "./search/content-filter.ts";
import type { Interval } from "./intervals.ts";
import { limitBySize, paged, placeOf, type Page, type Paged } from "./page.ts";
import { snapshots } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { SNAPSHOT_COLUMNS, snapshotOf, type SnapshotRow } from "./snapshots.ts";
import { OPEN_MS } from "./version.ts";

export interface SnapshotFilter extends ContentFilter {
  /** From this time on. */
  fromMs?: number | undefined;
  /** Up to this time, inclusive. */
  toMs?: number | undefined;
  idPrefix?: string | undefined;
  hasErrors?: boolean | undefined;
}

/** Snapshots of the set that fit all of the filter, by timestamp. A page ends before its limit where headers are long. */
export async function querySnapshots(
  scope: Scope,
  set: SetName,
  filter: SnapshotFilter,
  page: Page & { order: "asc" | "desc" },
): Promise<Paged<SnapshotRow>> {
  const after = placeOf(page, [0])?.[0];
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows: [], nextCursor: null };
  const intervals = (await whenFitting(scope, setId, filter)) ?? [ALWAYS];
  if (page.order === "desc") intervals.reverse();
  const where = and(eq(snapshots.setId, setId), ...conditionsOf(filter), isPast(after, page.order));
  const rows: SnapshotRow[] = [];
  const sizes: number[] = [];
  let { limit } = page;
  for (const interval of intervals) {
    const missing = limit + 1 - rows.length;
    if (missing === 0) break;
    const isIt = and(where, isWithin(interval));
    sizes.push(...headerSizes(scope, isIt, page.order, missing));
    limit = limitBySize(sizes, page.limit);
    const count = Math.min(sizes.length, limit + 1) - rows.length;
    rows.push(...readInterval(scope, isIt, page.order, count));
  }
  return paged(rows, { ...page, limit }, (row) => [row.timestampMs]);
}

// --- internal ---

const ALWAYS: Interval = { fromMs: 0, toMs: OPEN_MS };

function readInterval(
  scope: Scope,
  where: SQL | undefined,
  order: "asc" | "desc",
  limit: number,
): SnapshotRow[] {
  return scope.store.orm
    .select(SNAPSHOT_COLUMNS)
    .from(snapshots)
    .where(where)
    .orderBy(inTime(order))
    .limit(limit)
    .all()
    .map(snapshotOf);
}

/** Of the same rows. SQLite knows how long a text is without reading it. */
function headerSizes(
  scope: Scope,
  where: SQL | undefined,
  order: "asc" | "desc",
  limit: number,
): number[] {
  return scope.store.orm
    .select({ bytes: sql<number>`octet_length(${snapshots.header})` })
    .from(snapshots)
    .where(where)
    .orderBy(inTime(order))
    .limit(limit)
    .all()
    .map(({ bytes }) => bytes);
}

const inTime = (order: "asc" | "desc"): SQL =>
  order === "asc" ? asc(snapshots.timestampMs) : desc(snapshots.timestampMs);

function conditionsOf({ fromMs, toMs, idPrefix, hasErrors }: SnapshotFilter): SQL[] {
  const conditions: SQL[] = [];
  if (fromMs !== undefined) conditions.push(gte(snapshots.timestampMs, fromMs));
  if (toMs !== undefined) conditions.push(lte(snapshots.timestampMs, toMs));
  if (hasErrors !== undefined) conditions.push(sql`(${snapshots.errorCount} > 0) = ${hasErrors}`);
  if (idPrefix !== undefined) {
    conditions.push(sql`substr(${snapshots.snapshotId}, 1, ${idPrefix.length}) = ${idPrefix}`);
  }
  return conditions;
}

function isPast(after: number | undefined, order: "asc" | "desc"): SQL | undefined {
  if (after === undefined) return undefined;
  return order === "asc" ? gt(snapshots.timestampMs, after) : lt(snapshots.timestampMs, after);
}

function isWithin({ fromMs, toMs }: Interval): SQL | undefined {
  return and(gte(snapshots.timestampMs, fromMs), lt(snapshots.timestampMs, toMs));
}
