// `bsv import DOCUMENT…`: snapshot documents into the store, each judged as a server would judge it.
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { printable } from "#cli/output/escape.ts";
import { failureOf } from "#cli/output/failure.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { BsvError } from "#core/errors.ts";
import type { Ingested } from "#jobs/ingest/ingest.ts";
import { importDocument } from "#jobs/import.ts";

export default defineCommand({
  description: `Takes JSON documents, NDJSON (*.ndjson, *.jsonl), plain or compressed with gzip or
zstd; with "format": 1, or in the minimal shape any script can write. A document
that is stored already is not stored twice.

Of several files, a refused one does not keep the others out; the end tells.`,
  args: {
    document: { type: "positional", multiple: true, description: "Files with snapshot documents" },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv import snapshot.json", about: "One document" },
    { line: "bsv import old/*.json.gz --json", about: "Many; events, then a summary" },
  ],
  exits: [4, 5],
  json: "events",
  async run(context, { document: files, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.store();
    const dataDir = (await context.dataDir()).value;
    const counts = { stored: 0, exists: 0, refused: 0 };
    for (const file of files) {
      run.signal.throwIfAborted();
      try {
        const ingested = await importDocument(scope, { file, dataDir, isDryRun }, run);
        counts[ingested.status]++;
        await tell(context, file, ingested, isDryRun);
      } catch (error) {
        if (files.length === 1 || !isRefusal(error)) throw error;
        counts.refused++;
        await refuse(context, file, error);
      }
    }
    await out.event("summary", { files: files.length, ...counts });
    if (files.length > 1) {
      const { stored, exists, refused } = counts;
      const parts = [`${stored} stored`, `${exists} already there`, `${refused} refused`];
      out.note(`${plural(files.length, "document")}: ${parts.join(", ")}`);
    }
    return counts.refused === 0 ? "done" : "findings";
  },
});

// --- internal ---

async function tell(
  { out, run }: Context,
  file: string,
  { status, row, gap }: Ingested,
  isDryRun: boolean,
): Promise<void> {
  if (out.isJson) {
    return out.event("document", {
      file,
      status,
      ...(isDryRun ? { dry_run: true } : {}),
      snapshot_id: row.snapshotId,
      ...(row.clientId === null ? {} : { client_id: row.clientId }),
      ...(gap === null ? {} : { gap }),
    });
  }
  const stored = isDryRun ? "Would store" : "Stored";
  const said = status === "stored" ? stored : "Already there:";
  await out.write(`${said} ${snapshotLine(row, run.now())}\n`);
  if (gap !== null) out.note(`The snapshot before it, ${gap}, is not in this store`);
}

/** Trouble with this document alone, not with the store or the disk. */
function isRefusal(error: unknown): error is BsvError {
  const codes = [
    "malformed",
    "invalid_document",
    "too_large",
    "conflict",
    "gone",
    "not_found",
    "usage",
  ];
  return error instanceof BsvError && codes.includes(error.code);
}

async function refuse({ out }: Context, file: string, error: BsvError): Promise<void> {
  if (out.isJson) await out.event("refused", { file, ...failureOf(error) });
  else out.warn(`${printable(file)}: ${error.message} [${error.code}]`);
}
