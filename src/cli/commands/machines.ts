// `bsv machines`: whose history this store holds.
import { defineCommand } from "#cli/command.ts";
import { allSets, remoteSets } from "#cli/find-set.ts";
import { timeText } from "#cli/output/snapshot-text.ts";
import { table, type Column } from "#cli/output/table.ts";
import { ageText, countText } from "#cli/output/units.ts";
import { pagesOf } from "#cli/pages.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { timestampText } from "#core/timestamp.ts";
import { listMachines, type Machine } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

interface Row extends Pick<Machine, "machineId" | "createdAtMs"> {
  backupsetCount: number;
  /** Not told by a remote. */
  agentId?: string | null;
}

export default defineCommand({
  args: { remote: remoteInstead },
  examples: [
    { line: "bsv machines", about: "All machines in the store, and how many backupsets each has" },
    { line: "bsv machines --json", about: "The same as a JSON array" },
  ],
  exits: [5, 6, 7],
  async run(context, { remote }) {
    const history = await remoteHistory(context, remote);
    const source = history === undefined ? ours(await context.existingStore()) : theirs(history);
    const nowMs = context.run.now();
    const columns: Column<Row>[] = [
      { title: "MACHINE", text: (row) => row.machineId },
      { title: "SETS", align: "right", text: (row) => countText(row.backupsetCount) },
      { title: "SINCE", text: (row) => timeText(row.createdAtMs) },
      { title: "", text: (row) => ageText(row.createdAtMs, nowMs) },
    ];
    await context.out.list(source, {
      none: "No machines",
      value: (row) => ({
        machine_id: row.machineId,
        created_at: timestampText(row.createdAtMs),
        ...(row.agentId === undefined ? {} : { agent_id: row.agentId }),
        backupset_count: row.backupsetCount,
      }),
      text: (page, colours, isFurther) => table(page, columns, colours, isFurther),
    });
    return "done";
  },
});

// --- internal ---

async function* ours(scope: Scope): AsyncGenerator<Row[]> {
  for await (const machines of pagesOf((page) => listMachines(scope, page))) {
    const counts = machines.map(async (machine) => {
      const sets = await allSets(scope, machine.machineId);
      return { ...machine, backupsetCount: sets.length };
    });
    yield await Promise.all(counts);
  }
}

async function* theirs(history: RemoteHistory): AsyncGenerator<Row[]> {
  for await (const machines of history.machines()) {
    const rows: Row[] = [];
    // One after another: a remote limits how much is asked of it at once.
    for (const machine of machines) {
      const sets = await remoteSets(history, machine.machineId);
      rows.push({ ...machine, backupsetCount: sets.length });
    }
    yield rows;
  }
}
