// `bsv delete REF…`: takes snapshots out of the history. Says first what will be gone, and asks.
import { confirm } from "#cli/ask.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import type { Context } from "#cli/context.ts";
import { snapshotLine, type Told } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import { remoteHistory, remoteInstead } from "#cli/remote.ts";
import { thisMachineId } from "#cli/this-machine.ts";
import type { Reference } from "#core/reference.ts";
import { timestampText } from "#core/timestamp.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import { deleteWitness } from "#jobs/delete.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

The other snapshots stay exactly as they are. A tombstone is left, so that the
deleted one is not taken in again from a document, a push or a pull. With --remote
it is deleted there and stays here, and the other way round.`,
  args: {
    ref: { ...reference, multiple: true },
    yes: { type: "boolean", alias: "y", description: "Do not ask" },
    why: {
      type: "string",
      valueHint: "TEXT",
      default: "bsv delete",
      description: "Written on the tombstone",
    },
    remote: remoteInstead,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv delete 3f786850", about: "Says what will be gone, asks, and deletes it" },
    { line: "bsv delete project-data@2026-11-01 --dry-run", about: "Only says what would be gone" },
    { line: "bsv delete 3f786850 a94a8fe5 --yes", about: "Two of them, from a script" },
    { line: "bsv delete project-data@3f786850 --remote default", about: "At the remote" },
  ],
  exits: [5, 6, 7, 8],
  async run(context, { ref, yes, why, remote, "dry-run": isDryRun }) {
    const { out, run } = context;
    const history = await remoteHistory(context, remote);
    const place = history === undefined ? await here(context) : await there(context, history);
    const rows = await resolveAll(place, ref);
    const lines = rows.map((row) => snapshotLine(row, run.now()));
    if (isDryRun) {
      const value = rows.map((row) => ({ snapshot_id: row.snapshotId, deleted: false }));
      await out.answer(value, () => lines.map((line) => `Would delete ${line}`));
      return "done";
    }
    if (!yes) {
      for (const line of lines) out.note(line);
      const question = `Delete ${plural(rows.length, "snapshot")} for good?`;
      if (!(await confirm(context, question, "--yes"))) {
        await out.answer([], () => ["Nothing was deleted"]);
        return "done";
      }
    }
    const deleted: object[] = [];
    for (const row of rows) {
      const { deletedAtMs } = await place.erase(row, why);
      deleted.push({
        snapshot_id: row.snapshotId,
        timestamp: timestampText(row.timestampMs),
        deleted: true,
        deleted_at: timestampText(deletedAtMs),
        why,
      });
    }
    await out.answer(deleted, () => rows.map((row) => `Deleted ${snapshotLine(row, run.now())}`));
    return "done";
  },
});

// --- internal ---

/** Where snapshots are found and deleted. */
interface Place {
  resolve(reference: Reference): Promise<Told>;
  erase(row: Told, why: string): Promise<{ deletedAtMs: number }>;
}

async function here(context: Context): Promise<Place> {
  const scope = await context.existingStore();
  const dataDir = (await context.dataDir()).value;
  return {
    resolve: (reference) => resolveReference(scope, reference),
    erase: (row, why) => deleteWitness(scope, { row, dataDir, why }, context.run),
  };
}

async function there(context: Context, history: RemoteHistory): Promise<Place> {
  const machineId = await thisMachineId(context);
  return {
    resolve: (reference) => history.resolve(reference, machineId),
    erase: (row, why) => history.erase(row, why),
  };
}

/** All of them, before the first is deleted: a mistyped third one must not leave half the work done. */
async function resolveAll(place: Place, references: readonly Reference[]): Promise<Told[]> {
  const rows = new Map<string, Told>();
  for (const reference of references) {
    const row = await place.resolve(reference);
    rows.set(row.snapshotId, row);
  }
  return [...rows.values()];
}
