// A remote, and a witness, judged by what was acknowledged and written down: whatever was there must be there still, or deleted by
// somebody.
import {
  keyText,
  receiptStatement,
  type ReceiptFacts,
  type VerifySignature,
} from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import {
  isLiving,
  type ChainEvent,
  type ChainFinding,
  type ChainFindingKind,
  type ChainVerdict,
  type Link,
  type ReceiptLike,
} from "./link.ts";
import { judgeSignatures } from "./signatures.ts";

/** Judges what a remote holds by what it once acknowledged: every receipt must still be true, or the snapshot deleted by somebody. */
export function judgeReceipts(
  receipts: readonly ReceiptLike[],
  there: readonly Link[],
  verify: VerifySignature,
): ChainVerdict {
  const findings: ChainFinding[] = [];
  const events: ChainEvent[] = [];
  const byId = new Map(there.map((link) => [link.snapshotId, link]));
  const resent = new Set<string>();
  const ofSnapshot = Map.groupBy(receipts, (receipt) => receipt.snapshotId);
  for (const [snapshotId, own] of ofSnapshot) {
    const link = byId.get(snapshotId);
    const timestampMs = link?.timestampMs ?? null;
    const find = (kind: ChainFindingKind, problem: string) =>
      findings.push({ kind, snapshotId, timestampMs, problem });
    for (const { signed, ...facts } of own) {
      if (signed === undefined || verify(signed, receiptStatement(facts))) continue;
      find(
        "bad_receipt",
        `its receipt of ${timestampText(facts.receivedAtMs)} is not signed by ${keyText(signed.publicKey)}`,
      );
    }
    const last = own.at(-1)!;
    if (link === undefined) {
      find(
        "forgotten",
        `was acknowledged on ${timestampText(last.receivedAtMs)} as number ${last.seq}, and is not there any more`,
      );
    } else if (link.deleted === null && !own.some((one) => isAsAcknowledged(one, link))) {
      find(
        "reordered",
        `was acknowledged as number ${last.seq} of ${timestampText(last.receivedAtMs)}, but stands there as ${link.seq} of ${timestampText(link.receivedAtMs!)}`,
      );
    } else if (own.some((one) => one.seq !== last.seq || one.receivedAtMs !== last.receivedAtMs)) {
      resent.add(snapshotId);
    }
  }
  if (resent.size > 0) {
    const text = "acknowledged twice: the remote had lost them meanwhile, and was sent them again";
    events.push({ kind: "resent", count: resent.size, text });
  }
  const keys = new Set(
    receipts.flatMap(({ signed }) => (signed === undefined ? [] : [signed.publicKey])),
  );
  if (keys.size > 1) {
    const text = `keys the remote has signed with: ${[...keys].map(keyText).join(", ")}`;
    events.push({ kind: "other_remote_key", count: keys.size, text });
  }
  return { findings, events };
}

/** Compares this store's history with a remote's. */
export function judgeRemote(
  here: readonly Link[],
  there: readonly Link[],
  { trusted, verify }: { trusted: readonly string[]; verify: VerifySignature },
): ChainVerdict {
  const findings: ChainFinding[] = [];
  const events: ChainEvent[] = [];
  judgeSignatures(
    there.filter((link) => link.signed !== null),
    trusted,
    verify,
    findings,
    events,
  );
  const known = new Map(here.map((link) => [link.snapshotId, link]));
  const atTime = new Map(here.filter(isLiving).map((link) => [link.timestampMs, link.snapshotId]));
  const atRemote = new Map(there.map((link) => [link.snapshotId, link]));
  for (const link of there.filter(isLiving)) {
    const own = known.get(link.snapshotId);
    const { snapshotId, timestampMs } = link;
    const rival = own === undefined ? atTime.get(timestampMs) : undefined;
    if (rival !== undefined) {
      findings.push({
        kind: "contradicted",
        snapshotId,
        timestampMs,
        problem: `stands at the remote, and ${rival} here at the same time`,
      });
    } else if (own === undefined) {
      findings.push({
        kind: "missing_here",
        snapshotId,
        timestampMs,
        problem:
          "stands at the remote, and this store has lost it: it was rolled back, or another installation wrote it",
      });
    } else if (own.parentId !== link.parentId || own.timestampMs !== timestampMs) {
      findings.push({
        kind: "changed",
        snapshotId,
        timestampMs,
        problem: "has another parent or time at the remote",
      });
    } else if (own.signed !== null && link.signed === null) {
      const problem = "is signed here, and not at the remote";
      findings.push({ kind: "unsigned", snapshotId, timestampMs, problem });
    }
  }
  const deletedThere = here.filter(
    (link) => isLiving(link) && atRemote.get(link.snapshotId)?.deleted,
  );
  if (deletedThere.length > 0) {
    const { atMs, why } = atRemote.get(deletedThere.at(-1)!.snapshotId)!.deleted!;
    const text = `deleted at the remote and not here, the last one on ${timestampText(atMs)}: ${why}`;
    events.push({ kind: "deleted_at_remote", count: deletedThere.length, text });
  }
  const waiting = here.filter((link) => isLiving(link) && !atRemote.has(link.snapshotId));
  if (waiting.length > 0)
    events.push({ kind: "not_pushed", count: waiting.length, text: "not at the remote" });
  return { findings, events };
}

/** Everything a witness names must still be here, or deleted by somebody. */
export function judgeWitness(
  heads: readonly { snapshotId: string; timestampMs: number }[],
  links: readonly Link[],
): ChainFinding[] {
  const known = new Set(links.map((link) => link.snapshotId));
  return heads
    .filter((head) => !known.has(head.snapshotId))
    .map(({ snapshotId, timestampMs }) => {
      const problem = "is named by the witness, and is neither here nor deleted";
      return { kind: "removed", snapshotId, timestampMs, problem };
    });
}

// --- internal ---

const isAsAcknowledged = (receipt: ReceiptFacts, link: Link): boolean =>
  receipt.seq === link.seq && receipt.receivedAtMs === link.receivedAtMs;
