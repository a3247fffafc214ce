// Verifications: when a source or a copy was held against a snapshot, how much of it was checked, and what was found. Agents add theirs;
// nothing here changes one.
import { z } from "zod";
import { may } from "#core/access/principal.ts";
import { BsvError } from "#core/errors.ts";
import {
  verificationFacts,
  verificationOf,
  verificationSchema,
  type VerificationFacts,
} from "#core/proof/verification.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { listVerifications, type VerificationFilter } from "#db/proof/verifications.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { findRow, mustExist } from "#server/find-row.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { admitted } from "#server/access/gate.ts";
import {
  flag,
  setOf,
  setParams,
  snapshotIdShape,
  snapshotParams,
  timestampShape,
} from "#server/shapes.ts";
import { quotaOf } from "./upload.ts";

const path = "/machines/{machine_id}/backupsets/{set_name}/verifications";
const { findings, ...withoutFindings } = verificationSchema.shape;
const toldShape = z.object({ ...withoutFindings, findings: findings.optional() });
const headShape = z
  .object({ id: z.string(), snapshot_id: snapshotIdShape, started_at: timestampShape })
  .meta({ description: "To a key that may push and not read: what a push compares" });

const query = z.strictObject({
  copy: z.string().min(1).max(4096).optional().meta({ description: "Only of this copy" }),
  source: flag.optional().meta({ description: "Only of the source itself" }),
  findings: flag.optional().meta({ description: "With the first findings of each" }),
  ...pageShape,
});

const answers = {
  200: {
    about: "A page of verifications, the newest first",
    schema: z.array(z.union([toldShape, headShape])),
    isPage: true,
  },
};

export const verifications = route({
  method: "GET",
  path,
  about: "When the source and the copies of a backupset were verified, and what was found",
  needs: "anyone",
  params: setParams,
  query,
  answers,
  async handle({ house, request, principal, params, query }) {
    const { copy, source, findings } = query;
    if (copy !== undefined || source === true || findings === true) admitted(principal, "read");
    const set = setOf(params);
    await mustExist(house.scope, set);
    const tell = may(principal!, "read") ? told : head;
    return listed(house.scope, request, set, undefined, query, tell);
  },
});

export const verificationsOfSnapshot = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/{snapshot_id}/verifications",
  about: "What was verified against this snapshot",
  needs: "read",
  params: snapshotParams,
  query,
  answers,
  async handle({ house, request, params, query }) {
    const row = await findRow(house.scope, params);
    return listed(house.scope, request, setOf(params), row.snapshotId, query, told);
  },
});

export const addVerification = route({
  method: "POST",
  path,
  about: "Add the record of a verification; one that is there already stays as it is",
  needs: "push",
  params: setParams,
  body: verificationSchema,
  answers: {
    200: {
      about: "It was there already",
      schema: z.object({ id: z.string(), status: z.enum(["stored", "exists"]) }),
    },
    201: { about: "Stored" },
  },
  async handle({ house, params, body }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    if (body.machine_id !== set.machineId || body.backupset_name !== set.setName) {
      throw new BsvError(
        "invalid_request",
        "The record is of another backupset than the address says",
      );
    }
    const status = await house.writer.do("take-verification", {
      verification: verificationOf(body),
      quota: quotaOf(house),
    });
    return jsonAnswer({ id: body.id, status }, status === "stored" ? 201 : 200);
  },
});

// --- internal ---

async function listed(
  scope: Scope,
  request: Request,
  set: SetName,
  snapshotId: string | undefined,
  { copy, source, findings: isWhole, limit, cursor }: z.output<typeof query>,
  tell: (facts: VerificationFacts, isWhole: boolean) => object,
): Promise<Response> {
  const filter: VerificationFilter = { snapshotId, copy: source === true ? null : copy };
  const { rows, nextCursor } = await listVerifications(scope, set, filter, { limit, cursor });
  const items = rows.map((row) => JSON.stringify(tell(verificationFacts(row), isWhole === true)));
  return pageAnswer(request, items, nextCursor);
}

function told(facts: VerificationFacts, isWhole: boolean): z.output<typeof toldShape> {
  const { findings: first, ...rest } = facts;
  return isWhole ? { ...rest, findings: first } : rest;
}

/** Nothing of what was found, and where: that is file names, and the addresses of copies. */
const head = ({ id, snapshot_id, started_at }: VerificationFacts): z.output<typeof headShape> => ({
  id,
  snapshot_id,
  started_at,
});
