// The document of a snapshot, byte for byte as it was written when it was recorded: the header verbatim, the entries as the store
// gives them back. It ends properly only if those have the hash that the header names.
import { DOCUMENT_END, documentStart, EntryTally } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { newSha256 } from "#disk/sha256.ts";

/** The document in pieces of about a page. Throws `store_corrupt` instead of the end where the store lost its content. */
export async function* documentText(scope: Scope, row: SnapshotRow): AsyncGenerator<string> {
  const tally = new EntryTally(newSha256);
  let before = documentStart(row.snapshotId, row.headerText);
  for await (const entries of entryPages(scope, row.snapshotId)) {
    yield before + entries.map((entry) => tally.add(entry)).join(",\n");
    before = ",\n";
  }
  if (tally.fileCount === 0) yield before;
  if (tally.treeHash() !== row.treeHash) {
    throw new BsvError(
      "store_corrupt",
      `Snapshot ${row.snapshotId} is damaged in ${scope.store.file}`,
      {
        hint: "What the store gives back is not what was recorded; restore the store, or pull from a server",
        details: { snapshot_id: row.snapshotId },
      },
    );
  }
  yield DOCUMENT_END;
}
