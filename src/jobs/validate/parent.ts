// The link of a document to the one before it: is the parent it names known, and was it before it?
import type { SnapshotHeader } from "#core/document.ts";
import { parseTimestamp, timestampText } from "#core/timestamp.ts";
import { findTombstone } from "#db/recording/erase.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";

export interface ParentLink {
  /** `none`: it names no parent. `unknown`: neither among the documents nor in the store; that may be so. */
  readonly state: "none" | "known" | "deleted" | "unknown";
  readonly parentId: string | null;
  /** What is wrong with it. */
  readonly problem: string | undefined;
}

/** `others`: times of documents that were read beside it, by their ids. */
export async function parentLink(
  scope: Scope | undefined,
  header: Partial<SnapshotHeader>,
  others: ReadonlyMap<string, number>,
): Promise<ParentLink> {
  const { parent_id: parentId, timestamp, machine_id: machineId, backupset_name: setName } = header;
  if (typeof parentId !== "string") return { state: "none", parentId: null, problem: undefined };
  const unknown = { state: "unknown", parentId, problem: undefined } as const;
  const beside = others.get(parentId);
  if (beside !== undefined)
    return { ...unknown, state: "known", problem: order(timestamp, beside) };
  if (scope === undefined || machineId === undefined || setName === undefined) return unknown;
  const row = await findSnapshot(scope, parentId);
  if (row !== undefined) {
    const isOfSet = row.machineId === machineId && row.setName === setName;
    const problem = isOfSet
      ? row.isFutureDated
        ? undefined
        : order(timestamp, row.timestampMs)
      : `parent_id: is a snapshot of ${row.machineId}/${row.setName}`;
    return { state: "known", parentId, problem };
  }
  const tombstone = await findTombstone(scope, { machineId, setName }, parentId);
  if (tombstone === undefined) return unknown;
  return { state: "deleted", parentId, problem: order(timestamp, tombstone.timestampMs) };
}

// --- internal ---

function order(timestamp: string | undefined, parentMs: number): string | undefined {
  const ms = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (ms === undefined || ms > parentMs) return undefined;
  return `parent_id: is of ${timestampText(parentMs)}, which is not before it`;
}
