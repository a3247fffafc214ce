// `bsv pull`: a lost history comes back from a remote.
import { defineCommand, dryRun } from "#cli/command.ts";
import { readSetWord } from "#cli/find-set.ts";
import { shortId, timeText } from "#cli/output/snapshot-text.ts";
import { bytesText, countText, plural } from "#cli/output/units.ts";
import { remoteFlag, requireRemote } from "#cli/remote.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Pulled } from "#jobs/fetch-one.ts";
import { pull, type PullSummary } from "#jobs/pull.ts";

export default defineCommand({
  description:
    "Fetches the snapshots of a backupset that this store lacks, oldest first, and checks every hash.\nSnapshots deleted here stay deleted. `bsv export` then writes any of them as a document.",
  args: {
    set: {
      type: "positional",
      description: "SET of this machine, or MACHINE/SET",
      read: readSetWord,
    },
    remote: remoteFlag,
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv pull project-data", about: "Rebuild this machine's history of the set" },
    { line: "bsv pull old-laptop/project-data", about: "The history of another machine" },
  ],
  exits: [4, 5, 6, 7, 8],
  json: "events",
  async run(context, args) {
    const remote = await requireRemote(context, args.remote);
    const { dataDir } = await context.settings();
    const scope = await context.store();
    const { machineId = (await thisMachine(context, scope)).machineId, setName } = args.set;
    const set = { machineId, setName };
    const isDryRun = args["dry-run"];
    const summary = await pull(
      scope,
      { ...remote, dataDir: dataDir.value, set, isDryRun },
      context.run,
    );
    const { out } = context;
    if (!out.isJson)
      await out.write(
        summaryText(summary)
          .map((line) => `${line}\n`)
          .join(""),
      );
    if (summary.stopped !== null) throw withWaiting(summary.stopped, summary);
    await out.event("summary", summaryFacts(summary));
    if (summary.pulled.length > 0) {
      out.note(
        "When files were last read is not known here any more: the next scan reads all of them",
      );
    }
    return summary.pulled.some((one) => one.problem !== null) ? "findings" : "done";
  },
});

// --- internal ---

function withWaiting(stopped: BsvError, summary: PullSummary): BsvError {
  return new BsvError(stopped.code, stopped.message, {
    cause: stopped,
    details: { ...stopped.details, ...summaryFacts(summary) },
    hint: `${plural(summary.waiting.length, "snapshot")} still to fetch; what came is kept, a later pull goes on`,
  });
}

function summaryFacts(summary: PullSummary): object {
  return {
    remote: summary.remoteUrl,
    dry_run: summary.isDryRun,
    machine_id: summary.machineId,
    backupset_name: summary.setName,
    pulled: summary.pulled.map(pulledFacts),
    held: summary.heldCount,
    deleted_here: summary.deletedHereCount,
    waiting: summary.waiting.map(({ snapshotId, timestampMs }) => ({
      snapshot_id: snapshotId,
      timestamp: timestampText(timestampMs),
    })),
  };
}

function pulledFacts(one: Pulled): object {
  return {
    snapshot_id: one.snapshotId,
    timestamp: timestampText(one.timestampMs),
    outcome: one.outcome,
    base: one.baseId,
    wire_bytes: one.wireBytes,
    file_count: one.fileCount,
    ...(one.problem === null ? {} : { problem: one.problem }),
  };
}

function summaryText(summary: PullSummary): string[] {
  const { pulled, waiting, heldCount, deletedHereCount, isDryRun } = summary;
  const stored = pulled.filter((one) => one.outcome === "stored" || one.outcome === "exists");
  const wireBytes = pulled.reduce((sum, one) => sum + one.wireBytes, 0);
  const verb = isDryRun ? "would be fetched" : "still to fetch";
  return [
    ...pulled.flatMap((one) =>
      one.problem === null
        ? []
        : [
            `${shortId(one.snapshotId)} of ${timeText(one.timestampMs)}: ${one.outcome}: ${one.problem}`,
          ],
    ),
    `${summary.machineId}/${summary.setName}: ${[
      `fetched ${plural(stored.length, "snapshot")} (${bytesText(wireBytes)})`,
      ...(waiting.length === 0 ? [] : [`${plural(waiting.length, "snapshot")} ${verb}`]),
      ...(deletedHereCount === 0 ? [] : [`${countText(deletedHereCount)} deleted here`]),
      `${countText(heldCount)} here already`,
    ].join(", ")}`,
  ];
}
