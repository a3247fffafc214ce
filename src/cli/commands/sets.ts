// `bsv sets [MACHINE]`: the backupsets this store knows, and how fresh each is.
import { defineCommand } from "#cli/command.ts";
import { allSets } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotFacts, timeText } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, bytesText, countText } from "#cli/output/units.ts";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Backupset } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { countSnapshots } from "#db/set-totals.ts";
import { latestSnapshot, type SnapshotRow } from "#db/snapshots.ts";

interface Row extends Backupset {
  snapshotCount: number;
  latest: SnapshotRow | undefined;
}

export default defineCommand({
  args: {
    machine: { type: "positional", required: false, description: "Only this machine's" },
  },
  examples: [
    { line: "bsv sets", about: "All backupsets of all machines" },
    { line: "bsv sets devbox-001 --json", about: "Those of one machine, as a JSON array" },
  ],
  exits: [5],
  async run(context, { machine }) {
    const scope = await context.existingStore();
    const nowMs = context.run.now();
    const sets = await allSets(scope, machine);
    if (machine !== undefined && sets.length === 0) {
      throw new BsvError("not_found", `There is no backupset of machine ${machine} in this store`, {
        hint: "`bsv machines` lists what there is",
        details: { machine_id: machine },
      });
    }
    const age = ({ latest }: Row) => (latest ? ageText(latest.timestampMs, nowMs) : "never");
    const columns: Column<Row>[] = [
      { title: "MACHINE", text: (row) => row.machineId },
      { title: "SET", text: (row) => row.setName },
      { title: "SNAPSHOTS", align: "right", text: (row) => countText(row.snapshotCount) },
      { title: "LATEST", text: ({ latest }) => (latest ? timeText(latest.timestampMs) : "-") },
      { title: "AGE", text: age },
      { title: "FILES", align: "right", text: ({ latest }) => countText(latest?.fileCount ?? 0) },
      {
        title: "SIZE",
        align: "right",
        text: ({ latest }) => bytesText(latest?.totalSizeBytes ?? 0),
      },
      { title: "DESCRIPTION", text: (row) => printable(row.description ?? "") },
    ];
    await context.out.list(rows(), {
      none: "No backupsets",
      value: (row) => ({
        machine_id: row.machineId,
        backupset_name: row.setName,
        created_at: timestampText(row.createdAtMs),
        description: row.description,
        snapshot_count: row.snapshotCount,
        latest: row.latest === undefined ? null : snapshotFacts(row.latest),
      }),
      text: (page, colours, isFurther) => table(page, columns, colours, isFurther),
    });
    return "done";

    async function* rows(): AsyncGenerator<Row[]> {
      for (let at = 0; at < sets.length; at += PAGE_SIZE) {
        const page = sets.slice(at, at + PAGE_SIZE);
        yield await Promise.all(page.map((set) => rowOf(scope, set)));
      }
    }
  },
});

// --- internal ---

const PAGE_SIZE = 1000;

async function rowOf(scope: Scope, set: Backupset): Promise<Row> {
  const latest = await latestSnapshot(scope, set);
  return { ...set, snapshotCount: await countSnapshots(scope, set), latest };
}
