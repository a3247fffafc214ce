// A victim: records one snapshot after another and acknowledges each. `recorder.ts STORE early` acknowledges before it
// records: the lie that the harness must find.
import { writeSync } from "node:fs";
import { EntryTally, snapshotId } from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";
import { recordSnapshot } from "#db/record.ts";
import { everything } from "#db/scope.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { openStore } from "#db/store.ts";

const [file, mode] = process.argv.slice(2);
const scope = everything(await openStore(file!));
const set = { machineId: "devbox-001", setName: "project-data" };
const newHasher = () => new Bun.CryptoHasher("sha256");
const FILES = 2000;

function* entries(seed: number): Generator<Entry> {
  for (let i = 0; i < FILES; i++) {
    const version = i % 50 === seed % 50 ? seed : 0;
    const checksum = newHasher().update(`${i}/${version}`).digest("hex");
    const path = `/data/${String(i).padStart(6, "0")}`;
    const rest = { target: null, sizeBytes: i, mtimeUs: version, inode: i, error: null };
    yield { path, type: "file", checksum, ...rest };
  }
}

let atMs = (await latestSnapshot(scope, set))?.timestampMs ?? Date.UTC(2026, 0, 1);
for (;;) {
  atMs += 1000;
  await recordSnapshot(scope, {
    set,
    timestampMs: atMs,
    receivedAtMs: atMs,
    content: { kind: "list", entries: entries(atMs / 1000) },
    seal(list) {
      const tally = new EntryTally(newHasher);
      for (const entry of list) tally.add(entry);
      const headerText = jsonText({
        timestamp: timestampText(atMs),
        machine_id: set.machineId,
        backupset_name: set.setName,
        summary: {
          file_count: tally.fileCount,
          total_size: tally.totalSizeBytes,
          error_count: tally.errorCount,
        },
        format: 1,
        tree_hash: tally.treeHash(),
      });
      const id = snapshotId(headerText, newHasher);
      if (mode === "early") writeSync(1, `${id}\n`);
      return { snapshotId: id, headerText };
    },
  }).then(({ row }) => {
    if (mode !== "early") writeSync(1, `${row.snapshotId}\n`);
  });
}
