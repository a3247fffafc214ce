// The chain of a set's snapshots as this store knows it: what each names as its parent, when it came, by whom it is signed; and what
// was deleted, which keeps its place.
import { and, asc, eq, gt, or, sql, type SQL } from "drizzle-orm";
import type { Link } from "#core/chain/link.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import { signatures, snapshots, tombstones } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";

/** A link, and the name its foreign writer gave the snapshot. */
export interface StoredLink extends Link {
  readonly clientId: string | null;
}

/** Every snapshot of the set that is or was, oldest first. */
export async function chainPage(
  scope: Scope,
  set: SetName,
  page: Page,
): Promise<Paged<StoredLink>> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows: [], nextCursor: null };
  const after = placeOf(page, [0, ""]) as [number, string] | undefined;
  const { orm } = scope.store;
  const living = orm
    .select({
      snapshotId: snapshots.snapshotId,
      timestampMs: snapshots.timestampMs,
      parentId: sql<string | null>`header ->> '$.parent_id'`,
      agentId: sql<string | null>`header ->> '$.agent_id'`,
      seq: snapshots.seq,
      receivedAtMs: snapshots.receivedAtMs,
      clientId: snapshots.clientId,
      ...SIGNED,
    })
    .from(snapshots)
    .leftJoin(signatures, eq(signatures.snapshotId, snapshots.snapshotId))
    .where(and(eq(snapshots.setId, setId), after && isAfter(snapshots, after)))
    .orderBy(asc(snapshots.timestampMs))
    .limit(page.limit + 1)
    .all()
    .map((row) => ({ ...linkOf(row), deleted: null }));
  const deleted = orm
    .select({
      snapshotId: tombstones.snapshotId,
      timestampMs: tombstones.timestampMs,
      parentId: tombstones.parentId,
      atMs: tombstones.deletedAtMs,
      why: tombstones.why,
      ...SIGNED,
    })
    .from(tombstones)
    .leftJoin(signatures, eq(signatures.snapshotId, tombstones.snapshotId))
    .where(and(eq(tombstones.setId, setId), after && isAfter(tombstones, after)))
    .orderBy(asc(tombstones.timestampMs), asc(tombstones.snapshotId))
    .limit(page.limit + 1)
    .all()
    .map(({ atMs, why, ...row }) => ({
      ...linkOf({ ...row, agentId: null, seq: null, receivedAtMs: null, clientId: null }),
      deleted: { atMs, why },
    }));
  const rows = [...living, ...deleted].sort(
    (a, b) => a.timestampMs - b.timestampMs || (a.snapshotId < b.snapshotId ? -1 : 1),
  );
  return paged(rows, page, (row) => [row.timestampMs, row.snapshotId]);
}

// --- internal ---

const SIGNED = { publicKey: signatures.publicKey, signature: signatures.signature };

function linkOf({
  publicKey,
  signature,
  ...row
}: Omit<StoredLink, "signed" | "deleted"> & {
  publicKey: string | null;
  signature: string | null;
}) {
  return {
    ...row,
    signed: publicKey === null || signature === null ? null : { publicKey, signature },
  };
}

function isAfter(
  table: typeof snapshots | typeof tombstones,
  [ms, id]: [number, string],
): SQL | undefined {
  return or(gt(table.timestampMs, ms), and(eq(table.timestampMs, ms), gt(table.snapshotId, id)));
}
