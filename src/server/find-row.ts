// The snapshot, or the backupset, that a path names; 404 says which of the two is not here.
import type { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { findBackupset, type SetName } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { setOf, type snapshotParams } from "./shapes.ts";

export async function findRow(
  scope: Scope,
  params: z.output<typeof snapshotParams>,
): Promise<SnapshotRow> {
  const set = setOf(params);
  const row = await findSnapshot(scope, params.snapshot_id, set);
  if (row === undefined) throw missing(set, `no snapshot ${params.snapshot_id}`);
  return row;
}

export async function mustExist(scope: Scope, set: SetName): Promise<void> {
  if ((await findBackupset(scope, set)) === undefined) throw missing(set, "not been heard of");
}

export function missing({ machineId, setName }: SetName, what: string): BsvError {
  return new BsvError("not_found", `Backupset ${machineId}/${setName} has ${what}`);
}
