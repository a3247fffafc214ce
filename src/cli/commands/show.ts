// `bsv show REF`: one snapshot, what it says of itself and, if asked, every entry it witnessed.
import { defineCommand } from "#cli/command.ts";
import type { Output } from "#cli/output/output.ts";
import { entryText } from "#cli/output/entry-text.ts";
import { snapshotFacts, snapshotText, type Told } from "#cli/output/snapshot-text.ts";
import { verdictText } from "#cli/output/verdict-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import type { Entry } from "#core/entry.ts";
import type { Verdict } from "#core/proof/verdict.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { findVerdict } from "#db/proof/verdicts.ts";
import { provenPages } from "#jobs/document-text.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

With --json and --files (or --errors) the answer is one line of JSON for the
snapshot, then one for each entry; "bsv export" gives the document itself.`,
  args: {
    ref: reference,
    files: { type: "boolean", description: "List all its entries" },
    errors: { type: "boolean", description: "List only the entries that could not be read" },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv show latest", about: "The newest snapshot of the only backupset" },
    { line: "bsv show project-data@latest~1 --files", about: "All files of the one before" },
    { line: "bsv show 3f786850 --json", about: "Its header, for a script" },
    { line: "bsv show 2026-11-01 --errors", about: "What could not be read as of that day" },
  ],
  exits: [5, 6, 7],
  async run(context, { ref, files, errors, remote }) {
    const { out, run } = context;
    const tell = (row: Told, verdict?: Verdict) =>
      out.answer(snapshotFacts(row), (colours) => [
        ...snapshotText(row, run.now(), colours),
        ...(row.verdict
          ? [`verdict     ${verdict ? verdictText(verdict, colours) : row.verdict}`]
          : []),
      ]);
    const isWanted = (entry: Entry) => files || entry.error !== null;
    const history = await remoteHistory(context, remote);
    if (history === undefined) {
      const scope = await context.existingStore();
      const row = await resolveReference(scope, ref);
      await tell(row, findVerdict(scope, row.snapshotId));
      if (files || errors) await listEntries(scope, row, out, isWanted);
      return "done";
    }
    const snapshot = await history.resolve(ref, await thisMachineId(context));
    await tell(snapshot);
    if (files || errors) {
      const { dataDir } = await context.settings();
      await history.borrow(snapshot, dataDir.value, (scope, row) =>
        listEntries(scope, row, out, isWanted),
      );
    }
    return "done";
  },
});

// --- internal ---

async function listEntries(
  scope: Scope,
  row: SnapshotRow,
  out: Output,
  isWanted: (entry: Entry) => boolean,
): Promise<void> {
  if (!out.isJson) await out.write("\n");
  for await (const { entries, lines } of provenPages(scope, row)) {
    const wanted = entries.flatMap((entry, index) =>
      isWanted(entry) ? (out.isJson ? lines[index]! : entryText(entry, out.colours)) : [],
    );
    if (wanted.length > 0) await out.write(`${wanted.join("\n")}\n`);
  }
}
