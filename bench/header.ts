// The header that a generated snapshot gets, as a scan writes it.
import { snapshotId, type EntryTally, type SnapshotHeader } from "#core/document.ts";
import { jsonText } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { newSha256 } from "#disk/sha256.ts";

/** `more`: what else it says, or says otherwise than the tally. */
export function headed(
  { machineId, setName }: SetName,
  timestampMs: number,
  tally: EntryTally,
  more: Partial<SnapshotHeader> = {},
): { snapshotId: string; headerText: string } {
  const headerText = jsonText({
    timestamp: timestampText(timestampMs),
    machine_id: machineId,
    backupset_name: setName,
    summary: {
      file_count: tally.fileCount,
      total_size: tally.totalSizeBytes,
      error_count: tally.errorCount,
    },
    format: 1,
    ...more,
    tree_hash: tally.treeHash(),
  });
  return { snapshotId: snapshotId(headerText, newSha256), headerText };
}
