// The document of a snapshot, byte for byte as it was written when it was recorded: the header verbatim, the entries as the store
// gives them back. It ends properly only if header and entries have the hashes that they were recorded with.
import { DOCUMENT_END, documentStart, EntryTally, snapshotId } from "#core/document.ts";
import { jsonText, type Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { newSha256 } from "#disk/sha256.ts";

/** What a reader who does not read keeps in memory: some 50 KB of text, and as much again of what it is made from. */
const PAGE_ENTRIES = 200;

/** The document in pieces of about a page. Throws `store_corrupt` instead of the end where the store lost its content. */
export async function* documentText(scope: Scope, row: SnapshotRow): AsyncGenerator<string> {
  let before = documentStart(row.snapshotId, row.headerText);
  for await (const { lines } of provenPages(scope, row)) {
    yield before + lines.join(",\n");
    before = ",\n";
  }
  if (before !== ",\n") yield before;
  yield DOCUMENT_END;
}

/** The same as lines: the header's, then one for each entry. */
export async function* wireText(scope: Scope, row: SnapshotRow): AsyncGenerator<string> {
  yield `{"snapshot_id":${jsonText(row.snapshotId)},${row.headerText.slice(1)}\n`;
  for await (const { lines } of provenPages(scope, row)) yield `${lines.join("\n")}\n`;
}

/** The entries in pages, each with its canonical lines. Throws `store_corrupt` after the last, if they are not what was recorded. */
export async function* provenPages(
  scope: Scope,
  row: SnapshotRow,
): AsyncGenerator<{ entries: Entry[]; lines: string[] }> {
  const tally = new EntryTally(newSha256);
  for await (const entries of entryPages(scope, row.snapshotId, { pageSize: PAGE_ENTRIES })) {
    yield { entries, lines: entries.map((entry) => tally.add(entry)) };
  }
  const isAsRecorded =
    tally.treeHash() === row.treeHash && snapshotId(row.headerText, newSha256) === row.snapshotId;
  if (isAsRecorded) return;
  throw new BsvError(
    "store_corrupt",
    `Snapshot ${row.snapshotId} is damaged in ${scope.store.file}`,
    {
      hint: "What the store gives back is not what was recorded; restore the store, or pull from a server",
      details: { snapshot_id: row.snapshotId },
    },
  );
}
