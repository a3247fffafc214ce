// The chain of a set's snapshots, judged by itself: each names its parent and is signed. A finding is what no honest history has; what
// is merely worth knowing (deletions, a change of hands) is an event, told and no alarm.
import type { VerifySignature } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import type { ChainEvent, ChainFinding, ChainVerdict, Link } from "./link.ts";
import { judgeSignatures } from "./signatures.ts";

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

// --- internal ---

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
  /** Of those before, the one that was there longest. */
  let earlier: Link | undefined;
  for (const link of inTime) {
    const { snapshotId, timestampMs } = link;
    if (earlier !== undefined && endOf(earlier) > timestampMs) {
      const problem = `follows ${link.parentId}, as ${earlier.snapshotId} does`;
      findings.push({ kind: "forked", snapshotId, timestampMs, problem });
    }
    if (earlier === undefined || endOf(link) > endOf(earlier)) earlier = link;
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

const endOf = ({ deleted }: Link): number => deleted?.atMs ?? Infinity;

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
