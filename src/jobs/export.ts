// Writes a snapshot to a file, as its document or in a form for other tools: whole and checked, or not at all.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { AtomicFile } from "#disk/atomic-file.ts";
import { replaceableFile } from "#disk/replaceable-file.ts";
import { documentText, wireText } from "./document-text.ts";
import { exportList, type ExportedList, type ListInput } from "./export-list.ts";

export interface ExportInput {
  readonly row: SnapshotRow;
  readonly form: "json" | "ndjson";
  /** Replaced if it is there. */
  readonly file: string;
}

/** Returns the file's real place. */
export function exportDocument(
  scope: Scope,
  { row, form, file }: ExportInput,
  run: Run,
): Promise<string> {
  return written(file, async (document) => {
    const pieces = form === "json" ? documentText(scope, row) : wireText(scope, row);
    for await (const text of pieces) {
      run.signal.throwIfAborted();
      document.append(text);
    }
  });
}

/** Writes a list; a bag gets its other files beside it, in the folder `file`. */
export async function exportListTo(
  scope: Scope,
  { file, ...input }: ListInput & { readonly file: string },
  run: Run,
): Promise<{ file: string; list: ExportedList }> {
  const isBag = input.format === "bagit";
  let list: ExportedList | undefined;
  const hasher = new Bun.CryptoHasher("sha256");
  const place = await written(isBag ? `${file}/${MANIFEST}` : file, async (out) => {
    list = await exportList(
      scope,
      input,
      (bytes) => {
        hasher.update(bytes);
        out.append(bytes);
      },
      run,
    );
  });
  if (isBag) await writeTags(file, input.row, list!, { [MANIFEST]: hasher.digest("hex") });
  return { file: place, list: list! };
}

// --- internal ---

const MANIFEST = "manifest-sha256.txt";

async function written(file: string, write: (out: AtomicFile) => Promise<void>): Promise<string> {
  const place = replaceableFile(file);
  const out = new AtomicFile(place);
  try {
    await write(out);
    out.commit();
  } catch (error) {
    out.discard();
    throw error;
  }
  return place;
}

/** RFC 8493: the declaration, what it is a bag of, and the checksums of these files; the payload is the user's to put into data/. */
async function writeTags(
  folder: string,
  { snapshotId, machineId, setName, timestampMs }: SnapshotRow,
  { totalSizeBytes, fileCount }: ExportedList,
  sums: Record<string, string>,
): Promise<void> {
  const tags: Record<string, string> = {
    "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "bag-info.txt": [
      `External-Identifier: ${snapshotId}`,
      `External-Description: ${machineId}/${setName}`,
      `Bagging-Date: ${new Date(timestampMs).toISOString().slice(0, 10)}`,
      "Bag-Software-Agent: bsv",
      `Payload-Oxum: ${totalSizeBytes}.${fileCount}`,
      "",
    ].join("\n"),
  };
  for (const [name, text] of Object.entries(tags)) {
    await written(`${folder}/${name}`, async (out) => out.append(text));
    sums[name] = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  }
  const lines = Object.entries(sums).map(([name, sum]) => `${sum}  ${name}\n`);
  await written(`${folder}/tagmanifest-sha256.txt`, async (out) => out.append(lines.join("")));
}
