// `bsv scrub SET`: the source read again a part at a time, so that every file is proven once in a cycle.
import { defineCommand } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { scrubFacts, scrubText } from "#cli/output/scrub-text.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { findingText } from "#cli/output/verify-text.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { duration, size, span, wholeNumber } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import { findingFacts } from "#core/proof/finding.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { scrub } from "#jobs/verify/scrub.ts";

export default defineCommand({
  description: `What was read longest ago is read first; what is new since scrubbing began, within
a day. Without a limit a run reads what is due, and of the rest as much as the time
since the last run is of the cycle: run it daily, and each day takes an equal part.
Where it stopped is kept with the files: killed at any moment, the next run goes on.

It says when all files will have been read again at this pace. Exit 4 for a corrupted
file, or if some will not be read within the cycle; 3 where something could not be
read. Files that changed since the snapshot are the next scan's business.`,
  args: {
    set: {
      type: "positional",
      description: "SET or MACHINE/SET, of this machine",
      read: readSetWord,
    },
    cycle: {
      type: "string",
      valueHint: "SPAN",
      default: "30d",
      description: "How often each file shall be read",
      read: span,
    },
    "max-time": {
      type: "string",
      valueHint: "TIME",
      description: "Begin no further file after this time, such as 90s, 30m or 2h",
      read: duration,
    },
    "max-bytes": {
      type: "string",
      valueHint: "SIZE",
      description: "Begin no further file after so many bytes",
      read: size,
    },
    sample: {
      type: "string",
      valueHint: "N",
      description: "Instead: so many files, drawn blindly, and what that says of all",
      read: wholeNumber(1),
    },
  },
  examples: [
    { line: "bsv scrub photos", about: "Daily: a thirtieth of it, and what is due" },
    { line: "bsv scrub photos --cycle 90d --max-time 2h", about: "Within the night's window" },
    { line: "bsv scrub photos --sample 300", about: "Are fewer than 1 % bad? A blind sample" },
  ],
  exits: [3, 4, 5],
  json: "events",
  async run(context, { set: word, cycle, "max-time": maxMs, "max-bytes": maxBytes, sample }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const set = await resolveSet(scope, word);
    const { machineId } = await thisMachine(context, scope);
    if (set.machineId !== machineId) {
      throw new BsvError(
        "usage",
        `The source of ${set.machineId}/${set.setName} is on another machine`,
      );
    }
    const row = await latestSnapshot(scope, set);
    if (row === undefined) {
      throw new BsvError("not_found", `${set.machineId}/${set.setName} has no snapshot yet`);
    }
    if (!out.isJson) await out.write(`${snapshotLine(row, run.now())}\n`);
    const done = await scrub(
      scope,
      {
        row,
        definition: (await context.config())?.backupsets.get(set.setName),
        dataDir: (await context.dataDir()).value,
        cycleMs: cycle.ms,
        maxBytes,
        maxMs,
        sample,
      },
      async (finding) => {
        if (out.isJson) return out.event("finding", findingFacts(finding));
        return out.write(`${findingText(finding, run.now(), out.colours).join("\n")}\n`);
      },
      run,
    );
    await out.event("summary", scrubFacts(done));
    if (!out.isJson) {
      await out.write(`${scrubText(done, cycle.text, run.now(), out.colours).join("\n")}\n`);
    }
    const { counts } = done.verification;
    const isLate = sample === undefined && done.outlook.lateFiles > 0;
    if (counts.corrupted > 0 || isLate) return "findings";
    return counts.offline + counts.unreadable + counts.unstable > 0 ? "incomplete" : "done";
  },
});
