// A store with a known history, for trying commands on: two machines, three snapshots of one set, names of every kind.
import { join } from "node:path";
import { EntryTally, snapshotId } from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { put } from "#core/delta.ts";
import { compareKeys } from "#core/order.ts";
import { timestampText } from "#core/timestamp.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newSha256 } from "#disk/sha256.ts";
import type { Home } from "./harness.ts";

export const HOSTILE = "/data/\u001b]0;owned\u0007\u202etxt.exe\n\udcff\\";

export const file = (path: string, sizeBytes: number, more: Partial<Entry> = {}): Entry => ({
  path,
  type: "file",
  target: null,
  sizeBytes,
  mtimeUs: 1_729_493_434_330_000,
  inode: 7,
  checksum: new Bun.CryptoHasher("sha256").update(path).digest("hex"),
  error: null,
  ...more,
});

/** Where the store of a test's home is. */
export const dataDirOf = (home: Home): string => join(home.folder, "bsv-home", "data");

export async function record(
  home: Home,
  machineId: string,
  setName: string,
  timestamp: string,
  entries: readonly Entry[],
  extra: { complete?: boolean; roots?: object[]; skipped_mounts?: string[] } = {},
): Promise<string> {
  const store = await openStore(join(dataDirOf(home), "bsv.db"));
  const sorted = entries.toSorted((a, b) => compareKeys(put(a).key, put(b).key));
  const timestampMs = Date.parse(timestamp);
  const { row } = await recordSnapshot(everything(store), {
    set: { machineId, setName },
    timestampMs,
    receivedAtMs: timestampMs + 1500,
    content: { baseId: null, changes: sorted.map(put) },
    seal(listed) {
      const tally = new EntryTally(newSha256);
      for (const entry of listed) tally.add(entry);
      const { complete, roots, skipped_mounts } = extra;
      const headerText = jsonText({
        timestamp: timestampText(timestampMs),
        machine_id: machineId,
        backupset_name: setName,
        summary: {
          file_count: tally.fileCount,
          total_size: tally.totalSizeBytes,
          error_count: tally.errorCount,
          ...(complete === undefined ? {} : { complete }),
        },
        format: 1,
        hash: "sha256",
        parent_id: null,
        ...(roots === undefined ? {} : { roots }),
        ...(skipped_mounts === undefined ? {} : { skipped_mounts }),
        tree_hash: tally.treeHash(),
      });
      return { snapshotId: snapshotId(headerText, newSha256), headerText };
    },
  });
  await store.close();
  return row.snapshotId;
}

/** Three snapshots of devbox-001/project-data, one of devbox-001/photos, one of laptop/project-data. */
export async function sample(home: Home): Promise<string[]> {
  const first = [file("/data/a.txt", 1024), file("/data/b/c.bin", 5_000_000)];
  const hostile = file(HOSTILE, 3);
  const broken = file("/data/locked", 0, {
    sizeBytes: null,
    mtimeUs: null,
    inode: null,
    checksum: null,
    error: "EACCES: permission denied",
  });
  const link = file("/data/link", 5, { type: "symlink", target: "a.txt", checksum: null });
  const roots = [
    { path: "/data", state: "ok" },
    { path: "/mnt/usb", state: "offline" },
  ];
  return [
    await record(home, "devbox-001", "project-data", "2026-11-01T10:00:00.000Z", first),
    await record(home, "devbox-001", "project-data", "2026-11-02T10:00:00.000Z", [...first, link]),
    await record(
      home,
      "devbox-001",
      "project-data",
      "2026-11-03T10:00:00.123Z",
      [...first, link, hostile, broken],
      { complete: false, roots },
    ),
    await record(home, "devbox-001", "photos", "2026-11-03T11:00:00.000Z", [file("/p/1.jpg", 9)]),
    await record(home, "laptop", "project-data", "2026-10-01T00:00:00.000Z", []),
  ];
}
