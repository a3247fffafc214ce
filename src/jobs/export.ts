// Writes a snapshot's document to a file: whole and checked, or not at all.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { AtomicFile } from "#disk/atomic-file.ts";
import { replaceableFile } from "#disk/replaceable-file.ts";
import { documentText } from "./document-text.ts";

export interface ExportInput {
  readonly row: SnapshotRow;
  /** Replaced if it is there. */
  readonly file: string;
}

/** Returns the file's real place. */
export async function exportDocument(
  scope: Scope,
  { row, file }: ExportInput,
  run: Run,
): Promise<string> {
  const place = replaceableFile(file);
  const document = new AtomicFile(place);
  try {
    for await (const text of documentText(scope, row)) {
      run.signal.throwIfAborted();
      document.append(text);
    }
    document.commit();
  } catch (error) {
    document.discard();
    throw error;
  }
  return place;
}
