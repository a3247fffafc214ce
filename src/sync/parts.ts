// A large body over a bad link: sent in parts, each acknowledged by its hash. Whatever breaks, server, client or link, the
// next attempt asks which parts are there and goes on behind them.
import { BsvError, type ErrorCode } from "#core/errors.ts";
import type { Signed } from "#core/signature.ts";
import { type Remote } from "./remote.ts";
import { type RemoteSet } from "./set.ts";
import {
  commitUpload,
  fetchParts,
  holdsSnapshot,
  openUpload,
  putPart,
  type Part,
  type Receipt,
  type Upload,
} from "./upload.ts";

/** A body that stays the same until it has arrived. */
export interface Body {
  readonly snapshotId: string;
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** The upload that was opened for exactly these bytes, by this run or one before it. */
  readonly upload: Upload | null;
  /** Keeps it (or, with null, forgets it) so that it survives a crash. */
  remember(upload: Upload | null): void;
}

/** Few round trips on a good link, and seconds of work lost when it breaks. */
const PART_BYTES = 8 * 1024 * 1024;
/** A link that breaks within 8 MiB gets halves, down to what a very bad one carries between two cuts. */
const SMALLEST_PART_BYTES = 128 * 1024;
/** How often an unfinished part is sent again before it is halved. */
const ATTEMPTS_BEFORE_HALVING = 2;
/** An upload may expire or be lost by a restored server; one that vanishes over and over is the server's fault. */
const UPLOADS_LIMIT = 3;
/** Halving takes six rounds; a remote that after ten still holds no more of it never will. */
const IDLE_ROUNDS_LIMIT = 10;

/** Sends the body and has it stored. `onSent` is told how many of its bytes the remote holds. */
export async function sendInParts(
  remote: Remote,
  set: RemoteSet,
  body: Body,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
  signed?: Signed,
): Promise<Receipt> {
  for (let opened = body.upload === null ? 0 : 1; ; opened++) {
    if (opened > UPLOADS_LIMIT) {
      throw new BsvError("remote_refused", `The remote ${remote.url} forgets uploads it opened`);
    }
    const upload = body.upload ?? (await openUpload(remote, set, body.snapshotId, signal));
    body.remember(upload);
    const isComplete = await sendParts(remote, set, body, upload, onSent, signal);
    const receipt = isComplete ? await commit(remote, set, body, upload, signal, signed) : null;
    if (receipt !== null) return receipt;
    body.remember(null);
  }
}

// --- internal ---

/** The upload expired; it was committed already, by a run that did not live to hear of it; a part came through damaged. */
const isMendedByAsking = new Set<ErrorCode>(["not_found", "gone", "conflict", "invalid_request"]);

/** Returns false when the upload is gone, or holds something that is not ours. */
async function sendParts(
  remote: Remote,
  set: RemoteSet,
  body: Body,
  { uploadId, partLimitBytes }: Upload,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  let partBytes = Math.min(PART_BYTES, partLimitBytes);
  let held = await fetchParts(remote, set, uploadId, signal);
  let best = -1;
  let idleRounds = 0;
  while (held !== null && isOurs(held, body)) {
    let offset = sizeOf(held);
    onSent(offset);
    idleRounds = offset > best ? 0 : idleRounds + 1;
    best = Math.max(best, offset);
    if (idleRounds > IDLE_ROUNDS_LIMIT) {
      throw new BsvError(
        "remote_refused",
        `The remote ${remote.url} does not keep what it is sent`,
      );
    }
    if (offset === body.sizeBytes) return true;
    const canHalve = partBytes > SMALLEST_PART_BYTES;
    const attempts = canHalve ? ATTEMPTS_BEFORE_HALVING : remote.patience.attempts;
    const hasty: Remote = { ...remote, patience: { ...remote.patience, attempts } };
    try {
      for (let n = held.length + 1; offset < body.sizeBytes; n++) {
        const bytes = body.read(offset, Math.min(partBytes, body.sizeBytes - offset));
        const part: Part = { n, size: bytes.byteLength, sha256: sha256(bytes) };
        await putPart(hasty, set, uploadId, part, bytes, signal);
        offset += part.size;
        onSent(offset);
      }
    } catch (error) {
      if (!(error instanceof BsvError)) throw error;
      if (error.code === "unreachable" && canHalve) partBytes = Math.ceil(partBytes / 2);
      else if (!isMendedByAsking.has(error.code)) throw error;
    }
    // Asked even after success: what counts is what the remote holds, not what we believe to have sent.
    held = await fetchParts(remote, set, uploadId, signal);
  }
  return false;
}

/** Null when the remote knows neither the upload nor the snapshot. */
async function commit(
  remote: Remote,
  set: RemoteSet,
  body: Body,
  { uploadId }: Upload,
  signal: AbortSignal,
  signed: Signed | undefined,
): Promise<Receipt | null> {
  try {
    return await commitUpload(remote, set, uploadId, body.snapshotId, signal, signed);
  } catch (error) {
    if (!(error instanceof BsvError) || error.code !== "not_found") throw error;
    // The upload ended with an answer that was lost on the way: then the snapshot is there.
    const { snapshotId } = body;
    const isThere = await holdsSnapshot(remote, set, snapshotId, signal);
    return isThere ? { snapshotId, status: "exists", gap: null, place: null } : null;
  }
}

function isOurs(held: readonly Part[], body: Body): boolean {
  let offset = 0;
  for (const part of held) {
    if (offset + part.size > body.sizeBytes) return false;
    if (sha256(body.read(offset, part.size)) !== part.sha256) return false;
    offset += part.size;
  }
  return true;
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.size, 0);
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
