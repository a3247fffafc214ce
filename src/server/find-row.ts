// The snapshot, or the backupset, that a path names; 404 says which of the two is not here, 410 that it was deleted.
import type { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import { findBackupset, type SetName } from "#db/backupsets.ts";
import { deletedAtMs, findSnapshot } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { setOf, type snapshotParams } from "./shapes.ts";

export async function findRow(
  scope: Scope,
  params: z.output<typeof snapshotParams>,
): Promise<SnapshotRow> {
  const set = setOf(params);
  const row = await findSnapshot(scope, params.snapshot_id, set);
  if (row !== undefined) return row;
  const atMs = await deletedAtMs(scope, params.snapshot_id, set);
  if (atMs === undefined) throw missing(set, `no snapshot ${params.snapshot_id}`);
  const deleted_at = timestampText(atMs);
  throw new BsvError("gone", `Snapshot ${params.snapshot_id} was deleted on ${deleted_at}`, {
    details: { snapshot_id: params.snapshot_id, deleted_at },
  });
}

export async function mustExist(scope: Scope, set: SetName): Promise<void> {
  if ((await findBackupset(scope, set)) === undefined) throw missing(set, "not been heard of");
}

export function missing({ machineId, setName }: SetName, what: string): BsvError {
  return new BsvError("not_found", `Backupset ${machineId}/${setName} has ${what}`);
}
