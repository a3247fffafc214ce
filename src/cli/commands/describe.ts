// `bsv describe SET TEXT`: what a backupset is, in words.
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { readSetWord, type SetWord } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { describeSet } from "#jobs/describe.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

/** As much as the backupset file and the API take. */
const LONGEST = 1000;

export default defineCommand({
  description: "bsv sets tells it. A description in the backupset file wins at the next scan.",
  args: {
    set: { type: "positional", description: "SET or MACHINE/SET", read: readSetWord },
    text: { type: "positional", description: "What it is, for people", read: readText },
    "dry-run": dryRun,
    remote: remoteInstead,
  },
  examples: [
    {
      line: "bsv describe project-data Projects",
      about: "Of this machine's, or the only, set of that name",
    },
    { line: "bsv describe nas/photos Photos", about: "Of another machine's" },
    { line: "bsv describe photos Photos --remote default", about: "At the server" },
  ],
  exits: [5, 6, 7, 8],
  async run(context, { set: word, text, "dry-run": isDryRun, remote }) {
    const { out } = context;
    const history = await remoteHistory(context, remote);
    const { machineId, setName } =
      history === undefined
        ? await describeHere(context, word, text, isDryRun)
        : await describeThere(context, history, word, text, isDryRun);
    const value = { machine_id: machineId, backupset_name: setName, description: text };
    await out.answer({ ...value, written: !isDryRun }, () => [
      `${machineId}/${setName} ${isDryRun ? "would be" : "is"} described as: ${printable(text)}`,
    ]);
    return "done";
  },
});

// --- internal ---

async function describeHere(
  context: Context,
  word: SetWord,
  text: string,
  isDryRun: boolean,
): Promise<SetName> {
  const scope = await context.existingStore();
  const set = await resolveSet(scope, word);
  if (!isDryRun) await describeSet(scope, set, text, context.run);
  return set;
}

async function describeThere(
  context: Context,
  history: RemoteHistory,
  { machineId, setName }: SetWord,
  text: string,
  isDryRun: boolean,
): Promise<SetName> {
  const set = { machineId: machineId ?? (await thisMachineId(context)), setName };
  if (!isDryRun) await history.describe(set, text);
  else if (!(await history.hasSet(set))) {
    throw new BsvError("not_found", `${history.url} has no backupset ${set.machineId}/${setName}`);
  }
  return set;
}

function readText(text: string): string {
  if (text.length <= LONGEST) return text;
  throw new BsvError("usage", `A description has at most ${LONGEST} characters`);
}
