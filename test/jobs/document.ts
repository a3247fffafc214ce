// Documents as writers send them: a foreign one in the owner's minimal shape, ours of format 1, whole or as a difference.
import { EntryTally, documentStart, DOCUMENT_END, snapshotId } from "#core/document.ts";
import { changeLine, type Change } from "#core/delta.ts";
import { entryLine, jsonText, type Entry } from "#core/entry.ts";
import { compareKeys, keyOfPath, pathOfKey } from "#core/order.ts";

export const newHasher = () => new Bun.CryptoHasher("sha256");

const keyOf = (entry: Entry) => keyOfPath(entry.path, entry.type === "dir");

export const inOrder = (entries: readonly Entry[]): Entry[] =>
  [...entries].sort((a, b) => compareKeys(keyOf(a), keyOf(b)));

function summaryOf(entries: readonly Entry[]) {
  const tally = new EntryTally(newHasher);
  for (const entry of inOrder(entries)) tally.add(entry);
  return {
    summary: {
      file_count: tally.fileCount,
      total_size: tally.totalSizeBytes,
      error_count: tally.errorCount,
    },
    tree_hash: tally.treeHash(),
  };
}

export interface Said {
  machine_id: string;
  backupset_name: string;
  timestamp: string;
}

export const SAID: Said = {
  machine_id: "devbox-001",
  backupset_name: "project-data",
  timestamp: "2026-11-22T10:33:21.123Z",
};

/** What a 20-line script would send, as a value. */
export function foreign(entries: readonly Entry[], more: Record<string, unknown> = {}) {
  const { summary } = summaryOf(entries);
  return { ...SAID, summary, files: entries.map((entry) => JSON.parse(entryLine(entry))), ...more };
}

/** A document of format 1: its header, its id, and both forms of its text. */
export function ours(entries: readonly Entry[], more: Record<string, unknown> = {}) {
  const { summary, tree_hash } = summaryOf(entries);
  const headerText = jsonText({ ...SAID, summary, format: 1, hash: "sha256", tree_hash, ...more });
  const id = snapshotId(headerText, newHasher);
  const lines = inOrder(entries).map(entryLine);
  return {
    id,
    headerText,
    json: documentStart(id, headerText) + lines.join(",\n") + DOCUMENT_END,
    ndjson: [wireHeader(id, headerText), ...lines, ""].join("\n"),
    /** The same as a difference to `base`. */
    difference: (baseId: string, changes: readonly Change[]) =>
      [
        wireHeader(id, headerText, baseId),
        ...changes.map((step) => changeLine(step, pathOfKey(step.key.folder, step.key.name))),
        "",
      ].join("\n"),
  };
}

/** Entries of a small tree: names that need escapes, a link, an unreadable folder. */
export function tree(seed = 1): Entry[] {
  const file = (path: string, size: number): Entry => ({
    path,
    type: "file",
    target: null,
    sizeBytes: size,
    mtimeUs: 1_729_493_434_330_000 + size,
    inode: size + 7,
    checksum: newHasher().update(`${path} ${size}`).digest("hex"),
    error: null,
  });
  return [
    file("/home/user/foo.txt", 1024 * seed),
    file("/home/user/a b/ü\n\u007f.txt", 3),
    file("/home/user/caf\udce9", 17),
    file("/home/user/a-b", 5),
    {
      ...file("/home/user/link", 4),
      type: "symlink",
      target: "../\udcff",
      sizeBytes: 4,
      checksum: null,
    },
    { ...file("/home/user/gone", 9), checksum: null, error: "UNSTABLE: changed while being read" },
    {
      ...file("/home/user/locked", 0),
      type: "dir",
      sizeBytes: null,
      mtimeUs: null,
      inode: null,
      checksum: null,
      error: "EACCES: permission denied",
    },
  ];
}

// --- internal ---

function wireHeader(id: string, headerText: string, baseId?: string): string {
  const base = baseId === undefined ? "" : `"base":${jsonText(baseId)},`;
  return `{"snapshot_id":${jsonText(id)},${base}${headerText.slice(1)}`;
}
