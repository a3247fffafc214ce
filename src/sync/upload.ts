// Sending a snapshot: in one request while it is small, in parts that survive cuts and restarts when it is not.
// Nothing is visible at the remote before the last step, and every step may be repeated (I2, I3).
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { publicKeySchema, signatureSchema, type Signed } from "#core/signature.ts";
import { parseTimestamp } from "#core/timestamp.ts";
import { jsonOf, senseless } from "./answer.ts";
import { WIRE_HEADERS } from "./body.ts";
import { call, deadlineFor } from "./call.ts";
import { type Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

/** What the remote says once it holds the snapshot durably (I1). */
export interface Receipt {
  readonly snapshotId: string;
  readonly status: "stored" | "exists";
  /** The parent named in the header, when the remote does not hold it: its chain has a gap there. */
  readonly gap: string | null;
  /** What the remote can be held to; null when its answer was lost. */
  readonly place: Place | null;
}

/** At which place of all it ever took a remote has put a snapshot, and when. */
export interface Place {
  readonly seq: number;
  readonly receivedAtMs: number;
  /** By the remote; undefined where it signs nothing. Not yet proven. */
  readonly signed: Signed | undefined;
}

/** A part the remote holds. */
export interface Part {
  readonly n: number;
  readonly size: number;
  readonly sha256: string;
}

export interface Upload {
  readonly uploadId: string;
  readonly partLimitBytes: number;
}

/**
 * A receiver applies the difference to a list of perhaps ten million entries and hashes them all (100,000 a second),
 * perhaps after others that came first.
 */
const STORING_MS = 15 * 60_000;

/** The whole body in one request. */
export function postSnapshot(
  remote: Remote,
  set: RemoteSet,
  snapshotId: string,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  signed?: Signed,
): Promise<Receipt> {
  const request = {
    method: "POST" as const,
    path: setPath(set),
    headers: { ...WIRE_HEADERS, ...signatureHeaders(signed) },
    body,
    deadlineMs: deadlineFor(body.byteLength, STORING_MS),
    read: receiptFor(snapshotId),
  };
  return call(remote, request, signal);
}

/** Opens a resumable upload. */
export async function openUpload(
  remote: Remote,
  set: RemoteSet,
  snapshotId: string,
  signal: AbortSignal,
): Promise<Upload> {
  const request = {
    method: "POST" as const,
    path: [...setPath(set), "uploads"],
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      content_type: WIRE_HEADERS["Content-Type"],
      content_encoding: WIRE_HEADERS["Content-Encoding"],
      snapshot_id: snapshotId,
    }),
    read: jsonOf(uploadAnswer),
  };
  const answer = await call(remote, request, signal);
  return { uploadId: answer.upload_id, partLimitBytes: answer.part_size_limit };
}

/** The parts the remote holds, from 1 without a hole (later ones are of no use); null when the upload is gone. */
export async function fetchParts(
  remote: Remote,
  set: RemoteSet,
  uploadId: string,
  signal: AbortSignal,
): Promise<Part[] | null> {
  try {
    const request = {
      method: "GET" as const,
      path: uploadPath(set, uploadId),
      read: jsonOf(partsAnswer),
    };
    const { parts } = await call(remote, request, signal);
    parts.sort((a, b) => a.n - b.n);
    return parts.filter((part, index) => part.n === index + 1);
  } catch (error) {
    if (error instanceof BsvError && (error.code === "not_found" || error.code === "gone")) {
      return null;
    }
    throw error;
  }
}

export async function putPart(
  remote: Remote,
  set: RemoteSet,
  uploadId: string,
  part: Part,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> {
  const request = {
    method: "PUT" as const,
    path: [...uploadPath(set, uploadId), "parts", String(part.n)],
    headers: { "Content-Type": "application/octet-stream", "X-Part-SHA256": part.sha256 },
    body: bytes,
    deadlineMs: deadlineFor(bytes.byteLength),
    read: async (answer: Response) => answer.body?.cancel(),
  };
  await call(remote, request, signal);
}

/** The last step: the remote puts the parts together, judges and stores. */
export function commitUpload(
  remote: Remote,
  set: RemoteSet,
  uploadId: string,
  snapshotId: string,
  signal: AbortSignal,
  signed?: Signed,
): Promise<Receipt> {
  const request = {
    method: "POST" as const,
    path: uploadPath(set, uploadId),
    headers: signatureHeaders(signed),
    deadlineMs: STORING_MS,
    read: receiptFor(snapshotId),
  };
  return call(remote, request, signal);
}

/** Whether the remote holds the snapshot; throws gone when it was deleted there. */
export async function holdsSnapshot(
  remote: Remote,
  set: RemoteSet,
  snapshotId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const request = {
    method: "GET" as const,
    path: [...setPath(set), snapshotId],
    query: { files: "false" },
    read: jsonOf(z.object({ snapshot_id: z.literal(snapshotId) })),
  };
  try {
    await call(remote, request, signal);
    return true;
  } catch (error) {
    if (error instanceof BsvError && error.code === "not_found") return false;
    throw error;
  }
}

// --- internal ---

const uploadAnswer = z.object({
  upload_id: z.string().regex(/^[A-Za-z0-9_-]{8,128}$/),
  part_size_limit: z.int().min(64 * 1024),
});

const partsAnswer = z.object({
  parts: z
    .array(
      z.object({
        n: z.int().min(1),
        size: z.int().min(1),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(20_000), // 8 MiB each: more than any body we make
});

const receiptAnswer = z.object({
  snapshot_id: z.string(),
  status: z.enum(["stored", "exists"]),
  gap: z.string().max(128).nullable().optional(),
  seq: z.int().min(0).optional(),
  received_at: z.string().optional(),
  receipt: z.object({ public_key: publicKeySchema, signature: signatureSchema }).optional(),
});

const signatureHeaders = (signed: Signed | undefined): Record<string, string> =>
  signed === undefined ? {} : { "X-Public-Key": signed.publicKey, "X-Signature": signed.signature };

function uploadPath(set: RemoteSet, uploadId: string): string[] {
  return [...setPath(set), "uploads", uploadId];
}

/** Reads a receipt; one for anything but what was sent acknowledges nothing. */
function receiptFor(snapshotId: string): (answer: Response, url: string) => Promise<Receipt> {
  const read = jsonOf(receiptAnswer);
  return async (answer, url) => {
    const receipt = await read(answer, url);
    if (receipt.snapshot_id !== snapshotId) {
      throw senseless(url, `acknowledges another snapshot than the one sent, ${snapshotId}`);
    }
    const { status, gap = null } = receipt;
    return { snapshotId, status, gap, place: placeIn(receipt) };
  };
}

function placeIn({ seq, received_at, receipt }: z.output<typeof receiptAnswer>): Place | null {
  const receivedAtMs = received_at === undefined ? undefined : parseTimestamp(received_at);
  if (seq === undefined || receivedAtMs === undefined) return null;
  const signed = receipt && { publicKey: receipt.public_key, signature: receipt.signature };
  return { seq, receivedAtMs, signed };
}
