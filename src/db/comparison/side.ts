// One side of a comparison: a snapshot as the moment of its set, with what it says of itself.
import type { SnapshotHeader } from "#core/document.ts";
import { momentOf } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

export interface Side {
  readonly setId: number;
  readonly atMs: number;
  readonly header: SnapshotHeader;
  readonly errorCount: number;
}

/** Call inside a transaction; throws `gone` when the snapshot is there no more. */
export function sideOf(scope: Scope, row: SnapshotRow): Side {
  const header = JSON.parse(row.headerText) as SnapshotHeader;
  return { ...momentOf(scope, row.snapshotId, "gone"), header, errorCount: row.errorCount };
}
