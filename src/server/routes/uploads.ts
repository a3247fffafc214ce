// Resumable uploads: parts come in any order, survive cuts and restarts, and become a snapshot when they are committed. A
// commit may be repeated: its answer may have been lost on the way.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import { mayWriteAs } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { checkBound } from "#db/owned.ts";
import type { Ingested } from "#jobs/ingest/ingest.ts";
import {
  closeUpload,
  dropUpload,
  findUpload,
  MAX_PARTS,
  openUpload,
  partsInOrder,
  putPart,
  UPLOAD_LIFE_MS,
} from "#jobs/uploads.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { checkLength, contentOf, withDeadline } from "#server/body.ts";
import { IDLE_S, type House } from "#server/house.ts";
import { OneAtATime } from "#server/one-at-a-time.ts";
import { route } from "#server/route.ts";
import { senderOf } from "#server/access/sender.ts";
import {
  senderHeaders,
  setOf,
  setParams,
  signedBesides,
  snapshotIdShape,
  timestampShape,
} from "#server/shapes.ts";
import {
  BODY_REST_S,
  BODY_TYPES,
  noted,
  receiptAnswer,
  receiptAnswers,
  refuseBody,
  store,
} from "./upload.ts";

const UPLOADS = "/machines/{machine_id}/backupsets/{set_name}/uploads";

const uploadParams = z.strictObject({
  ...setParams.shape,
  upload_id: z.string().regex(/^[0-9a-f-]{36}$/, "is no id of an upload"),
});
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const partShape = z.object({ n: z.int(), size: z.int(), sha256 });
const uploadShape = z.object({
  upload_id: z.string(),
  part_size_limit: z.int(),
  expires_at: timestampShape,
  parts: z.array(partShape),
  snapshot_id: snapshotIdShape.optional().meta({ description: "Committed: what it became" }),
});

export const open = route({
  method: "POST",
  path: UPLOADS,
  about: "Open a resumable upload",
  needs: "push",
  params: setParams,
  body: z.strictObject({
    content_type: z.enum(BODY_TYPES),
    content_encoding: z.enum(["identity", "gzip", "zstd"]).default("identity"),
    snapshot_id: snapshotIdShape
      .optional()
      .meta({ description: "What it will become; not needed" }),
  }),
  answers: { 201: { about: "Open, for 7 days", schema: uploadShape } },
  async handle(call) {
    const { house, params, body } = call;
    const content = contentOf(body.content_type, body.content_encoding);
    await noted(call, mayWriteAs(house.scope, params.machine_id));
    const ownerId = house.scope.newOwner ?? null;
    const opening = { openedBy: senderOf(call), ownerId, mostEach: house.limits.uploads };
    const wish = { ...setOf(params), ...content, ...opening, nowMs: house.now() };
    const upload = await turns.during(house.uploadsFolder, () =>
      openUpload(house.uploadsFolder, wish),
    );
    return jsonAnswer(stateOf(house, { ...upload, parts: [] }), 201);
  },
});

export const state = route({
  method: "GET",
  path: `${UPLOADS}/{upload_id}`,
  about: "Which parts of an upload are here",
  needs: "push",
  params: uploadParams,
  answers: { 200: { about: "The upload and its parts", schema: uploadShape } },
  handle: async ({ house, params }) => jsonAnswer(stateOf(house, await find(house, params))),
});

export const part = route({
  method: "PUT",
  path: `${UPLOADS}/{upload_id}/parts/{n}`,
  about: "Send a part, numbered from 1; the same number again replaces it",
  needs: "push",
  params: z.strictObject({
    ...uploadParams.shape,
    n: z
      .string()
      .regex(/^[1-9]\d{0,4}$/, `is not a number from 1 to ${MAX_PARTS}`)
      .transform(Number)
      .refine((n) => n <= MAX_PARTS, `is not a number from 1 to ${MAX_PARTS}`),
  }),
  stream: { types: ["application/octet-stream"] },
  headers: z.object({ "x-part-sha256": sha256.optional() }),
  answers: { 200: { about: "The part is here, durably", schema: partShape } },
  async handle(call) {
    const { house, request, params, headers, restFor } = call;
    const { limits, uploadsFolder } = house;
    checkLength(request, limits.part_size);
    restFor(BODY_REST_S);
    const upload = await find(house, params);
    const receive = (signal: AbortSignal) =>
      putPart(uploadsFolder, upload, request.body, {
        n: params.n,
        sha256: headers["x-part-sha256"],
        partLimitBytes: limits.part_size,
        bodyLimitBytes: limits.body_size,
        signal,
        inTurn: (act) => turns.during(upload.uploadId, act),
      });
    const stored = await house.bounds.uploads.during(senderOf(call), () =>
      withDeadline(limits.body_time, receive),
    );
    return jsonAnswer({ n: stored.n, size: stored.sizeBytes, sha256: stored.sha256 });
  },
});

