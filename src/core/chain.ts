// The chain of a set's snapshots, judged: each names its parent, is signed, and was acknowledged. A finding is what no honest history
// has; what is merely worth knowing (deletions, a new key, a remote that was brought back) is an event, told and no alarm.
import {
  keyText,
  receiptStatement,
  snapshotStatement,
  type ReceiptFacts,
  type Signed,
  type VerifySignature,
} from "./signature.ts";
import { timestampText } from "./timestamp.ts";

/** One snapshot that is or was. */
export interface Link {
  readonly snapshotId: string;
  readonly timestampMs: number;
  /** The snapshot its writer had recorded before; null for the first, and for foreign writers'. */
  readonly parentId: string | null;
  /** The installation that wrote it; null for foreign writers', and for what is deleted. */
  readonly agentId: string | null;
  /** Its place among all that the store ever took, and when; null for what is deleted. */
  readonly seq: number | null;
  readonly receivedAtMs: number | null;
  readonly signed: Signed | null;
  readonly deleted: { readonly atMs: number; readonly why: string } | null;
}

/** `remote` where a receipt says who acknowledged. */
export interface ReceiptLike extends ReceiptFacts {
  readonly remote: string;
  readonly signed: Signed | undefined;
}

export const CHAIN_FINDINGS = [
  "changed", // its content or header is not what its id says
  "bad_signature", // its signature is not by the key it names, over it
  "wrong_key", // it is signed by a key that is not this machine's
  "unsigned", // it is not signed, though earlier ones of this machine are
  "removed", // it was here, and is neither here nor on a tombstone
  "forked", // two snapshots follow one
  "restarted", // it begins anew, though there were others before
  "backdated", // it is dated before the one it follows
  "reordered", // it was taken in before the one it follows, or acknowledged at another place
  "bad_receipt", // a receipt is not by the key it names
  "forgotten", // a remote acknowledged it, and holds it no longer
  "missing_here", // a remote holds it, and this store lost it
  "contradicted", // another snapshot stands at its time
] as const;
export type ChainFindingKind = (typeof CHAIN_FINDINGS)[number];

export interface ChainFinding {
  readonly kind: ChainFindingKind;
  readonly snapshotId: string;
  readonly timestampMs: number | null;
  /** What is wrong, as the rest of a sentence about the snapshot. */
  readonly problem: string;
}

/** Worth knowing, and no alarm. */
export interface ChainEvent {
  readonly kind:
    | "deleted"
    | "deleted_at_remote"
    | "other_installation"
    | "resent"
    | "other_remote_key"
    | "not_pushed"
    | "unsigned";
  readonly count: number;
  readonly text: string;
}

export interface ChainVerdict {
  readonly findings: ChainFinding[];
  readonly events: ChainEvent[];
}

/** A timestamp this far ahead of its arrival is a wrong clock: what follows it may be dated before it. */
const FUTURE_MS = 24 * 3_600_000;

/** Judges a history by itself. `trusted`: the machine's keys; without any, the one of the first signature. */
export function judgeChain(
  links: readonly Link[],
  { trusted, verify }: { trusted: readonly string[]; verify: VerifySignature },
): ChainVerdict {
  const findings: ChainFinding[] = [];
  const events: ChainEvent[] = [];
  const byId = new Map(links.map((link) => [link.snapshotId, link]));
  const children = Map.groupBy(
    links.filter((link) => link.parentId !== null),
    (link) => link.parentId!,
  );
  judgeSignatures(links, trusted, verify, findings, events);
  for (const [parentId, followers] of children) {
    const parent = byId.get(parentId);
    if (parent === undefined) findings.push(removed(parentId, followers[0]!));
    judgeFollowers(parent, followers, findings);
  }
  judgePassedOver(links, byId, findings);
  judgeBeginnings(links, byId, findings, events);
  const deleted = links.filter((link) => link.deleted !== null);
  if (deleted.length > 0) {
    const last = deleted.reduce((a, b) => (a.deleted!.atMs > b.deleted!.atMs ? a : b)).deleted!;
    const text = `deleted, the last one on ${timestampText(last.atMs)}: ${last.why}`;
    events.push({ kind: "deleted", count: deleted.length, text });
  }
  return { findings, events };
}

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

const isLiving = (link: Link): boolean => link.deleted === null;

const isAsAcknowledged = (receipt: ReceiptFacts, link: Link): boolean =>
  receipt.seq === link.seq && receipt.receivedAtMs === link.receivedAtMs;

function judgeSignatures(
  links: readonly Link[],
  trusted: readonly string[],
  verify: VerifySignature,
  findings: ChainFinding[],
  events: ChainEvent[],
): void {
  const signed = links.filter((link) => link.signed !== null);
  if (signed.length === 0) return;
  const keys = trusted.length > 0 ? trusted : [signed[0]!.signed!.publicKey];
  // From the first sound signature on, what this machine's agents write is signed.
  const firstMs = signed[0]!.timestampMs;
  let foreign = 0;
  for (const link of links) {
    const { snapshotId, timestampMs } = link;
    const find = (kind: ChainFindingKind, problem: string) =>
      findings.push({ kind, snapshotId, timestampMs, problem });
    if (link.signed !== null) {
      const key = keyText(link.signed.publicKey);
      if (!verify(link.signed, snapshotStatement(snapshotId)))
        find("bad_signature", `its signature is not by key ${key}`);
      else if (!keys.includes(link.signed.publicKey))
        find("wrong_key", `is signed by ${key}, which is no key of this machine`);
    } else if (isLiving(link) && timestampMs > firstMs) {
      if (link.agentId === null) foreign++;
      else find("unsigned", "is not signed, though earlier ones are");
    }
  }
  if (foreign > 0) {
    const text = "of other writers, which nobody has signed";
    events.push({ kind: "unsigned", count: foreign, text });
  }
}

