// Resumable uploads: a body comes in numbered parts, which survive cuts and restarts until they are committed, dropped or
// a week old. Nothing of it is visible to anybody but its sender.
import { BsvError } from "#core/errors.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";
import type { SetName } from "#db/backupsets.ts";
import { UploadFolders, type StoredPart } from "#disk/upload-folder.ts";

/** What its sender said when it was opened, and what became of it. */
export interface Upload extends SetName {
  readonly uploadId: string;
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
  readonly openedBy: string;
  /** The user whose it is; null where nobody signs in. */
  readonly ownerId: number | null;
  readonly createdAtMs: number;
  /** Committed: the snapshot it became. */
  readonly snapshotId?: string;
}

export const UPLOAD_LIFE_MS = 7 * 24 * 3_600_000;
/** Above any body that may be sent at all, in parts of a usual size. */
export const MAX_PARTS = 20_000;
/** Unfinished uploads of all senders together: each may hold a body's worth of disk. */
const MAX_OPEN = 256;
/** Of one owner, with however many keys: others find room, too. */
const MAX_OPEN_OF_OWNER = 64;
/** Committed ones only answer a repeated commit; the oldest go first. */
const MAX_COMMITTED = 1024;
/** A body that came in one request lies here only while the request lasts; what is older was left by a killed process. */
const WHOLE_LIFE_MS = 24 * 3_600_000;
const WHOLE = "whole-";

export interface OpenWish extends SetName {
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
  /** Whose uploads are counted together. */
  readonly openedBy: string;
  readonly ownerId: number | null;
  /** How many of them may be open. */
  readonly mostEach: number;
  readonly nowMs: number;
}

export async function openUpload(root: string, wish: OpenWish): Promise<Upload> {
  const folders = new UploadFolders(root);
  const ids = await folders.ids();
  const facts = (await Promise.all(ids.map((id) => folders.readFacts(id)))) as (
    | Upload
    | undefined
  )[];
  const others = facts.filter((upload) => upload !== undefined); // else it is a body that comes in one request
  const committed = others.filter((upload) => !isOpen(upload));
  const own = others.filter((upload) => isOpen(upload) && upload.openedBy === wish.openedBy).length;
  const ofOwner = others.filter((upload) => isOpenOf(upload, wish.ownerId)).length;
  const isFull = others.length - committed.length >= MAX_OPEN || ofOwner >= MAX_OPEN_OF_OWNER;
  if (own >= wish.mostEach || isFull) {
    throw new BsvError("rate_limited", `Too many uploads are open: ${own} of yours`, {
      hint: "Commit or delete others; unfinished ones expire after 7 days",
    });
  }
  const oldestFirst = committed.toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  const surplus = oldestFirst.slice(0, Math.max(0, committed.length - MAX_COMMITTED));
  await Promise.all(surplus.map((upload) => folders.remove(upload.uploadId)));
  const { nowMs: createdAtMs, mostEach: _, ...rest } = wish;
  const upload = { ...rest, createdAtMs, uploadId: crypto.randomUUID() };
  await folders.make(upload.uploadId);
  await folders.writeFacts(upload.uploadId, upload);
  return upload;
}

export interface FindWish extends SetName {
  readonly uploadId: string;
  readonly ownerId: number | null;
  readonly nowMs: number;
}

/** The upload, if it is this user's, of this set and not too old. Throws `not_found`. */
export async function findUpload(
  root: string,
  { uploadId, machineId, setName, ownerId, nowMs }: FindWish,
): Promise<Upload & { parts: StoredPart[] }> {
  const folders = new UploadFolders(root);
  const upload = (await folders.readFacts(uploadId)) as Upload | undefined;
  const isIt =
    upload?.machineId === machineId &&
    upload.setName === setName &&
    (upload.ownerId ?? null) === ownerId;
  if (upload === undefined || !isIt || isExpired(upload, nowMs)) throw noUpload(uploadId);
  return { ...upload, parts: await folders.parts(uploadId) };
}

interface PartWish {
  readonly n: number;
  /** What the sender says the part's hash is; one that came through damaged is refused. */
  readonly sha256: string | undefined;
  readonly partLimitBytes: number;
  /** For all parts together. */
  readonly bodyLimitBytes: number;
  readonly signal: AbortSignal;
  /** Does it when nobody else changes this upload: the bytes come before, while others may. */
  inTurn<T>(act: () => Promise<T>): Promise<T>;
}

