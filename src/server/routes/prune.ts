// What a retention policy would keep of a backupset, and why; and doing it, for those who may delete, with the number of those that
// shall go.
import { z } from "zod";
import { FLAWS, type Verdict } from "#core/retention/prune-plan.ts";
import { retentionShape, retentionText } from "#core/retention/retention-keys.ts";
import { timestampText } from "#core/timestamp.ts";
import { paged, placeOf } from "#db/page.ts";
import { fateVerdicts, prunePlan, type PrunePlan } from "#db/retention/prune-plan.ts";
import { checkPlans } from "#jobs/prune.ts";
import { jsonAnswer, textAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { JSON_TYPE, NDJSON_TYPE } from "#server/answers/document-answer.ts";
import { negotiate } from "#server/answers/negotiate.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { planOrder, retentionQuery } from "#server/retention-query.ts";
import { route } from "#server/route.ts";
import { setOf, setParams, snapshotIdShape, timestampShape } from "#server/shapes.ts";

const verdictShape = z.object({
  snapshot_id: snapshotIdShape,
  timestamp: timestampShape,
  keep: z.boolean(),
  reasons: z.array(z.string()).meta({ description: "The rules that keep it" }),
  flaw: z
    .enum(FLAWS)
    .nullable()
    .meta({ description: "Why it does not count, but is judged among its like" }),
});

export const prune = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/prune",
  about: "What a retention policy would keep, and why, newest first; nothing is deleted",
  needs: "read",
  params: setParams,
  query: z.strictObject({
    ...retentionQuery,
    ...pageShape,
  }),
  isOfStore: true,
  answers: {
    200: {
      about:
        "A page of verdicts; `application/x-ndjson` for all of them, behind a first line that sums up: what would be gone, and what speaks against it",
      schema: z.array(verdictShape),
      types: [JSON_TYPE, NDJSON_TYPE],
      isPage: true,
    },
  },
  async handle({ house, request, params, query }) {
    const { limit, cursor, ...keys } = query;
    const page = { limit, cursor };
    const [beforeMs = Infinity] = placeOf(page, [0]) ?? [];
    const order = await planOrder(house, setOf(params), keys);
    const type = negotiate(request.headers.get("accept"), [JSON_TYPE, NDJSON_TYPE], "*/*");
    if (type === NDJSON_TYPE) {
      const plan = await prunePlan(...order);
      const lines = [JSON.stringify(summaryOf(plan)), ...plan.verdicts.map(verdictLine)];
      return textAnswer(lines.join("\n"), 200, { "Content-Type": NDJSON_TYPE });
    }
    const verdicts = await fateVerdicts(...order);
    const rest = verdicts.filter(({ snapshot }) => snapshot.timestampMs < beforeMs);
    const { rows, nextCursor } = paged(rest, page, ({ snapshot }) => [snapshot.timestampMs]);
    return pageAnswer(request, rows.map(verdictLine), nextCursor);
  },
});

export const pruneNow = route({
  method: "POST",
  path: "/machines/{machine_id}/backupsets/{set_name}/prune",
  about: "Delete what a retention policy does not keep, newest first",
  needs: "admin",
  params: setParams,
  body: z.strictObject({
    ...retentionShape,
    yes_remove: z
      .int()
      .min(0)
      .meta({ description: "So many snapshots shall go, no more and no fewer" }),
  }),
  answers: {
    200: {
      about: "How many were deleted; each is deleted whole, and leaves a tombstone",
      schema: z.object({ deleted: z.int() }),
    },
    400: { about: "Other than so many would go, or the rules keep nothing: nothing was deleted" },
  },
  async handle(call) {
    const { house, params, body, request } = call;
    const { yes_remove: confirmed, ...keys } = body;
    const plan = await prunePlan(...(await planOrder(house, setOf(params), keys)));
    checkPlans([plan], confirmed);
    call.restFor(DEED_S);
    const order = { why: `bsv prune --remote: ${retentionText(keys)}`, by: askerOf(call) };
    let deleted = 0;
    for (const { snapshot, isKept } of plan.verdicts) {
      if (isKept) continue;
      request.signal.throwIfAborted(); // who asked is gone: what is deleted is whole, the rest stays
      await house.writer.do("delete", { row: { ...plan.set, ...snapshot }, ...order });
      deleted++;
    }
    return jsonAnswer({ deleted });
  },
});

// --- internal ---

/** Deleting a snapshot of a million files takes some seconds, and there may be hundreds; nothing moves meanwhile. */
const DEED_S = 3600;

const summaryOf = ({ fates, gone, alarms }: PrunePlan) => ({
  kept: fates.keptMs.length,
  going: fates.goingMs.length,
  gone,
  alarms,
});

const verdictLine = ({ snapshot, isKept, reasons, flaw }: Verdict): string =>
  JSON.stringify({
    snapshot_id: snapshot.snapshotId,
    timestamp: timestampText(snapshot.timestampMs),
    keep: isKept,
    reasons: [...reasons],
    flaw,
  } satisfies z.output<typeof verdictShape>);
