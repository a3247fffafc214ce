// Writes a snapshot's entries as a list that other tools check files with: sha256sum, hashdeep, mtree, a BagIt validator; or as CSV.
// What the format cannot hold is counted and told, never silently left out.
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { plainName } from "#core/proof/layout.ts";
import type { Run } from "#core/run.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { manifestWriter } from "#core/sums/bagit.ts";
import { sha256sumsWriter } from "#core/sums/checksum-lines.ts";
import { csvWriter } from "#core/sums/csv.ts";
import { hashdeepWriter } from "#core/sums/hashdeep.ts";
import { mtreeWriter } from "#core/sums/mtree.ts";
import type { SumsFormat } from "#core/sums/sum.ts";
import type { LeftOutReason, SumsWriter } from "#core/sums/writer.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { provenPages } from "./document-text.ts";

export interface ListInput {
  readonly row: SnapshotRow;
  readonly format: SumsFormat;
  /** Only what is below this folder, named from there. */
  readonly relativeTo: string | undefined;
}

export interface ExportedList {
  fileCount: number;
  totalSizeBytes: number;
  /** Facts that the format has no place for. */
  readonly omits: readonly string[];
  readonly leftOut: Record<LeftOutReason, number>;
  /** The first entries left out that are no symlinks, for whoever wants to know which. */
  readonly examples: string[];
}

/**
 * Gives the list to `write`, page by page. Throws `store_corrupt` behind the last, where the store lost what it recorded, and
 * `not_found` where all of it lies elsewhere: an empty list is passed by every copy.
 */
export async function exportList(
  scope: Scope,
  { row, format, relativeTo }: ListInput,
  write: (bytes: Uint8Array) => Promise<void> | void,
  run: Run,
): Promise<ExportedList> {
  const writer = WRITERS[format]();
  const list: ExportedList = {
    fileCount: 0,
    totalSizeBytes: 0,
    omits: writer.omits,
    leftOut: { symlink: 0, unreadable: 0, checksum: 0, name: 0, outside: 0 },
    examples: [],
  };
  const { snapshotId, machineId, setName, timestampMs } = row;
  await write(
    Buffer.from(
      writer.start({ snapshotId, machineId, setName, timestamp: timestampText(timestampMs) }),
    ),
  );
  const nameOf = naming(format, relativeTo);
  for await (const { entries } of provenPages(scope, row)) {
    run.signal.throwIfAborted();
    const lines: string[] = [];
    for (const entry of entries) {
      const name = nameOf(entry.path);
      const line = typeof name === "string" ? writer.line({ ...entry, path: name }) : name;
      if (typeof line === "string") {
        lines.push(line);
        count(list, entry);
      } else {
        list.leftOut[line.reason]++;
        const isNamed = line.reason !== "symlink" && line.reason !== "outside";
        if (isNamed && list.examples.length < MOST_EXAMPLES) list.examples.push(entry.path);
      }
    }
    if (lines.length > 0) await write(pathBytes(lines.join("")));
  }
  if (row.fileCount > 0 && list.leftOut.outside === row.fileCount) {
    throw new BsvError("not_found", `Nothing in the snapshot is below ${relativeTo!}`, {
      hint: "Say the whole path of a folder that was scanned: `bsv show REF --files` tells them",
    });
  }
  return list;
}

/** Whether files are missing in the list, whose absence its reader cannot see. */
export const isWhole = ({ leftOut }: ExportedList): boolean =>
  leftOut.unreadable + leftOut.checksum + leftOut.name === 0;

// --- internal ---

const MOST_EXAMPLES = 20;

const WRITERS: Record<SumsFormat, () => SumsWriter> = {
  sha256sums: () => sha256sumsWriter,
  hashdeep: () => hashdeepWriter,
  mtree: mtreeWriter,
  bagit: () => manifestWriter,
  csv: () => csvWriter,
};

/**
 * Tools that walk a folder name things from there; the others take names as they stand. A reason where it has no name in the list:
 * another writer's document may hold a `..`, which would lead a tool out of the folder.
 */
function naming(format: SumsFormat, relativeTo: string | undefined) {
  const folder = relativeTo === undefined ? undefined : `${relativeTo.replace(/\/+$/, "")}/`;
  const isRelative = folder !== undefined || format === "mtree" || format === "bagit";
  return (path: string): string | { reason: "outside" | "name" } => {
    if (!isRelative) return path;
    if (folder !== undefined && !path.startsWith(folder)) return { reason: "outside" };
    const name = folder === undefined ? path.replace(/^\/+/, "") : path.slice(folder.length);
    return plainName(name) === name ? name : { reason: "name" };
  };
}

function count(list: ExportedList, { sizeBytes }: Entry): void {
  list.fileCount++;
  list.totalSizeBytes += sizeBytes ?? 0;
}
