// Snapshots as a scan or a receiver would make them, for tests and for the programs they start.
import { put } from "#core/delta.ts";
import { EntryTally, snapshotId } from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { compareKeys, keyOfPath } from "#core/order.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import type { SnapshotContent } from "#db/recording/content.ts";
import { recordSnapshot, type NewSnapshot } from "#db/recording/record.ts";
import type { Scope } from "#db/scope.ts";

export const SET: SetName = { machineId: "devbox-001", setName: "project-data" };

export const newHasher = () => new Bun.CryptoHasher("sha256");

/** An entry of a file; `seed` decides its content. */
export function file(path: string, seed = 1, more: Partial<Entry> = {}): Entry {
  return {
    path,
    type: "file",
    target: null,
    sizeBytes: seed,
    mtimeUs: 1_729_493_434_330_000 + seed,
    inode: seed,
    checksum: newHasher().update(String(seed)).digest("hex"),
    error: null,
    ...more,
  };
}

/** Seals as a scan does: the header of format 1, from what the store gives back; and what else it is to say. */
export const sealFor =
  (set: SetName, timestampMs: number, more: object = {}): NewSnapshot["seal"] =>
  (entries) => {
    const tally = new EntryTally(newHasher);
    for (const entry of entries) tally.add(entry);
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
      tree_hash: tally.treeHash(),
      ...more,
    });
    return { snapshotId: snapshotId(headerText, newHasher), headerText };
  };

/** Records at a time; received a minute later unless said otherwise. */
export function record(
  scope: Scope,
  timestampMs: number,
  content: SnapshotContent | Entry[],
  more: Partial<NewSnapshot> = {},
) {
  const set = more.set ?? SET;
  return recordSnapshot(scope, {
    set,
    timestampMs,
    receivedAtMs: timestampMs + 60_000,
    content: Array.isArray(content) ? whole(content) : content,
    seal: sealFor(set, timestampMs),
    ...more,
  });
}

/** A whole list, as content. */
export const whole = (entries: Entry[]): SnapshotContent => ({
  baseId: null,
  changes: entries.map(put),
});

/** Everything an async generator of pages yields. */
export async function all<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

/** A list of 500 files, a tenth of which is different at each time: what the killed recorder records. */
export function listAt(timestampMs: number): Entry[] {
  return Array.from({ length: 500 }, (_, i) => {
    const seed = i % 10 === timestampMs % 10 ? timestampMs : Math.floor(timestampMs / 10) + i;
    return file(`/kill/${String(i % 20).padStart(2, "0")}/${String(i).padStart(3, "0")}`, seed);
  }).sort((a, b) => compareKeys(keyOfPath(a.path, false), keyOfPath(b.path, false)));
}
