// `bsv snapshots [SET]`: what was witnessed, and when; newest first.
import { defineCommand } from "#cli/command.ts";
import { allSets, readSetWord } from "#cli/find-set.ts";
import { shortId, snapshotFacts, timeText } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, bytesText, countText } from "#cli/output/units.ts";
import { fullPages, pagesOf } from "#cli/pages.ts";
import { moment, wholeNumber } from "#cli/values.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import { querySnapshots } from "#db/query.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

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
      description: "Only up to this time, a bare date to its end",
      read: moment("end"),
    },
    errors: { type: "boolean", description: "Only those in which something could not be read" },
    reverse: { type: "boolean", alias: "r", description: "Oldest first" },
  },
  examples: [
    { line: "bsv snapshots", about: "Everything in the store, set by set" },
    { line: "bsv snapshots project-data --limit 5", about: "The last five of a set" },
    { line: "bsv snapshots devbox-001/project-data --since 2026-11-01", about: "This month's" },
    {
      line: "bsv snapshots project-data --json | jq -r '.[0].snapshot_id'",
      about: "The newest id",
    },
  ],
  exits: [5],
  async run(context, { set, limit, since, until, errors, reverse }) {
    const scope = await context.existingStore();
    const nowMs = context.run.now();
    const sets =
      set === undefined ? await allSets(scope, undefined) : [await resolveSet(scope, set)];
    const filter = { fromMs: since, toMs: until, hasErrors: errors ? true : undefined };
    const columns: Column<SnapshotRow>[] = [
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

    async function* rows(): AsyncGenerator<SnapshotRow[]> {
      const order = reverse ? "asc" : "desc";
      for (const one of sets) {
        yield* pagesOf((page) => querySnapshots(scope, one, filter, { ...page, order }), limit);
      }
    }
  },
});

// --- internal ---

const setColumns: Column<SnapshotRow>[] = [
  { title: "MACHINE", text: (row) => row.machineId },
  { title: "SET", text: (row) => row.setName },
];

/** What a reader must not overlook. */
function note(row: SnapshotRow): string {
  const { summary } = JSON.parse(row.headerText) as { summary: { complete?: boolean } };
  return [
    ...(row.errorCount > 0 ? [`${countText(row.errorCount)} unreadable`] : []),
    ...(summary.complete === false ? ["incomplete"] : []),
    ...(row.isFutureDated ? ["dated in the future"] : []),
  ].join(", ");
}