export const commit = route({
  method: "POST",
  path: `${UPLOADS}/{upload_id}`,
  about: "Commit an upload: its parts, one after another, are a body as if sent in one request",
  needs: "push",
  params: uploadParams,
  headers: senderHeaders,
  answers: receiptAnswers,
  async handle(call) {
    const { house, request, params, headers, restFor } = call;
    refuseBody(request);
    await find(house, params); // that it is the sender's own, before another's commit is waited for
    restFor(0);
    const running =
      commits.get(params.upload_id) ?? commitInTurn(house, params, signedBesides(headers));
    commits.set(params.upload_id, running);
    try {
      return receiptAnswer(house, await noted(call, running));
    } finally {
      restFor(IDLE_S);
      commits.delete(params.upload_id);
    }
  },
});

export const drop = route({
  method: "DELETE",
  path: `${UPLOADS}/{upload_id}`,
  about: "Give an upload up",
  needs: "push",
  params: uploadParams,
  answers: { 204: { about: "Gone" } },
  async handle({ house, params }) {
    const { uploadId } = await find(house, params);
    await turns.during(uploadId, () => dropUpload(house.uploadsFolder, uploadId));
    return new Response(null, { status: 204 });
  },
});

// --- internal ---

type UploadParams = z.output<typeof uploadParams>;
type Found = Awaited<ReturnType<typeof findUpload>>;

/** Commits at work, so that an impatient sender's second one gets the first one's answer. */
const commits = new Map<string, Promise<Ingested>>();

async function find(house: House, params: UploadParams): Promise<Found> {
  checkBound(house.scope, params.machine_id);
  const ownerId = house.scope.newOwner ?? null;
  const wish = { ...setOf(params), uploadId: params.upload_id, ownerId, nowMs: house.now() };
  return findUpload(house.uploadsFolder, wish);
}

/** Of each upload, what changes it: parts that are whole, its commit, its end. Of their folder, who opens one: they are counted. */
const turns = new OneAtATime();

function commitInTurn(...[house, params, sender]: Parameters<typeof commitOnce>) {
  return turns.during(params.upload_id, () => commitOnce(house, params, sender));
}

async function commitOnce(
  house: House,
  params: UploadParams,
  sender: ReturnType<typeof signedBesides>,
): Promise<Ingested> {
  const upload = await find(house, params);
  const set = setOf(params);
  if (upload.snapshotId !== undefined) {
    const row = await findSnapshot(house.scope, upload.snapshotId, set);
    if (row !== undefined) return { status: "exists", row, gap: null };
  }
  const { form, encoding } = upload;
  const files = partsInOrder(upload);
  const ingested = await store(house, set, { form, encoding, ...sender }, files).catch(
    async (error) => {
      if (isHopeless(error)) await dropUpload(house.uploadsFolder, upload.uploadId);
      throw error;
    },
  );
  await closeUpload(house.uploadsFolder, upload, ingested.row.snapshotId);
  return ingested;
}

/** The same bytes will never be a snapshot, so they need not lie here for a week. */
function isHopeless(error: unknown): boolean {
  const codes = ["malformed", "invalid_document", "too_large"];
  return error instanceof BsvError && codes.includes(error.code);
}

function stateOf(
  { limits }: House,
  upload: Pick<Found, "uploadId" | "createdAtMs" | "parts"> & { snapshotId?: string },
): z.output<typeof uploadShape> {
  return {
    upload_id: upload.uploadId,
    part_size_limit: limits.part_size,
    expires_at: timestampText(upload.createdAtMs + UPLOAD_LIFE_MS),
    parts: upload.parts.map(({ n, sizeBytes, sha256 }) => ({ n, size: sizeBytes, sha256 })),
    ...(upload.snapshotId === undefined ? {} : { snapshot_id: upload.snapshotId }),
  };
}