const removed = (parentId: string, { snapshotId }: Link): ChainFinding => ({
  kind: "removed",
  snapshotId: parentId,
  timestampMs: null,
  problem: `is named as the parent of ${snapshotId}, and is neither here nor deleted`,
});

/** All that name one parent: they follow it in time, and each but the last was deleted before the next was made. */
function judgeFollowers(
  parent: Link | undefined,
  followers: readonly Link[],
  findings: ChainFinding[],
): void {
  const inTime = followers.toSorted((a, b) => a.timestampMs - b.timestampMs);
  for (const [at, link] of inTime.entries()) {
    const { snapshotId, timestampMs } = link;
    const earlier = inTime
      .slice(0, at)
      .find((one) => one.deleted === null || one.deleted.atMs > timestampMs);
    if (earlier !== undefined) {
      const problem = `follows ${link.parentId}, as ${earlier.snapshotId} does`;
      findings.push({ kind: "forked", snapshotId, timestampMs, problem });
    }
    if (parent === undefined) continue;
    // Of a deleted one it is not known any more when it came: the one that follows must say.
    const arrivedMs = parent.receivedAtMs ?? link.receivedAtMs;
    const isWrongClock = arrivedMs === null || parent.timestampMs > arrivedMs + FUTURE_MS;
    if (timestampMs <= parent.timestampMs && !isWrongClock) {
      const problem = `is dated before ${parent.snapshotId}, which it follows`;
      findings.push({ kind: "backdated", snapshotId, timestampMs, problem });
    }
    if (parent.seq !== null && link.seq !== null && parent.seq > link.seq) {
      const problem = `was recorded before ${parent.snapshotId}, which it follows`;
      findings.push({ kind: "reordered", snapshotId, timestampMs, problem });
    }
  }
}

/** A second beginning by the same installation is a history that was cut at its root; by another one, a change of hands. */
function judgeBeginnings(
  links: readonly Link[],
  byId: ReadonlyMap<string, Link>,
  findings: ChainFinding[],
  events: ChainEvent[],
): void {
  const ours = links.filter((link) => link.agentId !== null);
  const agents = new Set(ours.map((link) => link.agentId));
  if (agents.size > 1) {
    const text = "installations have written this set, one after the other";
    events.push({ kind: "other_installation", count: agents.size, text });
  }
  for (const link of ours) {
    if (link.parentId !== null) continue;
    const before = ours.find(
      (one) =>
        one.agentId === link.agentId &&
        one.timestampMs < link.timestampMs &&
        beginningOf(one, byId) !== link, // dated before its own beginning by a wrong clock
    );
    if (before === undefined) continue;
    const { snapshotId, timestampMs } = link;
    const problem = `names no parent, though ${before.snapshotId} of the same installation was there before`;
    findings.push({ kind: "restarted", snapshotId, timestampMs, problem });
  }
}

/** The first of those a link goes back to that names no parent, or none that is known. What a remote tells may even go round. */
function beginningOf(link: Link, byId: ReadonlyMap<string, Link>): Link {
  let at = link;
  for (let steps = byId.size; steps > 0; steps--) {
    const parent = at.parentId === null ? undefined : byId.get(at.parentId);
    if (parent === undefined) return at;
    at = parent;
  }
  return at;
}

/** A scan follows what its installation recorded last: one that stood there then, and is passed over, was not there for its writer. */
function judgePassedOver(
  links: readonly Link[],
  byId: ReadonlyMap<string, Link>,
  findings: ChainFinding[],
): void {
  const passedBy = new Set(
    findings.filter((one) => one.kind === "forked").map((one) => one.snapshotId),
  );
  const inTime = Map.groupBy(
    links
      .filter((link) => link.agentId !== null && !isAhead(link))
      .toSorted((a, b) => a.timestampMs - b.timestampMs),
    (link) => link.agentId,
  );
  for (const written of inTime.values()) {
    for (const [at, { snapshotId, timestampMs, parentId, seq }] of written.entries()) {
      const parent = parentId === null ? undefined : byId.get(parentId);
      if (parent === undefined || passedBy.has(snapshotId)) continue;
      const last = lastBefore(written, at, seq!);
      if (last === undefined || last.timestampMs <= parent.timestampMs) continue;
      const problem = `follows ${parent.snapshotId}, though ${last.snapshotId} had been recorded since`;
      findings.push({ kind: "forked", snapshotId, timestampMs, problem });
    }
  }
}

function lastBefore(written: readonly Link[], at: number, seq: number): Link | undefined {
  for (let before = at - 1; before >= 0; before--) {
    if (written[before]!.seq! < seq) return written[before];
  }
  return undefined;
}

/** Dated so far ahead of its arrival that its clock was wrong. */
const isAhead = ({ timestampMs, receivedAtMs }: Link): boolean =>
  receivedAtMs !== null && timestampMs > receivedAtMs + FUTURE_MS;
