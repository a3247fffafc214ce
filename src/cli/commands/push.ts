// `bsv push`: brings a remote up to date with this store.
import { defineCommand, dryRun } from "#cli/command.ts";
import { namedSets, readSetWord } from "#cli/find-set.ts";
import { shortId, timeText } from "#cli/output/snapshot-text.ts";
import { bytesText, countText, plural } from "#cli/output/units.ts";
import { remoteFlag, requireRemote } from "#cli/remote.ts";
import { signerOf } from "#cli/signer.ts";
import { thisMachine } from "#cli/this-machine.ts";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import { push, type PushedSet, type PushSummary } from "#jobs/push/push.ts";
import { isThere, type Sending } from "#jobs/push/send.ts";

export default defineCommand({
  description:
    "Sends the snapshots that the remote lacks, oldest first, as differences where it can.\nWhat could not be sent waits in the store: a later push sends it.",
  args: {
    set: {
      type: "positional",
      required: false,
      multiple: true,
      description: "SET or MACHINE/SET; without any, all sets of this machine",
      read: readSetWord,
    },
    remote: remoteFlag,
    adopt: {
      type: "boolean",
      description: "Take this machine's name over from another installation of bsv",
    },
    "dry-run": dryRun,
  },
  examples: [
    { line: "bsv push", about: "All of this machine's history that the remote lacks" },
    { line: "bsv push project-data --dry-run", about: "What would be sent" },
    { line: "bsv push --remote https://bsv.example.org", about: "To another remote" },
  ],
  exits: [4, 5, 6, 7, 8],
  json: "events",
  async run(context, args) {
    const remote = await requireRemote(context, args.remote);
    const { dataDir } = await context.settings();
    const scope = await context.existingStore();
    const { machineId, agentId } = await thisMachine(context, scope);
    const sets = await namedSets(scope, args.set, machineId);
    if (sets.length === 0) {
      throw new BsvError("not_found", `This store has no backupset of ${machineId} to push`, {
        hint: "`bsv scan` records one; MACHINE/SET names another machine's",
      });
    }
    const isDryRun = args["dry-run"];
    const signer = await signerOf();
    const summary = await push(
      scope,
      { ...remote, dataDir: dataDir.value, sets, agentId, adopt: args.adopt, isDryRun, signer },
      context.run,
    );
    const { out } = context;
    const facts = summaryFacts(summary);
    if (!out.isJson)
      await out.write(
        summaryText(summary)
          .map((line) => `${line}\n`)
          .join(""),
      );
    for (const { machineId, setName, forgottenCount } of summary.sets) {
      if (forgottenCount === 0) continue;
      const what = plural(forgottenCount, "snapshot");
      out.warn(
        `The remote lost ${what} of ${machineId}/${setName} that it had acknowledged: was it rolled back? See bsv verify-chain --remote`,
      );
    }
    if (summary.stopped !== null) throw withWaiting(summary.stopped, summary);
    await out.event("summary", facts);
    const isRefused = summary.sets.some((set) => set.sent.some((one) => one.problem !== null));
    return isRefused ? "findings" : "done";
  },
});

// --- internal ---

function withWaiting(stopped: BsvError, summary: PushSummary): BsvError {
  const waiting = summary.sets.reduce((sum, set) => sum + set.waiting.length, 0);
  return new BsvError(stopped.code, stopped.message, {
    cause: stopped,
    details: { ...stopped.details, ...summaryFacts(summary) },
    hint: `${plural(waiting, "snapshot")} ${waiting === 1 ? "waits" : "wait"} in the store; a later push sends ${waiting === 1 ? "it" : "them"}`,
  });
}

function summaryFacts({ remoteUrl, isDryRun, sets }: PushSummary): object {
  return {
    remote: remoteUrl,
    dry_run: isDryRun,
    sets: sets.map((set) => ({
      machine_id: set.machineId,
      backupset_name: set.setName,
      sent: set.sent.map(sendingFacts),
      held: set.heldCount,
      verifications: set.verificationCount,
      deleted_there: set.deletedThereCount,
      forgotten: set.forgottenCount,
      waiting: set.waiting.map(({ snapshotId, timestampMs }) => ({
        snapshot_id: snapshotId,
        timestamp: timestampText(timestampMs),
      })),
    })),
  };
}

function sendingFacts(sending: Sending): object {
  return {
    snapshot_id: sending.snapshotId,
    timestamp: timestampText(sending.timestampMs),
    outcome: sending.outcome,
    base: sending.baseId,
    wire_bytes: sending.wireBytes,
    lines: sending.lineCount,
    file_count: sending.fileCount,
    ...(sending.gap === null ? {} : { gap: sending.gap }),
    ...(sending.problem === null ? {} : { problem: sending.problem }),
  };
}

function summaryText(summary: PushSummary): string[] {
  if (summary.sets.length === 0) return ["This machine has no backupset in the store yet"];
  return summary.sets.flatMap((set) => [
    ...set.sent.flatMap(remarks),
    `${set.machineId}/${set.setName}: ${[
      ...sentText(set),
      ...(set.verificationCount === 0 ? [] : [plural(set.verificationCount, "verification")]),
      ...(set.waiting.length === 0 ? [] : [waitingText(set, summary.isDryRun)]),
      ...(set.deletedThereCount === 0 ? [] : [`${set.deletedThereCount} deleted at the remote`]),
      `${countText(set.heldCount)} there already`,
    ].join(", ")}`,
  ]);
}

/** What people must hear of a single snapshot. */
function remarks(sending: Sending): string[] {
  const name = `${shortId(sending.snapshotId)} of ${timeText(sending.timestampMs)}`;
  if (sending.problem !== null) return [`${name}: ${sending.outcome}: ${sending.problem}`];
  if (sending.outcome === "gone")
    return [`${name}: deleted at the remote meanwhile, not sent again`];
  if (sending.outcome === "vanished") return [`${name}: deleted here meanwhile, not sent`];
  if (sending.gap === null) return [];
  return [
    `${name}: the remote lacks its parent ${shortId(sending.gap)}: its history has a gap there`,
  ];
}

/** How much went over the wire, and what the documents themselves would have weighed. */
function sentText(set: PushedSet): string[] {
  const sent = set.sent.filter(isThere);
  if (sent.length === 0) return [];
  const total = (value: (one: Sending) => number) => sent.reduce((sum, one) => sum + value(one), 0);
  const lines = total((one) => one.lineCount);
  const files = total((one) => one.fileCount);
  const headers = total((one) => one.headerBytes);
  const full = lines === 0 ? 0 : headers + (total((one) => one.plainBytes) / lines) * files;
  const saved = full === 0 ? "" : ` instead of about ${bytesText(Math.round(full))}`;
  return [
    `sent ${plural(sent.length, "snapshot")} of ${plural(files, "entry", "entries")} as ${plural(lines, "line")}`,
    `${bytesText(total((one) => one.wireBytes))}${saved}`,
  ];
}

function waitingText({ waiting }: PushedSet, isDryRun: boolean): string {
  const oldest = timeText(waiting[0]!.timestampMs);
  const what = isDryRun ? "would be sent" : waiting.length === 1 ? "waits" : "wait";
  return `${plural(waiting.length, "snapshot")} ${what} (from ${oldest} on)`;
}
