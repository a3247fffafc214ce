// `bsv sets [MACHINE]`: the backupsets this store knows, and how fresh each is.
import { defineCommand } from "#cli/command.ts";
import { allSets, remoteSets } from "#cli/find-set.ts";
import { printable } from "#cli/output/escape.ts";
import { snapshotFacts, timeText, type Told } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, bytesText, countText } from "#cli/output/units.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Backupset } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { countSnapshots } from "#db/set-totals.ts";
import { latestSnapshot } from "#db/snapshots.ts";

interface Row extends Backupset {
  snapshotCount: number;
  latest: Told | undefined;
}

export default defineCommand({
  args: {
    machine: { type: "positional", required: false, description: "Only this machine's" },
    remote: remoteInstead,
  },
  examples: [
    { line: "bsv sets", about: "All backupsets of all machines" },
    { line: "bsv sets devbox-001 --json", about: "Those of one machine, as a JSON array" },
  ],
  exits: [5, 6, 7],
  async run(context, { machine, remote }) {
    const history = await remoteHistory(context, remote);
    const scope = history === undefined ? await context.existingStore() : undefined;
    const nowMs = context.run.now();
    const sets = history ? await remoteSets(history, machine) : await allSets(scope!, machine);
    if (machine !== undefined && sets.length === 0) {
      const where = history ? "at the remote" : "in this store";
      throw new BsvError("not_found", `There is no backupset of machine ${machine} ${where}`, {
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
        const rows: Row[] = [];
        for (const set of page) {
          rows.push({ ...set, ...(await (history?.totals(set) ?? totals(scope!, set))) });
        }
        yield rows;
      }
    }
  },
});

// --- internal ---

const PAGE_SIZE = 1000;

async function totals(scope: Scope, set: Backupset) {
  const latest = await latestSnapshot(scope, set);
  return { snapshotCount: await countSnapshots(scope, set), latest };
}
