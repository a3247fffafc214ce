// `bsv export REF`: the snapshot's document, byte for byte as it was written when it was recorded.
import { defineCommand } from "#cli/command.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { resolveReference } from "#db/find-snapshot.ts";
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
  },
  examples: [
    { line: "bsv export project-data@latest -o snapshot.json", about: "To a file" },
    { line: "bsv export latest > snapshot.json", about: "The newest document" },
    {
      line: "bsv export 3f786850 | jq -c '.files[]' | sha256sum",
      about: "Its tree_hash, by others",
    },
  ],
  exits: [5],
  async run(context, { ref, output }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const row = await resolveReference(scope, ref);
    if (output !== undefined && output !== "-") {
      const file = await exportDocument(scope, { row, file: output }, run);
      const facts = { file, snapshot_id: row.snapshotId };
      await out.answer(facts, () => [`Wrote ${printable(file)}: ${snapshotLine(row, run.now())}`]);
      return "done";
    }
    for await (const text of documentText(scope, row)) {
      run.signal.throwIfAborted();
      await out.write(text);
    }
    return "done";
  },
});
