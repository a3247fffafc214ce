// `bsv export REF`: the snapshot's document, byte for byte as it was written when it was recorded.
import { defineCommand } from "#cli/command.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { documentText } from "#jobs/document-text.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

What the store gives back is checked against the tree_hash on its way; damage
ends the document before its end, with an error.`,
  args: {
    ref: reference,
  },
  examples: [
    { line: "bsv export latest > snapshot.json", about: "The newest document" },
    {
      line: "bsv export 3f786850 | jq -c '.files[]' | sha256sum",
      about: "Its tree_hash, by others",
    },
  ],
  exits: [5],
  async run(context, { ref }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const row = await resolveReference(scope, ref);
    for await (const text of documentText(scope, row)) {
      run.signal.throwIfAborted();
      await out.write(text);
    }
    return "done";
  },
});
