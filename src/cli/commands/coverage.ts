// `bsv coverage [SET]`: how many verified copies each file has, where, and how long ago; and whether a path may be deleted.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import type { Outcome } from "#cli/exit.ts";
import { allSets, namedSets, readSetWord } from "#cli/find-set.ts";
import {
  coverageFacts,
  coverageText,
  safetyFacts,
  safetyText,
  uncoveredFacts,
  uncoveredText,
  unsafeText,
} from "#cli/output/coverage-text.ts";
import { snapshotFacts, snapshotLine } from "#cli/output/snapshot-text.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { absolutePath, span, wholeNumber, type SpanValue } from "#cli/values.ts";
import { BsvError } from "#core/errors.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { coverage } from "#jobs/verify/coverage.ts";
import { safeToDelete } from "#jobs/verify/safe-to-delete.ts";

export default defineCommand({
  description: `By content: what bsv verify, bsv scrub and bsv drill --copy read and found good, in the
source and in each copy. The objective is that each file has so many of these, in so
many places (disks, hosts), none read longer ago than --max-age. Exit 4 if it is
missed.

--safe-to-delete answers yes (exit 0) or no (exit 4). Every file below PATH is read
now, whatever rules leave out, and looked for in copies. What counts: a copy that
was read from the first to the last byte within --max-age, and met no trouble since.
What does not: samples, drills or scrubs alone, a copy that is PATH itself or holds
folders of it under whatever name, hard links on the same disk, a copy that is not
there now, or lost or changed some of its files since it was read, an archive or a
local repository that was written since, what lies nobody knows where. The source
counts for what it still holds now. Links, empty folders, owners and permissions are
not part of the answer; nor is what is written below PATH later.`,
  args: {
    set: {
      type: "positional",
      required: false,
      description: "SET or MACHINE/SET; without it all sets, or those of this machine",
      read: readSetWord,
    },
    "min-copies": {
      type: "string",
      valueHint: "N",
      description: "So many copies, the source being one (default: 3; elsewhere: 1)",
      read: wholeNumber(1),
    },
    "min-places": {
      type: "string",
      valueHint: "N",
      default: "2",
      description: "In so many places",
      read: wholeNumber(1),
    },
    "max-age": {
      type: "string",
      valueHint: "SPAN",
      default: "30d",
      description: "None of them read longer ago, such as 30d or 2m",
      read: span,
    },
    "safe-to-delete": {
      type: "string",
      valueHint: "PATH",
      description: "Whether each byte below it is proven elsewhere",
      read: absolutePath,
    },
    limit: {
      type: "string",
      alias: "l",
      valueHint: "N",
      default: "20",
      description: "Name at most so many files of each set",
      read: wholeNumber(0),
    },
  },
  examples: [
    { line: "bsv coverage", about: "Every set against the rule of 3-2-1" },
    { line: "bsv coverage photos --min-copies 2 --max-age 90d", about: "A weaker rule" },
    { line: "bsv coverage --safe-to-delete /mnt/old-disk/photos", about: "May this go?" },
  ],
  exits: [4, 5],
  json: "events",
  async run(context, args) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const { text: maxAgeText, ms: maxAgeMs } = args["max-age"];
    const path = args["safe-to-delete"];
    if (path !== undefined) {
      const sets =
        args.set === undefined
          ? await ownSets(context, scope)
          : [await resolveSet(scope, args.set)];
      return mayGo(context, scope, {
        path,
        sets,
        minCopies: args["min-copies"] ?? 1,
        limit: args.limit,
        ...args["max-age"],
      });
    }
    const sets = await namedSets(scope, args.set === undefined ? [] : [args.set]);
    const { machineId } = await thisMachine(context, scope);
    let isMet = true;
    for (const set of sets) {
      const row = await latestSnapshot(scope, set);
      if (row === undefined) continue;
      const objective = {
        minCopies: args["min-copies"] ?? 3,
        minPlaces: args["min-places"],
        maxAgeText,
      };
      let told = 0;
      const tell = async (one: Parameters<typeof uncoveredFacts>[0]): Promise<void> => {
        if (++told > args.limit) return;
        if (out.isJson) return out.event("uncovered", uncoveredFacts(one));
        return out.write(`${uncoveredText(one, run.now())}\n`);
      };
      if (!out.isJson) await out.write(`${snapshotLine(row, run.now())}\n`);
      const covered = await coverage(
        scope,
        { row, isOwn: row.machineId === machineId, ...objective, maxAgeMs },
        tell,
        run,
      );
      isMet &&= covered.isMet;
      if (out.isJson) {
        await out.event("coverage", { snapshot: snapshotFacts(row), ...coverageFacts(covered) });
      } else {
        const more =
          told > args.limit ? [`  and ${told - args.limit} more; --limit names more`] : [];
        const text = coverageText(covered, objective, run.now(), out.colours);
        await out.write(`${[...more, ...text].join("\n")}\n`);
      }
    }
    await out.event("summary", { met: isMet, sets: sets.length });
    return isMet ? "done" : "findings";
  },
});

// --- internal ---

async function ownSets(context: Context, scope: Scope): Promise<SetName[]> {
  return allSets(scope, (await thisMachine(context, scope)).machineId);
}

async function mayGo(
  context: Context,
  scope: Scope,
  wish: { path: string; sets: SetName[]; minCopies: number; limit: number } & SpanValue,
): Promise<Outcome> {
  const { out, run } = context;
  const { machineId } = await thisMachine(context, scope);
  const foreign = wish.sets.find((set) => set.machineId !== machineId);
  if (foreign !== undefined) {
    throw new BsvError("usage", `${foreign.machineId}/${foreign.setName} is of another machine`, {
      hint: "Where its copies lie from here, nobody knows: ask there",
    });
  }
  const dataDir = (await context.dataDir()).value;
  let told = 0;
  const safety = await safeToDelete(
    scope,
    { ...wish, maxAgeMs: wish.ms, dataDir },
    async (unsafe) => {
      if (out.isJson) {
        const { path, sizeBytes, why } = unsafe;
        await out.event("unsafe", { path, size: sizeBytes, why });
      } else if (++told <= wish.limit) await out.write(`${unsafeText(unsafe)}\n`);
    },
    run,
  );
  await out.event("summary", { path: wish.path, ...safetyFacts(safety) });
  if (!out.isJson) {
    const more = told > wish.limit ? [`  and ${told - wish.limit} more; --json lists all`] : [];
    const text = safetyText(wish.path, safety, wish.text, run.now(), out.colours);
    await out.write(`${[...more, ...text].join("\n")}\n`);
  }
  return safety.isSafe ? "done" : "findings";
}
