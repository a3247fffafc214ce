// `bsv describe SET TEXT`: what a backupset is, in words.
import { defineCommand, dryRun } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { BsvError } from "#core/errors.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { describeSet } from "#jobs/describe.ts";

/** As much as the backupset file and the API take. */
const LONGEST = 1000;

export default defineCommand({
  description: "bsv sets tells it. A description in the backupset file wins at the next scan.",
  args: {
    set: { type: "positional", description: "SET or MACHINE/SET", read: readSetWord },
    text: { type: "positional", description: "What it is, for people", read: readText },
    "dry-run": dryRun,
  },
  examples: [
    {
      line: "bsv describe project-data Projects",
      about: "Of this machine's, or the only, set of that name",
    },
    { line: "bsv describe nas/photos Photos", about: "Of another machine's" },
  ],
  exits: [5, 8],
  async run(context, { set: word, text, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const set = await resolveSet(scope, word);
    if (!isDryRun) await describeSet(scope, set, text, run);
    const { machineId, setName } = set;
    const value = { machine_id: machineId, backupset_name: setName, description: text };
    await out.answer({ ...value, written: !isDryRun }, () => [
      `${machineId}/${setName} ${isDryRun ? "would be" : "is"} described as: ${printable(text)}`,
    ]);
    return "done";
  },
});

// --- internal ---

function readText(text: string): string {
  if (text.length <= LONGEST) return text;
  throw new BsvError("usage", `A description has at most ${LONGEST} characters`);
}
