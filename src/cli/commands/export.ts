// `bsv export REF`: the snapshot's document, byte for byte as it was written when it was recorded; or a list for other tools.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import { SUMS_FORMATS, type SumsFormat } from "#core/sums/sum.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { documentText, wireText } from "#jobs/document-text.ts";
import { exportList, isWhole, type ExportedList } from "#jobs/export-list.ts";
import { exportDocument, exportListTo } from "#jobs/export.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

What the store gives back is checked against the tree_hash on its way; damage
ends the document before its end, with an error.

Lists are for other tools: \`sha256sum -c\`, \`hashdeep -a\`, \`mtree -f\`, a BagIt
validator. What a format has no place for is said; files that it leaves out make
exit 3. json, ndjson and csv hold everything.`,
  args: {
    ref: reference,
    format: {
      type: "enum",
      options: ["json", "ndjson", ...SUMS_FORMATS],
      default: "json",
      description: "How it is written",
    },
    "relative-to": {
      type: "string",
      valueHint: "PATH",
      description: "Of a list: only what is below PATH, named from there",
    },
    output: {
      type: "string",
      alias: "o",
      valueHint: "FILE",
      description:
        "Write to FILE, whole or not at all; one that exists is replaced; for bagit a folder",
    },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv export project-data@latest -o snapshot.json", about: "To a file" },
    { line: "bsv export latest > snapshot.json", about: "The newest document" },
    {
      line: "bsv export latest --format sha256sums --relative-to /home/me | (cd /mnt/copy && sha256sum -c)",
      about: "Check a copy with nothing but coreutils",
    },
    {
      line: "bsv export 3f786850 | jq -c '.files[]' | sha256sum",
      about: "Its tree_hash, by others",
    },
  ],
  exits: [3, 5, 6, 7],
  async run(context, { ref, format, "relative-to": relativeTo, output, remote }) {
    const isDocument = format === "json" || format === "ndjson";
    if (isDocument && relativeTo !== undefined) {
      throw new BsvError(
        "usage",
        "--relative-to is for lists; a document holds all of its snapshot",
        {
          hint: `Say --format ${SUMS_FORMATS.join("|")} as well`,
        },
      );
    }
    const file = output === "-" ? undefined : output;
    const write = (scope: Scope, row: SnapshotRow): Promise<Outcome> =>
      isDocument
        ? documentFrom(scope, row, { form: format, file }, context)
        : listFrom(scope, row, { format: format as SumsFormat, relativeTo, file }, context);
    const history = await remoteHistory(context, remote);
    if (history === undefined) {
      const scope = await context.existingStore();
      return write(scope, await resolveReference(scope, ref));
    }
    const snapshot = await history.resolve(ref, await thisMachineId(context));
    let outcome: Outcome = "done";
    await history.borrow(snapshot, (await context.dataDir()).value, async (scope, row) => {
      outcome = await write(scope, row);
    });
    return outcome;
  },
});

// --- internal ---

async function documentFrom(
  scope: Scope,
  row: SnapshotRow,
  { form, file }: { form: "json" | "ndjson"; file: string | undefined },
  { out, run }: Context,
): Promise<Outcome> {
  if (file !== undefined) {
    const place = await exportDocument(scope, { row, form, file }, run);
    const facts = { file: place, snapshot_id: row.snapshotId };
    await out.answer(facts, () => [`Wrote ${printable(place)}: ${snapshotLine(row, run.now())}`]);
    return "done";
  }
  for await (const text of form === "json" ? documentText(scope, row) : wireText(scope, row)) {
    run.signal.throwIfAborted();
    await out.write(text);
  }
  return "done";
}

async function listFrom(
  scope: Scope,
  row: SnapshotRow,
  {
    file,
    ...input
  }: { format: SumsFormat; relativeTo: string | undefined; file: string | undefined },
  { out, run }: Context,
): Promise<Outcome> {
  if (file === undefined) {
    const list = await exportList(scope, { row, ...input }, (bytes) => out.write(bytes), run);
    for (const line of lossText(list)) out.note(line);
    return isWhole(list) ? "done" : "incomplete";
  }
  const { file: place, list } = await exportListTo(scope, { row, ...input, file }, run);
  const facts = {
    file: place,
    snapshot_id: row.snapshotId,
    files: list.fileCount,
    omits: list.omits,
    left_out: list.leftOut,
    examples: list.examples,
  };
  await out.answer(facts, () => [
    `Wrote ${printable(place)}: ${plural(list.fileCount, "file")} of ${snapshotLine(row, run.now())}`,
    ...lossText(list),
  ]);
  return isWhole(list) ? "done" : "incomplete";
}

const REASONS = {
  symlink: ["symlink", "symlinks"],
  unreadable: ["entry that could not be read", "entries that could not be read"],
  checksum: ["file without a SHA-256", "files without a SHA-256"],
  name: ["name that it cannot write", "names that it cannot write"],
  outside: ["entry elsewhere", "entries elsewhere"],
} as const;

/** What is not in the list. */
function lossText({ omits, leftOut, examples }: ExportedList): string[] {
  const missing = Object.entries(REASONS)
    .map(([reason, [one, many]]) => [leftOut[reason as keyof typeof REASONS], one, many] as const)
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => plural(count, one, many));
  const shown = examples.slice(0, 3).map((path) => printable(path));
  const such = shown.length === 0 ? "" : ` (such as ${shown.join(", ")})`;
  return [
    ...(omits.length === 0 ? [] : [`The format has no place for ${omits.join(", ")}`]),
    ...(missing.length === 0 ? [] : [`Left out: ${missing.join(", ")}${such}`]),
  ];
}
