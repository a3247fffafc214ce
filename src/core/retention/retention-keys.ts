// Retention rules as people write them: `keep_daily: 7` in the backupset file, `--keep-daily 7` on the command line,
// `keep_daily=7` in a query. One table of keys; each has its description here and nowhere else.
import { z } from "zod";
import { keepsNothing, parseSpan, type RetentionPolicy } from "./retention.ts";
import { isTag, TAG_HELP } from "#core/tag.ts";

const MOST = 1_000_000;
const NO_COUNT = 'must be a number from 0, or "all"';
/** `parseSpan` says the same; editors read this. */
const SPAN = /^(?=.*[1-9])(?:\d{1,4}y)?(?:\d{1,5}m)?(?:\d{1,6}d)?(?:\d{1,7}h)?$/;
const NO_SPAN = "must be a time such as 36h, 14d or 1y6m";

const count = (what: string) =>
  z
    .union([z.int().min(0, NO_COUNT).max(MOST, NO_COUNT), z.literal("all")], { error: NO_COUNT })
    .optional()
    .describe(`Keep ${what}; a number, or "all".`);

const span = (what: string) =>
  z
    .union([z.string().regex(SPAN, NO_SPAN)], { error: NO_SPAN })
    .optional()
    .describe(`Keep ${what} made within this time of the newest one, such as 36h, 14d or 1y6m.`);

const tagList = z
  .string()
  .refine((text) => text.split(",").every(isTag), `must be tags with commas between: ${TAG_HELP}`);

export const retentionShape = {
  keep_last: count("the newest snapshots"),
  keep_hourly: count("the last snapshot of each of the newest hours that have one"),
  keep_daily: count("the last snapshot of each of the newest days that have one"),
  keep_weekly: count("the last snapshot of each of the newest weeks (Monday to Sunday, UTC)"),
  keep_monthly: count("the last snapshot of each of the newest months that have one"),
  keep_yearly: count("the last snapshot of each of the newest years that have one"),
  keep_within: span("all snapshots"),
  keep_within_hourly: span("the last snapshot of each hour"),
  keep_within_daily: span("the last snapshot of each day"),
  keep_within_weekly: span("the last snapshot of each week"),
  keep_within_monthly: span("the last snapshot of each month"),
  keep_within_yearly: span("the last snapshot of each year"),
  keep_tags: z
    .array(tagList)
    .max(100)
    .optional()
    .describe('Keep every snapshot with one of these tags; "a,b" means both.'),
} as const;

export const retentionSchema = z
  .strictObject(retentionShape)
  .refine((keys) => !keepsNothing(policyOf(keys)), "keeps nothing: say at least one rule that does")
  .describe("Which snapshots `bsv prune` keeps; what no rule keeps is deleted from the history.");

export type RetentionKeys = z.infer<z.ZodObject<typeof retentionShape>>;

export function policyOf(keys: RetentionKeys): RetentionPolicy {
  return {
    last: number(keys.keep_last),
    hourly: number(keys.keep_hourly),
    daily: number(keys.keep_daily),
    weekly: number(keys.keep_weekly),
    monthly: number(keys.keep_monthly),
    yearly: number(keys.keep_yearly),
    within: parseSpan(keys.keep_within ?? ""),
    withinPeriod: {
      hourly: parseSpan(keys.keep_within_hourly ?? ""),
      daily: parseSpan(keys.keep_within_daily ?? ""),
      weekly: parseSpan(keys.keep_within_weekly ?? ""),
      monthly: parseSpan(keys.keep_within_monthly ?? ""),
      yearly: parseSpan(keys.keep_within_yearly ?? ""),
    },
    tags: keys.keep_tags?.map((list) => list.split(",")),
  };
}

/** `keep_daily=7 keep_tags=release`: for tombstones and remarks. */
export function retentionText(keys: RetentionKeys): string {
  return Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(" or ") : String(value)}`)
    .join(" ");
}

// --- internal ---

const number = (count: number | "all" | undefined): number =>
  count === "all" ? Infinity : (count ?? 0);
