// `bsv du [REF]`: where the bytes of a snapshot are, what grew since another, and what churns most.
import { defineCommand } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { blindnessText, snapshotFacts, snapshotLine } from "#cli/output/snapshot-text.ts";
import { usageTable } from "#cli/output/usage-text.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteInstead } from "#cli/remote.ts";
import { usedSpace } from "#cli/used-space.ts";
import { limitOf, wholeNumber } from "#cli/values.ts";
import { parseReference } from "#core/reference.ts";
import { usageFacts, USAGE_KINDS, USAGE_ORDERS } from "#core/usage.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

Sizes are those of the files' contents; a file with several hard links counts for
each. With --growth: how much each group grew since that snapshot, and its churn:
the versions that were new meanwhile, which is what a backup had to take. What one
of the two snapshots could not see has neither grown nor shrunk: it is unknown.`,
  args: {
    ref: { ...reference, required: false, description: "The snapshot (default: latest)" },
    set: {
      type: "string",
      valueHint: "SET",
      description: "SET or MACHINE/SET of a reference that names none",
      read: readSetWord,
    },
    by: {
      type: "enum",
      options: [...USAGE_KINDS],
      default: "folder",
      description: "What is added up: files by folder, extension or age",
    },
    depth: {
      type: "string",
      alias: "d",
      valueHint: "N",
      default: "1",
      description: "Folders so many levels below the roots",
      read: wholeNumber(0),
    },
    growth: {
      type: "string",
      valueHint: "SINCE",
      description: "Compare with this snapshot of the set, such as 2026-11-01",
      read: parseReference,
    },
    sort: {
      type: "enum",
      options: [...USAGE_ORDERS],
      description: "By size, growth, churn or name (default: growth with --growth, else size)",
    },
    limit: limitOf("groups"),
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv du", about: "The folders right below the roots, the largest first" },
    { line: "bsv du latest --depth 3 --limit 20", about: "Where it is, more closely" },
    { line: "bsv du --growth 2026-11-01", about: "What grew this month" },
    { line: "bsv du --growth latest~30 --sort churn --by extension", about: "What churns most" },
  ],
  exits: [5, 6, 7],
  async run(context, args) {
    const { out, run } = context;
    const order = args.sort ?? (args.growth === undefined ? "size" : "growth");
    const { row, since, rows } = await usedSpace(context, { ...args, order });
    const shown = rows.slice(0, args.limit);
    const facts = {
      snapshot: snapshotFacts(row),
      ...(since === undefined ? {} : { since: snapshotFacts(since) }),
      by: args.by,
      groups: shown.map((one) => usageFacts(one, since !== undefined)),
    };
    await out.answer(facts, (colours) => [
      snapshotLine(row, run.now()),
      ...(since === undefined ? [] : [`since ${snapshotLine(since, run.now())}`]),
      ...[row, since].flatMap((one) => (one === undefined ? [] : blindnessText(one))),
      "",
      ...usageTable(shown, args.by, since !== undefined, colours),
    ]);
    return "done";
  },
});
