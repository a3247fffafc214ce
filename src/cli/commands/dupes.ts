// `bsv dupes [SET…]`: files with one content, and what one copy alone would save.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { allSets, remoteSets, setWords, type SetWord } from "#cli/find-set.ts";
import { mergedPages } from "#cli/merged-pages.ts";
import { groupText, suspectText } from "#cli/output/dupes-text.ts";
import { blindnessText } from "#cli/output/snapshot-text.ts";
import { bytesText, plural } from "#cli/output/units.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { limitOf, moment, size } from "#cli/values.ts";
import type { SnapshotHeader } from "#core/document.ts";
import {
  compareGroups,
  groupFacts,
  suspectFacts,
  type DuplicateGroup,
  type GroupFacts,
  type SuspectFacts,
} from "#core/dupes.ts";
import { BsvError } from "#core/errors.ts";
import { snapshotsAsOf } from "#db/as-of.ts";
import type { SetName } from "#db/backupsets.ts";
import { findDuplicates, Places } from "#db/search/dupes.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { findSuspects } from "#db/search/suspects.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

export default defineCommand({
  description: `It is about what was recorded: other machines and unplugged drives count, nothing
is read again, and nothing is ever deleted. Each set is looked at by itself, unless
--across. Hard links (one inode, size, mtime and checksum) are one copy, and so is one
path in several sets of a machine; empty files stand apart. What could not be read has
no checksum and is no duplicate of anything.`,
  args: {
    set: setWords,
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
    limit: limitOf("groups"),
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv dupes photos --limit 20", about: "What would save most" },
    { line: "bsv dupes --across --min-size 10M", about: "Between all sets and machines" },
    { line: "bsv dupes --across --remote default", about: "Of what all machines have sent there" },
    { line: "bsv dupes --across --suspect", about: "Copies that should be alike and are not" },
    { line: "bsv dupes photos --as-of 2026-01-01 --json", about: "As it was, for a script" },
  ],
  exits: [5, 6, 7],
  async run(context, args) {
    const { out } = context;
    const history = await remoteHistory(context, args.remote);
    const found = history ? await theirs(context, history, args) : await ours(context, args);
    if (args.suspect) {
      await out.list(atMost(found.suspects(), args.limit), {
        none: "No suspects",
        value: (group) => group,
        text: (page, colours) => page.flatMap((group) => suspectText(group, colours)),
      });
    } else {
      await out.list(atMost(found.groups(), args.limit), {
        none: "No duplicates",
        value: (group) => group,
        text: (page, colours) => page.flatMap((group) => groupText(group, colours)),
      });
    }
    for (const note of found.notes()) out.note(note);
    return "done";
  },
});

// --- internal ---

interface Question {
  readonly set: readonly SetWord[];
  readonly across: boolean;
  readonly suspect: boolean;
  readonly "min-size": number;
  readonly "as-of": number | undefined;
}

/** Where the files are that are looked at. */
interface Found {
  groups(): AsyncGenerator<readonly GroupFacts[]>;
  suspects(): AsyncGenerator<readonly SuspectFacts[]>;
  /** What was looked at; known at the end. */
  notes(): string[];
}

async function ours(context: Context, question: Question): Promise<Found> {
  const scope = await context.existingStore();
  const sets: SetName[] = question.set.length === 0 ? await allSets(scope, undefined) : [];
  for (const word of question.set) sets.push(await resolveSet(scope, word));
  const snapshots = await snapshotsAsOf(scope, distinct(sets), question["as-of"]);
  const wish = { isAcross: question.across, minBytes: question["min-size"] };
  const notes: string[] = [];
  return {
    async *groups() {
      const { groups, emptyFiles } = await findDuplicates(scope, snapshots, wish);
      const total = new Total();
      total.add(groups);
      notes.push(
        `${total.text()}; ${plural(emptyFiles, "empty file")} apart; ${lookedAt(snapshots)}`,
        ...rootsMissed(snapshots),
      );
      const places = new Places(scope);
      for (let at = 0; at < groups.length; at += PAGE_SIZE) {
        const page: GroupFacts[] = [];
        for (const group of groups.slice(at, at + PAGE_SIZE)) {
          page.push(groupFacts(group, await places.of(group.versionIds)));
        }
        yield page;
      }
    },
    async *suspects() {
      const groups = await findSuspects(scope, snapshots, wish);
      notes.push(`${plural(groups.length, "group")} of suspects; ${lookedAt(snapshots)}`);
      notes.push(...rootsMissed(snapshots));
      yield groups.map((group) => suspectFacts(group));
    },
    notes: () => notes,
  };
}

