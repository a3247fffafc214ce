// A document is believed only when the list that the store gives back has the counts and hashes its header names. A foreign
// writer names no hashes; its snapshot gets the fixed minimal header, and so the same id at every retry.
import { snapshotId, type Tally } from "#core/document.ts";
import { jsonText } from "#core/entry.ts";
import { problem } from "#core/lines.ts";
import { timestampText } from "#core/timestamp.ts";
import { newSha256 } from "#disk/sha256.ts";
import type { Incoming } from "./intake.ts";

/** Says id and header of the snapshot; throws `invalid_document` for the first thing that does not match. */
export function seal(
  incoming: Incoming,
  { fileCount, totalSizeBytes, errorCount, treeHash }: Tally,
): { snapshotId: string; headerText: string } {
  const { header, isOurs, givenId } = incoming;
  const { summary } = header;
  check(incoming, "summary", "summary.file_count", summary.file_count, fileCount);
  check(incoming, "summary", "summary.total_size", summary.total_size, totalSizeBytes);
  check(incoming, "summary", "summary.error_count", summary.error_count, errorCount);
  if (isOurs) check(incoming, "tree_hash", "tree_hash", header.tree_hash, treeHash);
  const headerText = isOurs ? incoming.headerText : foreignHeader(incoming, treeHash);
  const id = snapshotId(headerText, newSha256);
  if (isOurs && givenId !== null) check(incoming, "snapshot_id", "snapshot_id", givenId, id);
  return { snapshotId: id, headerText };
}

// --- internal ---

function check(incoming: Incoming, member: string, name: string, said: unknown, is: unknown): void {
  if (said === is) return;
  const text = `${name}: is ${String(said)}, but the content makes it ${String(is)}`;
  throw problem("invalid_document", incoming.lineOf(member), text);
}

/** Nothing of the receiver's is in it: no clock, no parent, no tool. */
function foreignHeader({ header, timestampMs }: Incoming, treeHash: string): string {
  const { file_count, total_size, error_count } = header.summary;
  return jsonText({
    timestamp: timestampText(timestampMs),
    machine_id: header.machine_id,
    backupset_name: header.backupset_name,
    summary: { file_count, total_size, error_count },
    format: 1,
    tree_hash: treeHash,
  });
}
