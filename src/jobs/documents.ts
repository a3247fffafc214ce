// The JSON documents beside the store: the newest few of each set, each as the store can reproduce it. A missing one is written
// again; an old one goes only when the store has just proved that it still holds the same bytes.
import { documentStart, EntryTally, snapshotId } from "#core/document.ts";
import type { Run } from "#core/run.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { entryPages } from "#db/entries.ts";
import { querySnapshots } from "#db/query.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import {
  documentStartsWith,
  DocumentLines,
  removeDocument,
  type DocumentFolder,
} from "#disk/documents.ts";
import { newSha256 } from "#disk/sha256.ts";

/** Writes a snapshot's document from the store; a run that was killed may have stored it and no more. */
export async function restoreDocument(
  scope: Scope,
  row: SnapshotRow,
  folder: DocumentFolder,
  run: Run,
): Promise<void> {
  const lines = new DocumentLines(folder);
  try {
    const problem = await whyNotReproduced(scope, row, run, (line) => lines.add(line));
    if (problem === undefined) {
      lines.publish(folder.fileAt(row.timestampMs), documentStart(row.snapshotId, row.headerText));
    } else {
      run.monitor.note(`No document was written for snapshot ${row.snapshotId}: ${problem}`);
    }
  } finally {
    lines.remove();
  }
}

/** Keeps the newest `keep` documents of a set. Says which older ones had to stay, and why. */
export async function pruneDocuments(
  scope: Scope,
  set: SetName,
  folder: DocumentFolder,
  keep: number | "all",
  run: Run,
): Promise<{ removedCount: number }> {
  let removedCount = 0;
  if (keep === "all") return { removedCount };
  for (const { file, timestampMs } of folder.list().slice(keep)) {
    run.signal.throwIfAborted();
    const [row] = (
      await querySnapshots(
        scope,
        set,
        { fromMs: timestampMs, toMs: timestampMs },
        { limit: 1, order: "asc" },
      )
    ).rows;
    const reason =
      row === undefined
        ? "the store has no snapshot of that time"
        : documentStartsWith(file, documentStart(row.snapshotId, row.headerText))
          ? await whyNotReproduced(scope, row, run)
          : "it is not the store's snapshot of that time";
    if (reason === undefined) {
      removeDocument(file);
      removedCount++;
    } else {
      run.monitor.note(`The document of ${timestampText(timestampMs)} stays: ${reason}`);
    }
  }
  return { removedCount };
}

// --- internal ---

/** Undefined if the store still gives what the snapshot's hashes were made of. */
async function whyNotReproduced(
  scope: Scope,
  row: SnapshotRow,
  run: Run,
  onLine: (line: string) => void = () => {},
): Promise<string | undefined> {
  const tally = new EntryTally(newSha256);
  for await (const entries of entryPages(scope, row.snapshotId)) {
    run.signal.throwIfAborted();
    for (const entry of entries) onLine(tally.add(entry));
  }
  const isSame =
    tally.treeHash() === row.treeHash && snapshotId(row.headerText, newSha256) === row.snapshotId;
  return isSame ? undefined : "the store no longer reproduces its hashes";
}
