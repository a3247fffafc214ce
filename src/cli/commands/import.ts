// `bsv import DOCUMENT…`: snapshot documents into the store, each judged as a server would judge it.
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { printable } from "#cli/output/escape.ts";
import { readSetWord, type SetWord } from "#cli/find-set.ts";
import { failureOf } from "#cli/output/failure.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { moment } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { plainName } from "#core/proof/layout.ts";
import type { ListOrigin } from "#jobs/import-list.ts";
import { importDocument, type Imported, type ImportInput, previewImport } from "#jobs/import.ts";

export default defineCommand({
  description: `Takes JSON documents, NDJSON (*.ndjson, *.jsonl), plain or compressed with gzip or
zstd; with "format": 1, or in the minimal shape any script can write. A document
that is stored already is not stored twice. A lone - is standard input.

With --set and --at, a list of checksums: of sha256sum (BSD's form too), hashdeep,
mtree, a BagIt manifest, or CSV as \`bsv export\` writes it. A list that tells no sizes
or mtimes is refused unless --unknown-as-zero says that 0 will do; the snapshot is
tagged then.

Of several files, a refused one does not keep the others out; the end tells.`,
  args: {
    document: { type: "positional", multiple: true, description: "Files with snapshot documents" },
    set: {
      type: "string",
      valueHint: "SET",
      description: "The files are lists; this is their backupset, SET or MACHINE/SET",
      read: readSetWord,
    },
    at: {
      type: "string",
      valueHint: "TIME",
      description: "When it was as the list says",
      read: moment("start"),
    },
    strip: {
      type: "string",
      valueHint: "PATH",
      description: "Take this off the front of a list's names; others are left out",
      read: (text: string) => plainName(text) ?? "",
    },
    prefix: {
      type: "string",
      valueHint: "PATH",
      description: "Put this before a list's names",
    },
    "unknown-as-zero": {
      type: "boolean",
      description: "Record 0 for sizes and mtimes that a list does not tell",
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv import snapshot.json", about: "One document" },
    { line: "bsv import old/*.json.gz --json", about: "Many; events, then a summary" },
    {
      line: "bsv import photos.mtree --set photos --at 2019-05-01 --prefix /home/me/photos",
      about: "A list from before there was bsv",
    },
  ],
  exits: [4, 5],
  json: "events",
  async run(context, { document: files, "dry-run": isDryRun, ...words }) {
    const { out, run } = context;
    const takeIn = isDryRun ? await previewer(context) : await importer(context);
    const list = await listOrigin(context, words);
    const counts = { stored: 0, exists: 0, refused: 0 };
    for (const file of files) {
      run.signal.throwIfAborted();
      try {
        const ingested = await takeIn({ file, list });
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

type TakeIn = (input: Pick<ImportInput, "file" | "list">) => Promise<Imported>;

async function importer(context: Context): Promise<TakeIn> {
  const scope = await context.store();
  const dataDir = (await context.dataDir()).value;
  return (input) => importDocument(scope, { ...input, dataDir }, context.run);
}

async function previewer(context: Context): Promise<TakeIn> {
  const scope = await context.storeIfAny();
  return (input) => previewImport(scope, input, context.run);
}

interface ListWords {
  readonly set: SetWord | undefined;
  readonly at: number | undefined;
  readonly strip: string | undefined;
  readonly prefix: string | undefined;
  readonly "unknown-as-zero": boolean;
}

/** What a list does not say itself; undefined for documents. */
async function listOrigin(
  context: Context,
  { set, at, strip, prefix, "unknown-as-zero": unknownAsZero }: ListWords,
): Promise<ListOrigin | undefined> {
  if (set === undefined || at === undefined) {
    const isSaid = [set, at, strip, prefix].some((word) => word !== undefined) || unknownAsZero;
    if (!isSaid) return undefined;
    throw new BsvError("usage", "A list of checksums needs both --set and --at", {
      hint: "A snapshot document needs neither, nor --strip, --prefix or --unknown-as-zero",
    });
  }
  const { machineId = await thisMachineId(context), setName } = set;
  return { machineId, setName, timestampMs: at, strip, prefix, unknownAsZero };
}

async function tell(
  { out, run }: Context,
  file: string,
  { status, row, gap, outsideCount, unknown }: Imported,
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
      ...(outsideCount === 0 ? {} : { outside: outsideCount }),
      ...(unknown.length === 0 ? {} : { unknown }),
    });
  }
  const stored = isDryRun ? "Would store" : "Stored";
  const said = status === "stored" ? stored : "Already there:";
  await out.write(`${said} ${snapshotLine(row, run.now())}\n`);
  if (outsideCount > 0) out.note(`${plural(outsideCount, "name")} outside --strip: left out`);
  if (unknown.length > 0) out.note(`Not told by the list, and 0 here: ${unknown.join(", ")}`);
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
