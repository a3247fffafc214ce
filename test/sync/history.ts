// Histories for pushes: snapshots as a scan makes them, with parent, agent and a little churn.
import { EntryTally, snapshotId } from "#core/document.ts";
import { put } from "#core/delta.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import type { Scope } from "#db/scope.ts";
import { newestRecorded, type SnapshotRow } from "#db/snapshots.ts";
import { file, newHasher, SET } from "#test/db/sample.ts";

export const T0 = Date.UTC(2026, 0, 1);
export const DAY = 86_400_000;
export const AGENT = "agent-of-these-tests";

interface Shape {
  files?: number;
  /** How many of them are new in each snapshot after the first. */
  churn?: number;
  startMs?: number;
  set?: SetName;
}

/** Records `count` more snapshots, a day apart, after the newest there is. */
export async function addSnapshots(
  scope: Scope,
  count: number,
  { files = 20, churn = 3, startMs, set = SET }: Shape = {},
): Promise<SnapshotRow[]> {
  const rows: SnapshotRow[] = [];
  for (let i = 0; i < count; i++) {
    const parent = await newestRecorded(scope, set);
    const timestampMs =
      i === 0 && startMs !== undefined ? startMs : (parent?.timestampMs ?? T0 - DAY) + DAY;
    rows.push(await add(scope, set, timestampMs, parent, listAt(timestampMs, files, churn)));
  }
  return rows;
}

// --- internal ---

/** Each day another `churn` of the files get new content, in turn. */
function listAt(timestampMs: number, files: number, churn: number): Entry[] {
  const day = Math.round((timestampMs - T0) / DAY);
  const turns = Math.ceil(files / churn);
  return Array.from({ length: files }, (_, i) => {
    const changedOn = day - ((((day - i) % turns) + turns) % turns);
    return file(`/data/${String(i).padStart(6, "0")}`, i * 1000 + Math.max(0, changedOn));
  });
}

async function add(
  scope: Scope,
  set: SetName,
  timestampMs: number,
  parent: SnapshotRow | undefined,
  entries: Entry[],
): Promise<SnapshotRow> {
  const { row } = await recordSnapshot(scope, {
    set,
    timestampMs,
    receivedAtMs: timestampMs,
    content: { baseId: null, changes: entries.map(put) },
    seal(list) {
      const tally = new EntryTally(newHasher);
      for (const entry of list) tally.add(entry);
      const headerText = jsonText({
        timestamp: timestampText(timestampMs),
        machine_id: set.machineId,
        backupset_name: set.setName,
        summary: {
          file_count: tally.fileCount,
          total_size: tally.totalSizeBytes,
          error_count: tally.errorCount,
        },
        format: 1,
        hash: "sha256",
        parent_id: parent?.snapshotId ?? null,
        agent_id: AGENT,
        tree_hash: tally.treeHash(),
      });
      return { snapshotId: snapshotId(headerText, newHasher), headerText };
    },
  });
  return row;
}