async function theirs(
  context: Context,
  history: RemoteHistory,
  question: Question,
): Promise<Found> {
  if (question.across && question.set.length > 0) {
    throw new BsvError("usage", "A remote looks across all of its sets, or at single ones", {
      hint: "Leave out --across, or the sets",
    });
  }
  const own = await thisMachineId(context);
  const named = question.set.map(({ machineId = own, setName }) => ({ machineId, setName }));
  const sets = question.across
    ? [undefined]
    : named.length > 0
      ? distinct(named)
      : await remoteSets(history, undefined);
  const wish = { minBytes: question["min-size"], asOfMs: question["as-of"] };
  const total = new Total();
  let [suspectCount, isAll] = [0, false];
  return {
    async *groups() {
      const lists = sets.map((set) => history.dupes(set, wish));
      for await (const page of mergedPages(lists, compareGroups)) {
        total.add(page);
        yield page;
      }
      isAll = true;
    },
    async *suspects() {
      for (const set of sets) {
        for await (const page of history.suspects(set, wish)) {
          suspectCount += page.length;
          yield page;
        }
      }
      isAll = true;
    },
    notes() {
      const suspects = `${plural(suspectCount, "group")} of suspects`;
      const found = question.suspect ? suspects : total.text();
      return [`${isAll ? "" : "at least "}${found}; ${NOT_TOLD}`];
    },
  };
}

/** Its groups are all that a remote tells. */
const NOT_TOLD = "how much was unread or empty, the remote does not tell";

/** What groups come to, page by page. */
class Total {
  #groups = 0;
  #tooMany = 0;
  #reclaimableBytes = 0;

  add(groups: readonly Pick<DuplicateGroup, "copies" | "reclaimable">[]): void {
    this.#groups += groups.length;
    for (const { copies, reclaimable } of groups) {
      this.#tooMany += copies - 1;
      this.#reclaimableBytes += reclaimable;
    }
  }

  text(): string {
    const tooMany = plural(this.#tooMany, "copy", "copies");
    return `${plural(this.#groups, "group")}, ${tooMany} too many, ${bytesText(this.#reclaimableBytes)} reclaimable`;
  }
}

/** Groups whose places are read and told together. */
const PAGE_SIZE = 200;

async function* atMost<T>(
  pages: AsyncIterable<readonly T[]>,
  limit = Infinity,
): AsyncGenerator<readonly T[]> {
  let missing = limit;
  for await (const page of pages) {
    const kept = page.slice(0, missing);
    if (kept.length > 0) yield kept;
    missing -= kept.length;
    if (missing <= 0) return;
  }
}

function lookedAt(snapshots: readonly SnapshotRow[]): string {
  const sum = (of: (row: SnapshotRow) => number) =>
    snapshots.reduce((total, row) => total + of(row), 0);
  const unread = sum((row) => row.errorCount);
  const entries = plural(
    sum((row) => row.fileCount),
    "entry",
    "entries",
  );
  const unknown =
    unread === 0 ? "" : `; ${plural(unread, "entry", "entries")} unread and not compared`;
  return `looked at ${plural(snapshots.length, "snapshot")}, ${entries}${unknown}`;
}

/** An unplugged drive counts only in a snapshot that has seen it. */
function rootsMissed(snapshots: readonly SnapshotRow[]): string[] {
  const missed = snapshots.filter(({ headerText }) => {
    const { roots = [] } = JSON.parse(headerText) as SnapshotHeader;
    return roots.some(({ state }) => state !== "ok");
  });
  if (missed.length === 0) return [];
  return [...missed.flatMap(blindnessText), "--as-of looks at the day when all was there"];
}

/** A set named twice is looked at once. */
const distinct = (sets: readonly SetName[]): SetName[] => [
  ...new Map(sets.map((set) => [`${set.machineId}/${set.setName}`, set])).values(),
];
