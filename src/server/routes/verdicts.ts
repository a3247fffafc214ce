// Verdicts: which snapshots of a set are plausible after the one before them, and why others are not.
import { z } from "zod";
import { anomalyText } from "#core/proof/anomalies.ts";
import { verdictFacts, verdictSchema } from "#core/proof/verdict.ts";
import { findVerdict, listVerdicts } from "#db/proof/verdicts.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { findRow, mustExist } from "#server/find-row.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import {
  flag,
  setOf,
  setParams,
  snapshotIdShape,
  snapshotParams,
  timestampShape,
} from "#server/shapes.ts";

const SET = "/machines/{machine_id}/backupsets/{set_name}";

const verdictShape = z.object({
  snapshot_id: snapshotIdShape,
  timestamp: timestampShape,
  verdict: verdictSchema,
  reasons: z.array(
    z.object({
      kind: z.string(),
      count: z.int().meta({ description: "So many files" }),
      of: z.int().meta({ description: "Of so many in the snapshot before" }),
      limit: z.number().meta({ description: "The share that would still be plausible" }),
      basis: z.string().meta({ description: "What the limit comes from" }),
      detail: z.string().optional(),
      text: z.string().meta({ description: "The same as a sentence" }),
    }),
  ),
  follows: snapshotIdShape
    .nullable()
    .meta({ description: "The suspicious snapshot before it, whose doubt it inherits" }),
  accepted: z.object({ at: timestampShape, why: z.string() }).nullable(),
  measures: z.looseObject({}).nullable().meta({ description: "What was counted; null of a first" }),
});

export const verdicts = route({
  method: "GET",
  path: `${SET}/verdicts`,
  about: "Whether each snapshot is plausible after the one before it, and why not; newest first",
  needs: "read",
  params: setParams,
  query: z.strictObject({
    suspicious: flag.optional().meta({ description: "`true`: only those that are not plausible" }),
    ...pageShape,
  }),
  answers: { 200: { about: "A page of verdicts", schema: z.array(verdictShape), isPage: true } },
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    const { rows, nextCursor } = await listVerdicts(house.scope, set, query, query.suspicious);
    return pageAnswer(
      request,
      rows.map((one) => JSON.stringify(told(one))),
      nextCursor,
    );
  },
});

export const acceptVerdict = route({
  method: "POST",
  path: `${SET}/{snapshot_id}/verdict`,
  about: "Say that this snapshot and all before it are as they should be",
  needs: "admin",
  params: snapshotParams,
  body: z.strictObject({
    accepted: z.literal(true),
    why: z.string().min(1).max(1000).meta({ description: "For whoever asks later" }),
  }),
  answers: { 200: { about: "Its verdict now", schema: verdictShape } },
  async handle(call) {
    const { house, params, body } = call;
    const row = await findRow(house.scope, params);
    await house.writer.do("accept", { row, why: body.why, by: askerOf(call) });
    return jsonAnswer(told(findVerdict(house.scope, row.snapshotId)!));
  },
});

// --- internal ---

function told(verdict: Parameters<typeof verdictFacts>[0]): Record<string, unknown> {
  const reasons = verdict.reasons.map((one) => ({ ...one, text: anomalyText(one) }));
  return { ...verdictFacts(verdict), reasons };
}
