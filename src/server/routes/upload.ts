// A new snapshot in one request: the owner's JSON document or NDJSON, plain or compressed. What is answered with 201 is durable;
// anything else means that nothing was stored.
import type { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { receiptStatement, signedBy, type Signed } from "#core/signature.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Principal } from "#core/access/principal.ts";
import { mayWriteAs, type SetName } from "#db/backupsets.ts";
import type { Quota } from "#db/access/quota.ts";
import type { Ingested } from "#jobs/ingest/ingest.ts";
import { receiveWhole } from "#jobs/uploads.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { checkLength, contentOf, withDeadline, type Content } from "#server/body.ts";
import { IDLE_S, type House } from "#server/house.ts";
import { route } from "#server/route.ts";
import { senderOf } from "#server/access/sender.ts";
import {
  incomingShape,
  receiptShape,
  senderHeaders,
  setOf,
  setParams,
  signedBesides,
  signedJson,
  type Receipt,
} from "#server/shapes.ts";

type SetParams = z.output<typeof setParams>;

export const BODY_TYPES = ["application/json", "application/x-ndjson"] as const;

export const receiptAnswers = {
  200: { about: "It was there already", schema: receiptShape },
  201: { about: "Stored, durably", schema: receiptShape },
  409: {
    about:
      "Another snapshot has this time or id, the base is not here, or another installation writes here",
  },
  410: { about: "It was deleted, and does not come back" },
  507: { about: "The disk is full, or the owner's share of it is used up" },
  422: { about: "The document is impossible; `line` is its first offending line" },
};

export const upload = route({
  method: "POST",
  path: "/machines/{machine_id}/backupsets/{set_name}",
  about: "Upload a new snapshot",
  needs: "push",
  params: setParams,
  stream: { types: BODY_TYPES, schema: incomingShape },
  headers: senderHeaders,
  answers: receiptAnswers,
  async handle(call) {
    const { house, request, params, headers, restFor } = call;
    const kind = contentOf(
      request.headers.get("content-type"),
      request.headers.get("content-encoding"),
    );
    const { limits, uploadsFolder } = house;
    checkLength(request, limits.body_size);
    await noted(call, mayWriteAs(house.scope, params.machine_id));
    return house.bounds.uploads.during(senderOf(call), async () => {
      restFor(BODY_REST_S);
      const body = await withDeadline(limits.body_time, (signal) =>
        receiveWhole(uploadsFolder, request.body, { limitBytes: limits.body_size, signal }),
      );
      try {
        restFor(0); // the writer takes as long as it takes
        const sent = { ...kind, ...signedBesides(headers) };
        const stored = await noted(call, store(house, setOf(params), sent, [body.file]));
        return receiptAnswer(house, stored);
      } finally {
        restFor(IDLE_S);
        await body.discard();
      }
    });
  },
});

/** A body may pause for so long; all of it has its deadline. */
export const BODY_REST_S = 120;

/** Upload refusals that somebody should hear of: the content or the name was not as it should be. */
const TELLING = [
  "conflict",
  "agent_conflict",
  "gone",
  "forbidden",
  "invalid_document",
  "malformed",
  "over_quota",
];

/** The outcome; a refusal is noted in the audit log. */
export async function noted<T>(
  call: { house: House; principal: Principal | undefined; from: string; params: SetParams },
  outcome: Promise<T>,
): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof BsvError && TELLING.includes(error.code)) {
      const { machine_id, set_name } = call.params;
      const { existing_id: existing, snapshot_id: sent } = error.details;
      const isTold = typeof sent === "string" && typeof existing === "string";
      const which = isTold ? `: ${sent} instead of ${existing}` : "";
      call.house.access?.notes.note({
        ...askerOf(call),
        what: "snapshot.refuse",
        target: `${machine_id}/${set_name}${which}`,
        result: error.code,
        atMs: call.house.now(),
      });
    }
    throw error;
  }
}

/** Has the writer ingest a body that lies in these files. */
export function store(
  house: House,
  set: SetName,
  content: Content & { sentBy: string | undefined; signed: Signed | undefined },
  parts: readonly string[],
): Promise<Ingested> {
  return house.writer.do("ingest", {
    ...content,
    parts,
    set,
    isFromAgent: true,
    receivedAtMs: house.now(),
    workFolder: house.uploadsFolder,
    limits: house.limits,
    quota: quotaOf(house),
  });
}

/** What all machines of one owner may take together. */
export const quotaOf = ({ limits }: House): Quota => ({
  bytes: limits.owner_size,
  snapshots: limits.owner_snapshots,
  sets: limits.owner_sets,
});

export function receiptAnswer({ signer }: House, { status, row, gap }: Ingested): Response {
  const receipt: Receipt = {
    snapshot_id: row.snapshotId,
    status,
    seq: row.seq,
    received_at: timestampText(row.receivedAtMs),
    ...(row.clientId === null ? {} : { client_id: row.clientId }),
    ...(row.verdict === null ? {} : { verdict: row.verdict }),
    ...(gap === null ? {} : { gap }),
    ...(signer === undefined
      ? {}
      : { receipt: signedJson(signedBy(signer, receiptStatement(row))) }),
  };
  const location = `/machines/${row.machineId}/backupsets/${row.setName}/${row.snapshotId}`;
  return jsonAnswer(receipt, status === "stored" ? 201 : 200, { Location: location });
}

/** For requests that must not have a body. */
export function refuseBody(request: Request): void {
  if (request.body === null) return;
  throw new BsvError("invalid_request", "This request takes no body");
}
