// Deletes a snapshot: its moment leaves the history, its document leaves the folder, and a tombstone stays, so that no push
// brings it back. What other snapshots list does not change.
import type { Run } from "#core/run.ts";
import { deleteSnapshot, type Tombstone } from "#db/recording/erase.ts";
import { lockSet } from "#db/lock.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { HOST, type Asker } from "./access/user.ts";
import { DocumentFolder, removeDocument } from "#disk/documents.ts";

export interface DeleteInput {
  readonly row: Pick<SnapshotRow, "snapshotId" | "machineId" | "setName" | "timestampMs">;
  readonly dataDir: string;
  /** Kept in the tombstone, for whoever wonders later. */
  readonly why: string;
  /** Who asks, for the audit log; this host unless somebody else. */
  readonly by?: Asker | undefined;
}

export async function deleteWitness(
  scope: Scope,
  { row, dataDir, why, by = HOST }: DeleteInput,
  run: Run,
): Promise<Tombstone> {
  // A scan of this set may carry from this snapshot: hours of it would end in nothing.
  const lock = await lockSet(dataDir, row);
  try {
    run.signal.throwIfAborted();
    const tombstone = await deleteSnapshot(scope, row.snapshotId, { nowMs: run.now(), why, by });
    // After the store: a document without its snapshot is a leftover, a snapshot is never without its content.
    const documents = new DocumentFolder(dataDir, row.machineId, row.setName);
    if (documents.has(row.timestampMs)) removeDocument(documents.fileAt(row.timestampMs));
    return tombstone;
  } finally {
    lock.release();
  }
}
