// Puts tags on a snapshot, and takes others off. What it witnessed does not change: tags are no part of its document.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { changeTags, type TagChanges } from "#db/tags.ts";

export interface TagInput extends TagChanges {
  readonly snapshotId: string;
}

export async function tagSnapshot(
  scope: Scope,
  { snapshotId, ...changes }: TagInput,
  run: Run,
): Promise<SnapshotRow> {
  run.signal.throwIfAborted();
  return changeTags(scope, snapshotId, changes);
}
