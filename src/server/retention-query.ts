// The rules of a retention policy as a query says them, and what a plan is made of.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { policyOf, retentionShape, type RetentionKeys } from "#core/retention/retention-keys.ts";
import { keepsNothing } from "#core/retention/retention.ts";
import type { SetName } from "#db/backupsets.ts";
import type { prunePlan } from "#db/retention/prune-plan.ts";
import { mustExist } from "./find-row.ts";
import type { House } from "./house.ts";

export const retentionQuery = {
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
};

/** Throws `not_found`, or `invalid_request` for rules that keep nothing. */
export async function planOrder(
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

// --- internal ---

/** Numbers are text in a query, and lists of tags stand side by side with `;`. */
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
