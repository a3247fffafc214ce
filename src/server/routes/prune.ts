// What a retention policy would keep of a backupset, and why. It only tells; pruning is for whoever has the store itself.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { policyOf, retentionShape, type RetentionKeys } from "#core/retention-keys.ts";
import { keepsNothing } from "#core/retention.ts";
import { timestampText } from "#core/timestamp.ts";
import { paged, placeOf } from "#db/page.ts";
import { prunePlan } from "#db/prune-plan.ts";
import { mustExist } from "#server/find-row.ts";
import { pageAnswer, pageShape } from "#server/page.ts";
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
    .enum(["incomplete", "empty", "dated in the future", "suspicious"])
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
    200: { about: "A page of verdicts", schema: z.array(verdictShape), isPage: true },
  },
  async handle({ house, request, params, query }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    const { limit, cursor, ...keys } = query;
    const policy = policyOf(keys);
    if (keepsNothing(policy)) {
      throw new BsvError("invalid_request", "These rules keep nothing: say at least one that does");
    }
    const page = { limit, cursor };
    const [beforeMs = Infinity] = placeOf(page, [0]) ?? [];
    const { verdicts } = await prunePlan(house.scope, set, policy, house.now());
    const rest = verdicts.filter(({ snapshot }) => snapshot.timestampMs < beforeMs);
    const { rows, nextCursor } = paged(rest, page, ({ snapshot }) => [snapshot.timestampMs]);
    const items = rows.map(({ snapshot, isKept, reasons, flaw }) =>
      JSON.stringify({
        snapshot_id: snapshot.snapshotId,
        timestamp: timestampText(snapshot.timestampMs),
        keep: isKept,
        reasons: [...reasons],
        flaw,
      } satisfies z.output<typeof verdictShape>),
    );
    return pageAnswer(request, items, nextCursor);
  },
});
