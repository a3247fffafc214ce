// A list of checksums becomes a snapshot document: what the list says of each file, under a set and a time that somebody names. What
// it does not say is not made up, unless that is asked for in so many words.
import { entryLine, jsonText, type Entry } from "#core/entry.ts";
import { judgeEntry } from "#core/entry-json.ts";
import { BsvError } from "#core/errors.ts";
import { pathOfName, plainName } from "#core/proof/layout.ts";
import { problem } from "#core/lines.ts";
import type { BodyEncoding } from "#core/read-document.ts";
import type { Run } from "#core/run.ts";
import { readSums } from "#core/sums/read.ts";
import { otherAlgorithm, type Sum } from "#core/sums/sum.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { OwnFile } from "#disk/atomic-file.ts";
import { bodyChunks } from "#disk/body-chunks.ts";

export interface ListOrigin extends SetName {
  readonly timestampMs: number;
  /** Taken off the front of the list's names; names outside are left out. */
  readonly strip: string | undefined;
  /** Put before what is left. */
  readonly prefix: string | undefined;
  /** Records 0 for sizes and mtimes that the list does not tell. */
  readonly unknownAsZero: boolean;
}

export interface ListSource {
  readonly file: string;
  readonly encoding: BodyEncoding;
  /** As its user calls it: only that tells a bag's manifest. */
  readonly name: string;
  readonly limitBytes: number;
}

export interface ListDocument {
  /** Header and entries: one body. */
  readonly parts: readonly string[];
  readonly outsideCount: number;
  /** Facts that were recorded as 0. */
  readonly unknown: readonly ("size" | "mtime")[];
  /** The list's line of an entry, by its line in the document. */
  readonly lineOf: (documentLine: number) => number;
}

/** Writes the document into `folder`. Throws `malformed` or `invalid_document` with the list's first offending line, or `usage`. */
export async function listAsDocument(
  source: ListSource,
  origin: ListOrigin,
  folder: string,
  run: Run,
): Promise<ListDocument> {
  const lines: number[] = [];
  const summary = { file_count: 0, total_size: 0, error_count: 0 };
  const missing = { size: 0, mtime: 0 };
  let outsideCount = 0;
  const entries = new OwnFile(`${folder}/entries.ndjson`, "wx");
  try {
    const chunks = bodyChunks([source.file], source.encoding, source.limitBytes);
    for await (const page of readSums(chunks, { fileName: source.name })) {
      run.signal.throwIfAborted();
      for (const sum of page) {
        if ("problem" in sum) throw problem("malformed", sum.line, `The line ${sum.problem}`);
        const path = pathOf(sum, origin);
        if (path === undefined) {
          outsideCount++;
          continue;
        }
        const entry = entryOf(sum, path, missing);
        entries.append(`${entryLine(entry)}\n`);
        lines.push(sum.line);
        summary.file_count++;
        if (entry.type === "file") summary.total_size += entry.sizeBytes ?? 0;
        if (entry.error !== null) summary.error_count++;
      }
    }
    entries.sync();
  } finally {
    entries.close();
  }
  const unknown = (["size", "mtime"] as const).filter((fact) => missing[fact] > 0);
  if (unknown.length > 0 && !origin.unknownAsZero) throw untold(source.name, missing);
  const header = new OwnFile(`${folder}/header.ndjson`, "wx");
  try {
    const { machineId, setName, timestampMs } = origin;
    const timestamp = timestampText(timestampMs);
    header.append(
      `${jsonText({ timestamp, machine_id: machineId, backupset_name: setName, summary })}\n`,
    );
    header.sync();
  } finally {
    header.close();
  }
  return {
    parts: [header.file, entries.file],
    outsideCount,
    unknown,
    lineOf: (documentLine) => lines[documentLine - 2] ?? 1,
  };
}

// --- internal ---

function pathOf({ path, line, type }: Sum, { strip, prefix }: ListOrigin): string | undefined {
  if (strip === undefined && prefix === undefined) return path;
  const name = plainName(path);
  if (name === undefined || type === "dir") {
    throw problem("invalid_document", line, "The name leads out of the list's folder");
  }
  return pathOfName({ strip: strip ?? "", prefix: prefix ?? "/", maps: [] }, name);
}

function entryOf(sum: Sum, path: string, missing: { size: number; mtime: number }): Entry {
  const algorithm = otherAlgorithm(sum);
  if (algorithm !== undefined) {
    const why = `A snapshot would take the checksum for another kind of the same length: it is ${algorithm}`;
    throw problem("invalid_document", sum.line, why);
  }
  const isReadable = sum.error === null;
  if (isReadable && sum.sizeBytes === null) missing.size++;
  if (isReadable && sum.mtimeUs === null) missing.mtime++;
  const known = {
    path,
    ...(sum.type === "file" ? {} : { type: sum.type }),
    ...(sum.target === null ? {} : { target: sum.target }),
    size: sum.sizeBytes ?? (isReadable ? 0 : null),
    mtime: sum.mtimeUs === null ? (isReadable ? 0 : null) : sum.mtimeUs / 1e6,
    inode: sum.inode ?? (isReadable ? 0 : null),
    checksum: sum.checksum,
    error: sum.error,
  };
  const judged = judgeEntry(known);
  if ("problem" in judged) throw problem("invalid_document", sum.line, judged.problem, { path });
  return judged.entry;
}

function untold(name: string, missing: { size: number; mtime: number }): BsvError {
  const facts = [
    ...(missing.size > 0 ? [`no size of ${missing.size} files`] : []),
    ...(missing.mtime > 0 ? [`no mtime of ${missing.mtime} files`] : []),
  ];
  return new BsvError(
    "usage",
    `${JSON.stringify(name)} tells ${facts.join(" and ")}, and a snapshot has both`,
    {
      hint: "`bsv verify --copy sums:FILE` compares with it as it is; --unknown-as-zero records 0 for them, and tags the snapshot",
      details: { missing },
    },
  );
}
