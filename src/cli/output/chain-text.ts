// What verify-chain found, for people and as JSON: findings first, then what is merely worth knowing, then what there was to go by and
// what cannot be seen with it.
import { timestampText } from "#core/timestamp.ts";
import type { VerifiedChain } from "#jobs/chain/verify.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { plural } from "./units.ts";

/** So many findings of a set are listed to people; JSON has all. */
const MOST_SHOWN = 100;

export function chainFacts(set: VerifiedChain): object {
  const { checked } = set;
  return {
    machine_id: set.machineId,
    backupset_name: set.setName,
    checked: {
      snapshots: checked.snapshots,
      contents: checked.contents,
      signatures: checked.signatures,
      deleted: checked.deleted,
      remote_snapshots: checked.remoteSnapshots,
      receipts: checked.receipts,
      witness_heads: checked.witnessHeads,
    },
    findings: set.findings.map(({ kind, snapshotId, timestampMs, problem }) => ({
      kind,
      snapshot_id: snapshotId,
      timestamp: timestampMs === null ? null : timestampText(timestampMs),
      problem,
    })),
    events: set.events,
    unseen: set.unseen,
  };
}

export function chainText({
  machineId,
  setName,
  checked,
  findings,
  events,
  unseen,
}: VerifiedChain): string[] {
  const name = `${machineId}/${setName}`;
  const shown = findings.slice(0, MOST_SHOWN).map(({ kind, snapshotId, timestampMs, problem }) => {
    const when = timestampMs === null ? "" : `, ${timeText(timestampMs)}`;
    return `${kind.toUpperCase()} ${shortId(snapshotId)} of ${name}${when}: ${printable(problem)}`;
  });
  const more = findings.length - shown.length;
  const { snapshots, contents, signatures, remoteSnapshots, receipts, witnessHeads } = checked;
  const parts = [
    `${contents} of ${plural(snapshots, "snapshot")} hashed`,
    `${plural(signatures, "signature")}`,
    ...(remoteSnapshots === null
      ? []
      : [
          `${plural(remoteSnapshots, "snapshot")} and ${plural(receipts, "receipt")} of the remote`,
        ]),
    ...(witnessHeads === null ? [] : [`${plural(witnessHeads, "head")} of the witness`]),
  ];
  return [
    ...shown,
    ...(more > 0 ? [`… and ${plural(more, "finding")} more; --json has them all`] : []),
    ...events.map(({ count, text }) => `${name}: ${count} ${printable(text)}`),
    `${name}: ${parts.join(", ")}; ${findings.length === 0 ? "nothing wrong found" : plural(findings.length, "finding")}`,
    ...unseen.map((text) => `  cannot be seen: ${text}`),
  ];
}
