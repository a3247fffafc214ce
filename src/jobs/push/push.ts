// push: a remote gets the snapshots it lacks, oldest first. The queue is what the store holds and the remote does not:
// there is nothing else that an offline week, a crash or a remote restored from an old backup could lose.
import type { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { Signer } from "#core/signature.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { lockSet } from "#db/lock.ts";
import { receiptsOf } from "#db/proof/receipts.ts";
import { Outbox } from "#disk/outbox.ts";
import { openRemote, type Remote } from "#sync/remote.ts";
import { isWorthWaiting, type Patience } from "#sync/retry.ts";
import { fetchHeads, validateSet } from "#sync/set.ts";
import { allHeads } from "#jobs/all-heads.ts";
import { sendVerifications } from "./send-verifications.ts";
import { inConflict, isThere, sendSnapshot, type Sending } from "./send.ts";

export interface PushInput {
  readonly remoteUrl: string;
  /** What the remote is asked with; undefined: it may not ask. */
  readonly apiKey?: string | undefined;
  /** What vouches for it, instead of the system. */
  readonly authorities?: string | undefined;
  readonly dataDir: string;
  readonly sets: readonly SetName[];
  /** This installation, which the remote pins to the machine. */
  readonly agentId: string;
  /** Take the machine over from another installation. */
  readonly adopt: boolean;
  readonly isDryRun: boolean;
  /** Signs what carries no signature yet, if this installation has a key. */
  readonly signer?: Signer | undefined;
  /** For tests: how long to wait for a remote that does not answer. */
  readonly patience?: Patience;
}

export interface PushedSet extends SetName {
  sent: Sending[];
  /** Snapshots that both sides held before. */
  heldCount: number;
  /** Deleted at the remote, and not sent again. */
  deletedThereCount: number;
  /** Acknowledged by the remote once, and not there any more, nor on a tombstone: it lost them. */
  forgottenCount: number;
  /** Records of verifications that were sent. */
  verificationCount: number;
  /** What is still to be sent: all of it in a dry run, the rest when the remote became unreachable. */
  waiting: { snapshotId: string; timestampMs: number }[];
}

export interface PushSummary {
  remoteUrl: string;
  isDryRun: boolean;
  sets: PushedSet[];
  /** Why the run stopped early; what waits is sent by a later run. */
  stopped: BsvError | null;
}

/** Sends what is missing. Throws what no other snapshot would escape either (a wrong name, another agent, no permission). */
export async function push(scope: Scope, input: PushInput, run: Run): Promise<PushSummary> {
  const remote = openRemote(input.remoteUrl, input);
  const summary: PushSummary = {
    remoteUrl: remote.url,
    isDryRun: input.isDryRun,
    sets: [],
    stopped: null,
  };
  for (const set of input.sets) {
    const local = await allHeads(scope, set);
    const pushed: PushedSet = {
      ...set,
      sent: [],
      heldCount: 0,
      deletedThereCount: 0,
      forgottenCount: 0,
      verificationCount: 0,
      waiting: [],
    };
    pushed.waiting = local.filter((head) => head.deletedAtMs === null);
    summary.sets.push(pushed);
    if (summary.stopped !== null) continue;
    try {
      await pushSet(scope, remote, input, pushed, run);
      if (!input.isDryRun)
        pushed.verificationCount = await sendVerifications(scope, remote, set, run);
    } catch (error) {
      if (!isWorthWaiting(error)) throw error;
      summary.stopped = error;
    }
  }
  return summary;
}

// --- internal ---

async function pushSet(
  scope: Scope,
  remote: Remote,
  input: PushInput,
  pushed: PushedSet,
  run: Run,
): Promise<void> {
  const there = await fetchHeads(remote, pushed, run.signal);
  const living = pushed.waiting;
  const held = new Set<string>();
  pushed.waiting = [];
  for (const head of living) {
    const known = there.get(head.snapshotId);
    if (known === undefined) pushed.waiting.push(head);
    else if (known.isDeleted) pushed.deletedThereCount++;
    else held.add(head.snapshotId);
  }
  pushed.heldCount = held.size;
  const acknowledged = (await receiptsOf(scope, pushed)).filter((one) => one.remote === remote.url);
  const forgotten = acknowledged.filter((one) => !there.has(one.snapshotId));
  pushed.forgottenCount = new Set(forgotten.map((one) => one.snapshotId)).size;
  const takenTimes = new Map(
    [...there.values()]
      .filter((head) => !head.isDeleted)
      .map((head) => [head.timestampMs, head.snapshotId]),
  );
  if (input.isDryRun || (pushed.waiting.length === 0 && !input.adopt)) return;
  const lock = await lockSet(input.dataDir, pushed, "pushed");
  try {
    const { agentId, adopt, signer } = input;
    await validateSet(remote, pushed, { agentId, adopt, publicKey: signer?.publicKey }, run.signal);
    const outbox = new Outbox(input.dataDir, remote.url, pushed.machineId, pushed.setName);
    outbox.sweep(new Set(pushed.waiting.map((head) => head.snapshotId)));
    while (pushed.waiting.length > 0) {
      const next = pushed.waiting[0]!;
      const otherId = takenTimes.get(next.timestampMs);
      const bases = nearest(living, held, next.snapshotId);
      const way = { remote, set: pushed, outbox, bases, signer: input.signer };
      const sending =
        otherId === undefined
          ? await sendSnapshot(scope, way, next, run)
          : inConflict(next, otherId);
      if (isThere(sending)) held.add(next.snapshotId);
      pushed.sent.push(sending);
      pushed.waiting.shift();
    }
    outbox.sweep(new Set());
  } finally {
    lock.release();
  }
}

/** Those that both sides hold and that lie next to the snapshot in time, before and after it. */
function nearest(
  living: readonly { snapshotId: string }[],
  held: ReadonlySet<string>,
  snapshotId: string,
): string[] {
  const at = living.findIndex((head) => head.snapshotId === snapshotId);
  const isHeld = (head: { snapshotId: string }) => held.has(head.snapshotId);
  const before = living.slice(0, at).findLast(isHeld);
  const after = living.slice(at + 1).find(isHeld);
  return [before, after].flatMap((head) => (head === undefined ? [] : [head.snapshotId]));
}
