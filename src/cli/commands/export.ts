// `bsv export REF`: the snapshot's document, byte for byte as it was written when it was recorded.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { documentText } from "#jobs/document-text.ts";
import { exportDocument } from "#jobs/export.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

What the store gives back is checked against the tree_hash on its way; damage
ends the document before its end, with an error.`,
  args: {
    ref: reference,
    output: {
      type: "string",
      alias: "o",
      valueHint: "FILE",
      description: "Write to FILE, whole or not at all; one that exists is replaced",
    },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv export project-data@latest -o snapshot.json", about: "To a file" },
    { line: "bsv export latest > snapshot.json", about: "The newest document" },
    {
      line: "bsv export 3f786850 | jq -c '.files[]' | sha256sum",
      about: "Its tree_hash, by others",
    },
  ],
  exits: [5, 6, 7],
  async run(context, { ref, output, remote }) {
    const file = output === "-" ? undefined : output;
    const history = await remoteHistory(context, remote);
    if (history === undefined) {
      const scope = await context.existingStore();
      await exportFrom(scope, await resolveReference(scope, ref), file, context);
      return "done";
    }
    const snapshot = await history.resolve(ref, await thisMachineId(context));
    await history.borrow(snapshot, (await context.dataDir()).value, (scope, row) =>
      exportFrom(scope, row, file, context),
    );
    return "done";
  },
});

// --- internal ---

async function exportFrom(
  scope: Scope,
  row: SnapshotRow,
  output: string | undefined,
  { out, run }: Context,
): Promise<void> {
  if (output !== undefined) {
    const file = await exportDocument(scope, { row, file: output }, run);
    const facts = { file, snapshot_id: row.snapshotId };
    return out.answer(facts, () => [`Wrote ${printable(file)}: ${snapshotLine(row, run.now())}`]);
  }
  for await (const text of documentText(scope, row)) {
    run.signal.throwIfAborted();
    await out.write(text);
  }
}
