// Sending one snapshot: as the shortest difference to something the remote already holds, in full when there is none or the
// remote cannot use it; in one request or in parts.
import { changeLine } from "#core/delta.ts";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { pathOfKey } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import type { Signed, Signer } from "#core/signature.ts";
import { deltaPages } from "#db/comparison/delta.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { Outbox, Parcel } from "#disk/outbox.ts";
import { wireFrames, wireHeader } from "#sync/body.ts";
import { sendInParts } from "#sync/parts.ts";
import type { Remote } from "#sync/remote.ts";
import { postSnapshot, type Receipt } from "#sync/upload.ts";
import { acknowledged, signatureFor } from "./receipt.ts";
import { shortestBase } from "./shortest-base.ts";

export interface Sending {
  readonly snapshotId: string;
  readonly timestampMs: number;
  /**
   * `conflict`: the remote has other content under this time. `refused`: it judged the snapshot and will not have it.
   * `gone`: deleted there in the meantime; `vanished`: deleted here.
   */
  readonly outcome: "stored" | "exists" | "gone" | "vanished" | "conflict" | "refused";
  /** Null when it was sent in full. */
  readonly baseId: string | null;
  readonly wireBytes: number;
  /** Entries and removals that were sent, of `fileCount` entries that the snapshot has; and their size uncompressed. */
  readonly lineCount: number;
  readonly plainBytes: number;
  /** Of the header, uncompressed. */
  readonly headerBytes: number;
  readonly fileCount: number;
  /** The parent that the remote does not hold: its chain has a gap. */
  readonly gap: string | null;
  /** Why it was not taken. */
  readonly problem: string | null;
}

interface Way {
  readonly remote: Remote;
  readonly set: SetName;
  readonly outbox: Outbox;
  /** What both sides hold next to it. */
  readonly bases: readonly string[];
  readonly signer: Signer | undefined;
}

/** A body up to this size is one request; a larger one is worth resuming. A link that can't carry it is off. */
const ONE_REQUEST_BYTES = 1024 * 1024;

export async function sendSnapshot(
  scope: Scope,
  way: Way,
  head: { snapshotId: string; timestampMs: number },
  run: Run,
): Promise<Sending> {
  const { snapshotId, timestampMs } = head;
  const row = await findSnapshot(scope, snapshotId, way.set);
  const about = {
    snapshotId,
    timestampMs,
    fileCount: row?.fileCount ?? 0,
    headerBytes: row?.headerText.length ?? 0,
  };
  if (row === undefined) return { ...about, ...NOTHING, outcome: "vanished" };

  const signed = await signatureFor(scope, row, way.signer, run);
  let parcel = way.outbox.find(snapshotId) ?? (await packed(scope, way, row, way.bases, run));
  for (;;) {
    if (parcel === null) return { ...about, ...NOTHING, outcome: "vanished" };
    const { baseId, lineCount, plainBytes, sizeBytes: wireBytes } = parcel;
    const facts = { ...about, ...NOTHING, baseId, lineCount, plainBytes, wireBytes };
    try {
      const receipt = await deliver(way, parcel, signed, run);
      await acknowledged(scope, way, receipt, run);
      parcel.discard();
      return { ...facts, outcome: receipt.status, gap: receipt.gap };
    } catch (error) {
      const outcome = error instanceof BsvError ? outcomeOf[error.code] : undefined;
      if (outcome === undefined) throw error;
      parcel.discard();
      if (outcome !== "refused" || baseId === null) {
        return { ...facts, outcome, problem: outcome === "gone" ? null : (error as Error).message };
      }
      // The remote lost the base, or its copy of it is damaged: what it then needs is the whole.
      parcel = await packed(scope, way, row, [], run);
    }
  }
}

/** What becomes of a snapshot under whose time the remote is known to hold another: it need not be sent to be refused. */
export function inConflict(
  head: { snapshotId: string; timestampMs: number },
  otherId: string,
): Sending {
  const problem = `The remote holds another snapshot of this time, ${otherId}`;
  const { snapshotId, timestampMs } = head;
  const unknown = { fileCount: 0, headerBytes: 0 };
  return { snapshotId, timestampMs, ...unknown, ...NOTHING, problem, outcome: "conflict" };
}

/** Whether the remote holds it now. */
export function isThere({ outcome }: Sending): boolean {
  return outcome === "stored" || outcome === "exists";
}

// --- internal ---

const NOTHING = {
  baseId: null,
  wireBytes: 0,
  lineCount: 0,
  plainBytes: 0,
  gap: null,
  problem: null,
} as const;

/** Null when the snapshot was deleted here while it was read. */
async function packed(
  scope: Scope,
  way: Way,
  row: SnapshotRow,
  bases: readonly string[],
  run: Run,
): Promise<Parcel | null> {
  let baseId: string | null = null;
  let lineCount = 0;
  let plainBytes = 0;
  async function* lines(): AsyncGenerator<string[]> {
    yield [wireHeader(row.snapshotId, row.headerText, baseId)];
    for await (const changes of deltaPages(scope, baseId, row.snapshotId)) {
      run.signal.throwIfAborted();
      lineCount += changes.length;
      yield changes.map((change) => {
        const line = changeLine(change, pathOfKey(change.key.folder, change.key.name));
        plainBytes += line.length + 1;
        return line;
      });
    }
  }
  try {
    baseId = await shortestBase(scope, bases, row.snapshotId, run.signal);
    const label = () => ({ snapshotId: row.snapshotId, baseId, lineCount, plainBytes });
    return await way.outbox.pack(row.snapshotId, wireFrames(lines()), label);
  } catch (error) {
    const isGone = error instanceof BsvError && ["gone", "not_found"].includes(error.code);
    if (!isGone) throw error;
    // The base was deleted here, or the snapshot itself.
    return bases.length === 0 ? null : packed(scope, way, row, [], run);
  }
}

function deliver(
  { remote, set }: Way,
  parcel: Parcel,
  signed: Signed | undefined,
  run: Run,
): Promise<Receipt> {
  const { snapshotId, sizeBytes } = parcel;
  const report = (bytes: number) =>
    run.monitor.progress({ phase: "send", files: 0, bytes, totalBytes: sizeBytes });
  if (sizeBytes > ONE_REQUEST_BYTES) {
    return sendInParts(remote, set, parcel, report, run.signal, signed);
  }
  report(0);
  return postSnapshot(remote, set, snapshotId, parcel.read(0, sizeBytes), run.signal, signed);
}

/** What an error says of this one snapshot; all others say something of the whole run. */
const outcomeOf: Partial<Record<ErrorCode, "gone" | "conflict" | "refused">> = {
  gone: "gone",
  conflict: "conflict",
  base_missing: "refused",
  malformed: "refused",
  invalid_document: "refused",
  too_large: "refused",
};
