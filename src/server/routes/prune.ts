// What a retention policy would keep of a backupset, and why; and doing it, for those who may delete, with the number of those that
// shall go.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { FLAWS, type Verdict } from "#core/retention/prune-plan.ts";
import {
  policyOf,
  retentionShape,
  retentionText,
  type RetentionKeys,
} from "#core/retention/retention-keys.ts";
import { keepsNothing } from "#core/retention/retention.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "#db/backupsets.ts";
import { paged, placeOf } from "#db/page.ts";
import { fateVerdicts, prunePlan, type PrunePlan } from "#db/retention/prune-plan.ts";
import { checkPlans } from "#jobs/prune.ts";
import { jsonAnswer, textAnswer } from "#server/answers/answer.ts";
import { askerOf } from "#server/access/asker.ts";
import { JSON_TYPE, NDJSON_TYPE } from "#server/answers/document-answer.ts";
import { mustExist } from "#server/find-row.ts";
import type { House } from "#server/house.ts";
import { negotiate } from "#server/answers/negotiate.ts";
import { pageAnswer, pageShape } from "#server/answers/page.ts";
import { route } from "#server/route.ts";
import { setOf, setParams, snapshotIdShape, timestampShape } from "#server/shapes.ts";

/** A rule as a query says it: numbers are text there, and lists of tags stand side by side with `;`. */
function rule<K extends keyof RetentionKeys>(key: K) {
  const schema = retentionShape[key];
  return z
    .string()
    .max(1000)
    .transform((text, context) => {
      const value =
        key === "keep_tags" ? text.split(";") : /^\d{1,9}$/.test(text) ? Number(text) : text;
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data as RetentionKeys[K];
      context.addIssue({ code: "custom", message: parsed.error.issues[0]!.message });
      return z.NEVER;
    })
    .optional()
    .meta({ description: schema.description ?? "" });
}

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
    keep_last: rule("keep_last"),
    keep_hourly: rule("keep_hourly"),
    keep_daily: rule("keep_daily"),
    keep_weekly: rule("keep_weekly"),
    keep_monthly: rule("keep_monthly"),
    keep_yearly: rule("keep_yearly"),
    keep_within: rule("keep_within"),
    keep_within_hourly: rule("keep_within_hourly"),
    keep_within_daily: rule("keep_within_daily"),
    keep_within_weekly: rule("keep_within_weekly"),
    keep_within_monthly: rule("keep_within_monthly"),
    keep_within_yearly: rule("keep_within_yearly"),
    keep_tags: rule("keep_tags"),
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
    const order = await orderOf(house, setOf(params), keys);
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
    const plan = await prunePlan(...(await orderOf(house, setOf(params), keys)));
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

/** What a plan is made of. */
async function orderOf(
  { scope, now }: House,
  set: SetName,
  keys: RetentionKeys,
): Promise<Parameters<typeof prunePlan>> {
  await mustExist(scope, set);
  const policy = policyOf(keys);
  if (keepsNothing(policy)) {
    throw new BsvError("invalid_request", "These rules keep nothing: say at least one that does");
  }
  return [scope, set, policy, now()];
}

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
