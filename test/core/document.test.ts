import { expect, test } from "bun:test";
import {
  DOCUMENT_END,
  documentStart,
  EntryTally,
  headerSchema,
  snapshotId,
} from "#core/document.ts";
import type { Entry } from "#core/entry.ts";

const newHasher = () => new Bun.CryptoHasher("sha256");
const sha256 = (text: string) => newHasher().update(text).digest("hex");

const base: Entry = {
  path: "/a",
  type: "file",
  target: null,
  sizeBytes: 5,
  mtimeUs: 1_500_000,
  inode: 7,
  checksum: "ab".repeat(32),
  error: null,
};
const entries: Entry[] = [
  base,
  { ...base, path: "/b", type: "symlink", target: "a", sizeBytes: 1, checksum: null },
  { ...base, path: "/locked", type: "dir", sizeBytes: null, checksum: null, error: "EACCES: no" },
  { ...base, path: "/torn", checksum: null, error: "UNSTABLE: changed while being read" },
];

test("a tally counts all entries, the bytes of regular files, and errors", () => {
  const tally = new EntryTally(newHasher);
  const lines = entries.map((entry) => tally.add(entry));
  expect([tally.fileCount, tally.totalSizeBytes, tally.errorCount]).toEqual([4, 10, 2]);
  expect(tally.treeHash()).toBe(sha256(lines.map((line) => `${line}\n`).join("")));
});

test("a document is one JSON value, its id the hash of all but id and files", () => {
  const header = {
    timestamp: "2025-06-23T10:33:21.000Z",
    machine_id: "devbox-001",
    backupset_name: "project-data",
    summary: { file_count: 4, total_size: 10, error_count: 2 },
    "odd key": "\u007f",
  };
  const headerText = JSON.stringify(header).replaceAll("\u007f", "\\u007f");
  const id = snapshotId(headerText, newHasher);
  expect(id).toBe(sha256(headerText));
  const tally = new EntryTally(newHasher);
  const body = entries.map((entry) => tally.add(entry)).join(",\n");
  const document = JSON.parse(documentStart(id, headerText) + body + DOCUMENT_END);
  const { snapshot_id, files, ...rest } = document;
  expect(snapshot_id).toBe(id);
  expect(files).toHaveLength(4);
  expect(rest).toEqual(header);
  expect(headerSchema.parse(rest)).toEqual(header);
});

test("a document without entries is one JSON value too", () => {
  expect(JSON.parse(documentStart("00", '{"a":1}') + DOCUMENT_END)).toEqual({
    snapshot_id: "00",
    a: 1,
    files: [],
  });
});
