// Tags of snapshots: words beside the document. Whoever reads a snapshot gets them with its row.
import { and, asc, eq } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { atomic } from "./atomic.ts";
import { snapshots, tags } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { firstSnapshot, type SnapshotRow } from "./snapshots.ts";

/** More would make every list of snapshots long. */
const MOST_TAGS = 32;

export interface TagChanges {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Puts tags on a snapshot and takes others off; what is so already stays so. Throws `not_found`, or `conflict` for too many. */
export async function changeTags(
  scope: Scope,
  snapshotId: string,
  { add, remove }: TagChanges,
): Promise<SnapshotRow> {
  return atomic(scope, () => {
    const { orm } = scope.store;
    const { seq } = find(scope, snapshotId);
    for (const tag of remove) {
      const isIt = and(eq(tags.seq, seq), eq(tags.tag, tag));
      orm.delete(tags).where(isIt).run();
    }
    for (const tag of add) orm.insert(tags).values({ seq, tag }).onConflictDoNothing().run();
    const row = find(scope, snapshotId);
    if (row.tags.length <= MOST_TAGS) return row;
    throw new BsvError("conflict", `A snapshot has at most ${MOST_TAGS} tags`, {
      details: { snapshot_id: snapshotId },
    });
  });
}

// --- internal ---

function find(scope: Scope, snapshotId: string): SnapshotRow {
  const row = firstSnapshot(scope, eq(snapshots.snapshotId, snapshotId), asc(snapshots.seq));
  if (row !== undefined) return row;
  throw new BsvError("not_found", `Snapshot ${snapshotId} is not in this store`, {
    details: { snapshot_id: snapshotId },
  });
}
