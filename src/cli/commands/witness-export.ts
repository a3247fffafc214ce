// `bsv witness export`: the heads of this store's sets, for keeping elsewhere.
import { defineCommand } from "#cli/command.ts";
import { namedSets, setWords } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { plural } from "#cli/output/units.ts";
import { signerOf } from "#cli/signer.ts";
import { writeWitness } from "#jobs/chain/witness.ts";

export default defineCommand({
  description: `Writes the id and time of every snapshot that is or was: a hundred bytes each, signed
where there is a key. Keep it where nobody who can write to the store can write: on
paper, in a mail, at a friend's. \`bsv verify-chain --witness FILE\` then finds what
was removed since, also at the end of a history, which nothing else can.`,
  args: {
    set: setWords,
    output: {
      type: "string",
      alias: "o",
      valueHint: "FILE",
      description: "Write to FILE, whole or not at all; one that exists is replaced",
    },
  },
  examples: [
    { line: "bsv witness export -o /mnt/usb/heads.ndjson", about: "To keep elsewhere" },
    { line: "bsv witness export | mail -s heads me@example.org", about: "Or in a mailbox" },
  ],
  exits: [5],
  async run(context, { set: words, output }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const sets = await namedSets(scope, words);
    const signer = await signerOf();
    const file = output === "-" ? undefined : output;
    const witness = await writeWitness(scope, { sets, file, signer }, run);
    if (witness.file === undefined) {
      await out.write(witness.text);
      return "done";
    }
    const facts = { file: witness.file, heads: witness.headCount, signed: signer !== undefined };
    await out.answer(facts, () => [
      `Wrote ${printable(witness.file!)}: ${plural(witness.headCount, "head")} of ${plural(sets.length, "backupset")}, ${signer === undefined ? "not signed (bsv keygen)" : "signed"}`,
    ]);
    return "done";
  },
});
