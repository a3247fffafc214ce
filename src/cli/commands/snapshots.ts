// `bsv snapshots [SET]`: what was witnessed, and when; newest first.
import { defineCommand } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { namedSets, readSetWord, remoteSets, type SetWord } from "#cli/find-set.ts";
import { shortId, snapshotFacts, timeText, type Told } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, bytesText, countText } from "#cli/output/units.ts";
import { fullPages, pagesOf } from "#cli/pages.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import { moment, wholeNumber } from "#cli/values.ts";
import { querySnapshots } from "#db/query.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

export default defineCommand({
  args: {
    set: {
      type: "positional",
      required: false,
      description: "SET or MACHINE/SET; without it those of all sets, set by set",
      read: readSetWord,
    },
    limit: {
      type: "string",
      alias: "l",
      valueHint: "N",
      description: "At most this many of each set",
      read: wholeNumber(1),
    },
    since: {
      type: "string",
      valueHint: "TIME",
      description: "Only from this time on (2026-11-22, or with a time of day)",
      read: moment("start"),
    },
    until: {
      type: "string",
      valueHint: "TIME",
      description: "Only up to this time, a date or a second to its end",
      read: moment("end"),
    },
    errors: { type: "boolean", description: "Only those in which something could not be read" },
    remote: remoteInstead,
    reverse: { type: "boolean", alias: "r", description: "Oldest first" },
  },
  examples: [
    { line: "bsv snapshots", about: "Everything in the store, set by set" },
    { line: "bsv snapshots --remote default", about: "Everything at the remote" },
    { line: "bsv snapshots project-data --limit 5", about: "The last five of a set" },
    { line: "bsv snapshots devbox-001/project-data --since 2026-11-01", about: "This month's" },
    {
      line: "bsv snapshots project-data --json | jq -r '.[0].snapshot_id'",
      about: "The newest id",
    },
  ],
  exits: [5, 6, 7],
  async run(context, { set, limit, since, until, errors, reverse, remote }) {
    const history = await remoteHistory(context, remote);
    const source = history ? theirs(context, history) : ours(await context.existingStore());
    const nowMs = context.run.now();
    const sets = await source.sets(set);
    const filter = { fromMs: since, toMs: until, hasErrors: errors ? true : undefined };
    const order = reverse ? "asc" : "desc";
    const columns: Column<Told>[] = [
      { title: "ID", text: (row) => shortId(row.snapshotId) },
      ...(sets.length === 1 ? [] : setColumns),
      { title: "TIME", text: (row) => timeText(row.timestampMs) },
      { title: "AGE", text: (row) => ageText(row.timestampMs, nowMs) },
      { title: "FILES", align: "right", text: (row) => countText(row.fileCount) },
      { title: "SIZE", align: "right", text: (row) => bytesText(row.totalSizeBytes) },
      { title: "NOTE", text: note },
    ];
    await context.out.list(fullPages(rows()), {
      none: "No snapshots",
      value: snapshotFacts,
      text: (page, colours, isFurther) => table(page, columns, colours, isFurther),
    });
    return "done";

    async function* rows(): AsyncGenerator<Told[]> {
      for (const one of sets) yield* source.snapshots(one, filter, order, limit);
    }
  },
});

// --- internal ---

/** Where the snapshots are that are listed. */
interface Source {
  sets(word: SetWord | undefined): Promise<SetName[]>;
  snapshots(
    set: SetName,
    filter: {
      fromMs?: number | undefined;
      toMs?: number | undefined;
      hasErrors?: boolean | undefined;
    },
    order: "asc" | "desc",
    limit: number | undefined,
  ): AsyncGenerator<Told[]>;
}

function ours(scope: Scope): Source {
  return {
    sets: (word) => namedSets(scope, word === undefined ? [] : [word]),
    snapshots: (set, filter, order, limit) =>
      pagesOf((page) => querySnapshots(scope, set, filter, { ...page, order }), limit),
  };
}

function theirs(context: Context, history: RemoteHistory): Source {
  return {
    async sets(word) {
      if (word === undefined) return remoteSets(history, undefined);
      const { machineId = await thisMachineId(context), setName } = word;
      return [{ machineId, setName }];
    },
    snapshots: (set, filter, order, limit) => history.snapshots(set, filter, order, limit),
  };
}

const setColumns: Column<Told>[] = [
  { title: "MACHINE", text: (row) => row.machineId },
  { title: "SET", text: (row) => row.setName },
];

/** What a reader must not overlook. */
function note(row: Told): string {
  const { summary } = JSON.parse(row.headerText) as { summary: { complete?: boolean } };
  return [
    ...(row.errorCount > 0 ? [`${countText(row.errorCount)} unreadable`] : []),
    ...(summary.complete === false ? ["incomplete"] : []),
    ...(row.isFutureDated ? ["dated in the future"] : []),
    ...(row.verdict === "suspicious" ? ["suspicious"] : []),
    ...(row.tags ?? []).map((tag) => `+${tag}`),
  ].join(", ");
}
