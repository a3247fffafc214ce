// `bsv delete REF…`: takes snapshots out of the history. Says first what will be gone, and asks.
import { confirm } from "#cli/ask.ts";
import { defineCommand, dryRun } from "#cli/command.ts";
import { snapshotLine } from "#cli/output/snapshot-text.ts";
import { plural } from "#cli/output/units.ts";
import { reference, REFERENCE_HELP } from "#cli/reference-arg.ts";
import type { Reference } from "#core/reference.ts";
import { timestampText } from "#core/timestamp.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { deleteWitness } from "#jobs/delete.ts";

export default defineCommand({
  description: `${REFERENCE_HELP}

The other snapshots stay exactly as they are. A tombstone is left, so that the
deleted one is not taken in again from a document, a push or a pull.`,
  args: {
    ref: { ...reference, multiple: true },
    yes: { type: "boolean", alias: "y", description: "Do not ask" },
    why: {
      type: "string",
      valueHint: "TEXT",
      default: "bsv delete",
      description: "Written on the tombstone",
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv delete 3f786850", about: "Says what will be gone, asks, and deletes it" },
    { line: "bsv delete project-data@2026-11-01 --dry-run", about: "Only says what would be gone" },
    { line: "bsv delete 3f786850 a94a8fe5 --yes", about: "Two of them, from a script" },
  ],
  exits: [5, 8],
  async run(context, { ref, yes, why, "dry-run": isDryRun }) {
    const { out, run } = context;
    const scope = await context.existingStore();
    const dataDir = (await context.dataDir()).value;
    const rows = await resolveAll(scope, ref);
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
    const deleted = [];
    for (const row of rows) deleted.push(await deleteWitness(scope, { row, dataDir, why }, run));
    await out.answer(
      deleted.map(({ snapshotId, timestampMs, deletedAtMs, why }) => ({
        snapshot_id: snapshotId,
        timestamp: timestampText(timestampMs),
        deleted: true,
        deleted_at: timestampText(deletedAtMs),
        why,
      })),
      () => rows.map((row) => `Deleted ${snapshotLine(row, run.now())}`),
    );
    return "done";
  },
});

// --- internal ---

/** All of them, before the first is deleted: a mistyped third one must not leave half the work done. */
async function resolveAll(scope: Scope, references: readonly Reference[]): Promise<SnapshotRow[]> {
  const rows = new Map<string, SnapshotRow>();
  for (const reference of references) {
    const row = await resolveReference(scope, reference);
    rows.set(row.snapshotId, row);
  }
  return [...rows.values()];
}
