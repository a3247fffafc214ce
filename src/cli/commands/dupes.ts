// `bsv dupes [SET…]`: files with one content, and what one copy alone would save.
import { defineCommand } from "#cli/command.ts";
import { allSets, readSetWord } from "#cli/find-set.ts";
import {
  groupFacts,
  groupText,
  suspectFacts,
  suspectText,
  type ToldGroup,
} from "#cli/output/dupes-text.ts";
import type { Output } from "#cli/output/output.ts";
import { bytesText, plural } from "#cli/output/units.ts";
import { moment, size, wholeNumber } from "#cli/values.ts";
import type { DuplicateGroup } from "#core/dupes.ts";
import { snapshotsAsOf } from "#db/as-of.ts";
import type { SetName } from "#db/backupsets.ts";
import { findDuplicates, Places } from "#db/dupes.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { findSuspects } from "#db/suspects.ts";

export default defineCommand({
  description: `It is about what was recorded: other machines and unplugged drives count, nothing
is read again, and nothing is ever deleted. Each set is looked at by itself, unless
--across. Hard links (one inode, size, mtime and checksum) are one copy; empty files
stand apart. What could not be read has no checksum and is no duplicate of anything.`,
  args: {
    set: {
      type: "positional",
      required: false,
      multiple: true,
      description: "SET or MACHINE/SET; none: all of them",
      read: readSetWord,
    },
    across: { type: "boolean", description: "Also between the sets and machines" },
    "min-size": {
      type: "string",
      valueHint: "SIZE",
      default: "1",
      description: "Only files of at least this size, such as 1M",
      read: size,
    },
    "as-of": {
      type: "string",
      valueHint: "TIME",
      description: "As it was then (2026-11-01, or with a time of day)",
      read: moment("end"),
    },
    suspect: {
      type: "boolean",
      description: "Instead: one name, size and mtime, but different contents",
    },
    limit: {
      type: "string",
      alias: "l",
      valueHint: "N",
      description: "At most this many groups",
      read: wholeNumber(1),
    },
  },
  examples: [
    { line: "bsv dupes photos --limit 20", about: "What would save most" },
    { line: "bsv dupes --across --min-size 10M", about: "Between all sets and machines" },
    { line: "bsv dupes --across --suspect", about: "Copies that should be alike and are not" },
    { line: "bsv dupes photos --as-of 2026-01-01 --json", about: "As it was, for a script" },
  ],
  exits: [5],
  async run(context, args) {
    const { out } = context;
    const scope = await context.existingStore();
    const sets: SetName[] = args.set.length === 0 ? await allSets(scope, undefined) : [];
    for (const word of args.set) sets.push(await resolveSet(scope, word));
    const snapshots = await snapshotsAsOf(scope, distinct(sets), args["as-of"]);
    const wish = { isAcross: args.across, minBytes: args["min-size"] };
    const { limit = Infinity } = args;
    const unread = snapshots.reduce((sum, row) => sum + row.errorCount, 0);
    const looked = `looked at ${plural(snapshots.length, "snapshot")}, ${plural(
      snapshots.reduce((sum, row) => sum + row.fileCount, 0),
      "entry",
      "entries",
    )}`;
    const unknown =
      unread === 0 ? "" : `; ${plural(unread, "entry", "entries")} unread and not compared`;
    if (args.suspect) {
      const groups = await findSuspects(scope, snapshots, wish);
      await out.list(pagesOf(groups.slice(0, limit)), {
        none: "No suspects",
        value: suspectFacts,
        text: (page, colours) => page.flatMap((group) => suspectText(group, colours)),
      });
      out.note(`${plural(groups.length, "group")} of suspects; ${looked}${unknown}`);
      return "done";
    }
    const { groups, emptyFiles } = await findDuplicates(scope, snapshots, wish);
    await tell(scope, out, groups.slice(0, limit));
    const sum = (of: (group: DuplicateGroup) => number) =>
      groups.reduce((total, group) => total + of(group), 0);
    out.note(
      `${plural(groups.length, "group")}, ${plural(
        sum((group) => group.copies - 1),
        "copy",
        "copies",
      )} too many, ${bytesText(sum((group) => group.reclaimableBytes))} reclaimable; ${plural(emptyFiles, "empty file")} apart; ${looked}${unknown}`,
    );
    return "done";
  },
});

// --- internal ---

/** Groups whose places are read and told together. */
const PAGE_SIZE = 200;

async function tell(scope: Scope, out: Output, groups: readonly DuplicateGroup[]): Promise<void> {
  const places = new Places(scope);
  async function* told(): AsyncGenerator<ToldGroup[]> {
    for await (const page of pagesOf(groups)) {
      const placed: ToldGroup[] = [];
      for (const group of page) {
        placed.push({ group, places: await places.of(group.versionIds) });
      }
      yield placed;
    }
  }
  await out.list(told(), {
    none: "No duplicates",
    value: groupFacts,
    text: (page, colours) => page.flatMap((group) => groupText(group, colours)),
  });
}

async function* pagesOf<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < rows.length; at += PAGE_SIZE) yield rows.slice(at, at + PAGE_SIZE);
}

/** A set named twice is looked at once. */
const distinct = (sets: readonly SetName[]): SetName[] => [
  ...new Map(sets.map((set) => [`${set.machineId}/${set.setName}`, set])).values(),
];
