// Makes the golden store of the newest version, once, when a migration is added: `bun test/db/golden/make.ts`. It never
// changes afterwards, and make refuses to write over it.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { EntryTally, snapshotId } from "#core/document.ts";
import { put } from "#core/delta.ts";
import { entryLine, jsonText, type Entry } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";
import { noFindings } from "#core/proof/finding.ts";
import { recordAudit } from "#db/access/audit.ts";
import { entryPages } from "#db/entries.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { migrations } from "#db/store/migrations.ts";
import { querySnapshots } from "#db/query.ts";
import type { SnapshotContent } from "#db/recording/content.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import { keepReceipt } from "#db/proof/receipts.ts";
import { everything } from "#db/scope.ts";
import { keepSignature } from "#db/proof/signatures.ts";
import { openStore } from "#db/store/store.ts";
import { changeTags } from "#db/tags.ts";
import { NOBODY } from "#core/run.ts";
import { judgeSet } from "#jobs/judge.ts";
import { recordVerification } from "#db/proof/verifications.ts";

const path = `${import.meta.dir}/store-${migrations.length}.db`;
if (existsSync(path)) throw new Error(`${path} is there already, and golden`);

const set = { machineId: "devbox-001", setName: "project-data" };
const newHasher = () => new Bun.CryptoHasher("sha256");

function file(name: string, seed: number, more: Partial<Entry> = {}): Entry {
  return {
    path: name,
    type: "file",
    target: null,
    sizeBytes: seed * 1000,
    mtimeUs: 1_729_493_434_330_000 + seed,
    inode: 100 + seed,
    checksum: newHasher().update(String(seed)).digest("hex"),
    error: null,
    ...more,
  };
}

const unreadable = { checksum: null, error: "EACCES: permission denied" };
const first = [
  file("/home/user/foo.txt", 1),
  file("/home/user/link", 2, { type: "symlink", target: "foo.txt", checksum: null }),
  file("/home/user/closed", 3, { type: "dir", ...unreadable }),
  file("/home/user/docs/naïve \u007f\n.md", 4, { inode: "18446744073709551615" }),
  file("/home/user/docs/\udcff\udcfe", 5, { mtimeUs: -1, inode: 0 }),
  file("/home/user/odd/foreign", 6, { checksum: "abcde" }),
  file("/home/user/odd/gone", 7, { type: "other", sizeBytes: null, mtimeUs: null, inode: null, ...unreadable }),
];

const store = await openStore(path);
const scope = everything(store);
const ids: string[] = [];
const whole = (entries: Entry[]): SnapshotContent => ({ baseId: null, changes: entries.map(put) });

async function add(day: number, content: SnapshotContent): Promise<void> {
  const timestampMs = Date.UTC(2026, 10, day, 10, 33, 21, 123);
  const { row } = await recordSnapshot(scope, {
    set,
    timestampMs,
    receivedAtMs: timestampMs + 1000,
    clientId: `client-${day}`,
    content,
    seal(entries) {
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
      });
      return { snapshotId: snapshotId(headerText, newHasher), headerText };
    },
  });
  ids.push(row.snapshotId);
}
await add(1, whole(first));
await add(5, whole(first.slice(1)));
const stamp = { ctimeUs: 1_729_493_434_330_000, device: 65_026, readAtMs: 1_729_493_440_000 };
const changes = [{ ...put(file("/home/user/foo.txt", 9)), stamp }];
await add(3, { baseId: ids[0]!, changes });
await add(4, whole([]));
await deleteSnapshot(scope, ids[3]!, { nowMs: Date.UTC(2026, 10, 6), why: "golden" });
await recordVerification(
  scope,
  {
    id: "0123456789abcdef0123456789abcdef",
    ...set,
    snapshotId: ids[1]!,
    copy: "nas",
    target: "/mnt/nas",
    startedAtMs: Date.UTC(2026, 10, 7),
    durationMs: 1234,
    method: "read",
    coverage: { filesTotal: 6, filesChecked: 5, bytesTotal: 21000, bytesChecked: 20000, filesCompared: 5, filesBad: 1, notChecked: { EACCES: 1 } },
    counts: { ...noFindings(), intact: 4, corrupted: 1, unverifiable: 1 },
    bytesRead: 20000,
    isComplete: false,
    cut: null,
    listed: [{ kind: "corrupted", path: "/home/user/docs/\udcff\udcfe" }],
  },
  { atMs: Date.UTC(2026, 10, 7), proven: [newHasher().update("4").digest()], disproven: [] },
);
await changeTags(scope, ids[1]!, { add: ["golden", "b-side"], remove: [] });

const signed = { publicKey: "0a".repeat(32), signature: "0b".repeat(64) };
await keepSignature(scope, { ...set, snapshotId: ids[1]!, timestampMs: 0, signed, by: "own", nowMs: 1 });
await keepReceipt(scope, { ...set, snapshotId: ids[1]!, remote: "https://x", seq: 1, receivedAtMs: 1, signed, keptAtMs: 1 });
await recordAudit(scope, { actor: "host", what: "golden", target: "x", result: "ok", atMs: 1 });
await judgeSet(scope, set, {
  signal: new AbortController().signal,
  monitor: NOBODY,
  now: () => Date.UTC(2026, 10, 7),
});

const texts: string[] = [];
const { rows } = await querySnapshots(scope, set, {}, { limit: 100, order: "asc" });
for (const row of rows) {
  texts.push(row.headerText);
  for await (const page of entryPages(scope, row.snapshotId)) texts.push(...page.map(entryLine));
}
writeFileSync(path.replace(/\.db$/, ".ndjson"), texts.join("\n"));
await store.close();
rmSync(`${path}-lock`);