/** Stores a part durably; the same number again replaces it. Throws as `findUpload`, also when it ends while the bytes come. */
export async function putPart(
  root: string,
  upload: Upload & { parts: StoredPart[] },
  body: ReadableStream<Uint8Array> | null,
  wish: PartWish,
): Promise<StoredPart> {
  const { uploadId } = upload;
  const folders = new UploadFolders(root);
  await mustBeOpen(folders, uploadId);
  const limitBytes = Math.min(wish.partLimitBytes, roomFor(upload, wish));
  const options = { limitBytes, signal: wish.signal, isDurable: true };
  const received = await folders.receive(uploadId, body, options).catch(async (error) => {
    await mustBeOpen(folders, uploadId);
    throw error;
  });
  try {
    checkHash(wish, received.sha256);
    return await wish.inTurn(async () => {
      const now = {
        ...(await mustBeOpen(folders, uploadId)),
        parts: await folders.parts(uploadId),
      };
      if (received.sizeBytes > roomFor(now, wish)) {
        throw new BsvError("too_large", `The body is longer than ${wish.bodyLimitBytes} bytes`);
      }
      return folders.settle(uploadId, wish.n, received);
    });
  } catch (error) {
    await folders.discard(received);
    throw error;
  }
}

/** The files of a complete upload, in order; throws `conflict` naming the first part that is missing. */
export function partsInOrder({
  uploadId,
  parts,
}: {
  uploadId: string;
  parts: StoredPart[];
}): string[] {
  const hole = parts.findIndex((part, index) => part.n !== index + 1);
  const missing = parts.length === 0 ? 1 : hole + 1;
  if (parts.length > 0 && hole < 0) return parts.map((part) => part.file);
  throw new BsvError("conflict", `Upload ${uploadId} lacks part ${missing}`, {
    details: { missing_part: missing },
  });
}

/** Notes the snapshot it became, for a sender who missed the answer, and frees the disk. */
export async function closeUpload(root: string, upload: Upload, snapshotId: string): Promise<void> {
  const folders = new UploadFolders(root);
  await folders.writeFacts(upload.uploadId, { ...upload, parts: undefined, snapshotId });
  await folders.removeParts(upload.uploadId);
}

export async function dropUpload(root: string, uploadId: string): Promise<void> {
  await new UploadFolders(root).remove(uploadId);
}

export interface WholeBody {
  readonly file: string;
  discard(): Promise<void>;
}

/** Receives a body that comes in one request. */
export async function receiveWhole(
  root: string,
  body: ReadableStream<Uint8Array> | null,
  { limitBytes, signal }: { limitBytes: number; signal: AbortSignal },
): Promise<WholeBody> {
  const folders = new UploadFolders(root);
  const id = `${WHOLE}${crypto.randomUUID()}`;
  await folders.make(id);
  const discard = () => folders.remove(id);
  try {
    const { file } = await folders.receive(id, body, { limitBytes, signal, isDurable: false });
    return { file, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Removes what is too old to be wanted. Returns how much went. */
export async function sweepUploads(root: string, nowMs: number): Promise<number> {
  const folders = new UploadFolders(root);
  let removed = 0;
  for (const id of await folders.ids()) {
    const upload = (await folders.readFacts(id)) as Upload | undefined;
    const touchedAtMs = (await folders.touchedAtMs(id)) ?? nowMs;
    const isOld =
      upload === undefined ? nowMs - touchedAtMs > WHOLE_LIFE_MS : isExpired(upload, nowMs);
    if (!isOld) continue;
    await folders.remove(id);
    removed++;
  }
  return removed;
}

// --- internal ---

const noUpload = (uploadId: string): BsvError =>
  new BsvError("not_found", `There is no upload ${uploadId} of this set`, {
    hint: "Unfinished uploads expire after 7 days; open a new one",
  });

/** As it stands now. Throws `not_found`, or `conflict` for one that is committed. */
async function mustBeOpen(folders: UploadFolders, uploadId: string): Promise<Upload> {
  const upload = (await folders.readFacts(uploadId)) as Upload | undefined;
  if (upload === undefined) throw noUpload(uploadId);
  if (upload.snapshotId === undefined) return upload;
  throw new BsvError("conflict", `Upload ${uploadId} is committed already`);
}

/** What its other parts leave of a body. */
const roomFor = ({ parts }: { parts: readonly StoredPart[] }, wish: PartWish): number =>
  wish.bodyLimitBytes - sizeOf(parts.filter((part) => part.n !== wish.n));

function checkHash({ n, sha256: expected }: PartWish, actual: string): void {
  if (expected === undefined || expected === actual) return;
  throw new BsvError("invalid_request", `Part ${n} came through damaged: it has ${actual}`, {
    hint: "Send it again",
    details: { expected, actual },
  });
}

/** One that was committed waits only for a sender who missed the answer. */
const isOpen = ({ snapshotId }: Upload): boolean => snapshotId === undefined;

/** Where nobody signs in, nobody owns them. */
const isOpenOf = (upload: Upload, ownerId: number | null): boolean =>
  ownerId !== null && upload.ownerId === ownerId && isOpen(upload);

function isExpired({ createdAtMs }: Upload, nowMs: number): boolean {
  return nowMs - createdAtMs > UPLOAD_LIFE_MS;
}

function sizeOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}
