// The header that a scan gives its snapshot: what was counted, what could not be seen, and what it follows.
import type { Backupset } from "#core/config/config.ts";
import type { SnapshotHeader, Tally } from "#core/document.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Outcome } from "#scan/outcome.ts";
import type { Survey } from "#scan/survey.ts";
import type { ScanInput } from "./input.ts";

/** The set's `expect.min_files`, when there are fewer. */
export function missedMinFiles({ expect: { minFiles = 0 } }: Backupset, fileCount: number) {
  return fileCount < minFiles ? minFiles : undefined;
}

/** So many mounts are named in the header; all are counted. */
const MAX_MOUNTS = 1000;

/** What a scan has seen, read and counted, when all of it is known. */
interface Scanned {
  readonly timestampMs: number;
  readonly skewMs: number;
  /** The one before it that this installation recorded, though it may be deleted since. */
  readonly parentId: string | null;
  readonly seen: Survey;
  readonly outcome: Outcome;
  readonly tally: Tally;
}

export function headerOf(
  input: ScanInput,
  { timestampMs, skewMs, parentId, seen, outcome, tally }: Scanned,
): SnapshotHeader {
  const { mounts, counts } = seen.leftOut;
  return {
    timestamp: timestampText(timestampMs),
    machine_id: input.machineId,
    backupset_name: input.set.name,
    summary: {
      file_count: tally.fileCount,
      total_size: tally.totalSizeBytes,
      error_count: tally.errorCount,
      read_count: outcome.readCount,
      carried_count: seen.carriedCount,
      skipped: Object.fromEntries(counts),
      complete:
        tally.errorCount === 0 &&
        missedMinFiles(input.set, tally.fileCount) === undefined &&
        seen.roots.every((root) => root.state === "ok"),
    },
    format: 1,
    hash: "sha256",
    parent_id: parentId,
    agent_id: input.agentId,
    reread: input.reread,
    tree_hash: tally.treeHash,
    roots: seen.roots,
    ...(mounts.length === 0 ? {} : { skipped_mounts: mounts.slice(0, MAX_MOUNTS) }),
    ...(skewMs === 0 ? {} : { clock_skew_ms: skewMs }),
    tool: input.tool,
  };
}
