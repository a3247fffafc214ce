// Retention rules: which snapshots of a list are kept, and why. The meaning of every rule is restic's (its
// internal/restic/snapshot_policy.go, its manual's "Removing snapshots according to a policy"), in UTC: a snapshot is kept as
// soon as one rule keeps it, and of each hour, day, ISO week, month or year it is the last one that a rule keeps.

/** A stretch of the calendar: `1y6m`, `14d`, `36h`. */
export interface Span {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

export const PERIODS = ["hourly", "daily", "weekly", "monthly", "yearly"] as const;
type Period = (typeof PERIODS)[number];

/** What is kept; Infinity is "all". What is not said keeps nothing by itself. */
export type RetentionPolicy = {
  readonly [P in "last" | Period]?: number | undefined;
} & {
  /** Counted back from the newest snapshot, not from now: a machine that is off for a month loses nothing. */
  readonly within?: Span | undefined;
  readonly withinPeriod?: { readonly [P in Period]?: Span | undefined } | undefined;
  /** A snapshot that has all tags of one of these lists. */
  readonly tags?: readonly (readonly string[])[] | undefined;
};

export interface Dated {
  readonly atMs: number;
  readonly tags: readonly string[];
}

/** Whether no rule of the policy can keep anything. */
export function keepsNothing(policy: RetentionPolicy): boolean {
  const counts = [policy.last, ...PERIODS.map((period) => policy[period])];
  const spans = [policy.within, ...PERIODS.map((period) => policy.withinPeriod?.[period])];
  return (
    counts.every((count) => (count ?? 0) === 0) &&
    spans.every((span) => span === undefined) &&
    (policy.tags ?? []).length === 0
  );
}

/**
 * For each of `list`, which comes newest first, the rules that keep it: none, and it goes. `newestMs` is what "within"
 * counts back from.
 */
export function reasonsToKeep(
  list: readonly Dated[],
  policy: RetentionPolicy,
  newestMs: number,
): string[][] {
  const buckets = bucketsOf(policy, newestMs);
  return list.map(({ atMs, tags }, nr) => {
    const reasons: string[] = [];
    for (const wanted of policy.tags ?? []) {
      if (wanted.every((tag) => tags.includes(tag))) reasons.push(`tags ${wanted.join(",")}`);
    }
    if (policy.within !== undefined && atMs > before(newestMs, policy.within)) {
      reasons.push(`within ${spanText(policy.within)}`);
    }
    for (const bucket of buckets) {
      if (bucket.left === 0 || atMs <= bucket.afterMs) continue;
      const key = bucket.keyOf(atMs, nr);
      // The oldest of all is kept while a count is not used up: so the history reaches as far back as it can.
      const isOldest = bucket.keepsOldest && nr === list.length - 1;
      if (key === bucket.lastKey && !isOldest) continue;
      reasons.push(key === bucket.lastKey ? `oldest, ${bucket.rule}` : bucket.rule);
      bucket.lastKey = key;
      bucket.left--;
    }
    return reasons;
  });
}

/** Reads `2y5m7d3h`, any part of it, in this order; undefined for anything else and for no time at all. */
export function parseSpan(text: string): Span | undefined {
  const match = /^(?:(\d{1,4})y)?(?:(\d{1,5})m)?(?:(\d{1,6})d)?(?:(\d{1,7})h)?$/.exec(text);
  if (match === null) return undefined;
  const [years, months, days, hours] = match.slice(1).map((part) => Number(part ?? 0));
  const span = { years: years!, months: months!, days: days!, hours: hours! };
  return spanText(span) === "" ? undefined : span;
}

export function spanText({ years, months, days, hours }: Span): string {
  const parts: [number, string][] = [
    [years, "y"],
    [months, "m"],
    [days, "d"],
    [hours, "h"],
  ];
  return parts.map(([count, unit]) => (count === 0 ? "" : `${count}${unit}`)).join("");
}

// --- internal ---

/** One rule while it passes through a list: what it kept last, and how many it may still keep. */
interface Bucket {
  readonly rule: string;
  readonly keyOf: (atMs: number, nr: number) => string | number;
  readonly afterMs: number;
  readonly keepsOldest: boolean;
  left: number;
  lastKey: string | number | undefined;
}

function bucketsOf(policy: RetentionPolicy, newestMs: number): Bucket[] {
  const counted = (["last", ...PERIODS] as const).map((name): Bucket => ({
    rule: name,
    keyOf: name === "last" ? (_, nr) => nr : KEYS[name],
    afterMs: -Infinity,
    keepsOldest: true,
    left: policy[name] ?? 0,
    lastKey: undefined,
  }));
  const within = PERIODS.flatMap((period): Bucket[] => {
    const span = policy.withinPeriod?.[period];
    if (span === undefined) return [];
    const afterMs = before(newestMs, span);
    const rule = `${period} within ${spanText(span)}`;
    const keyOf = KEYS[period];
    return [{ rule, keyOf, afterMs, keepsOldest: false, left: Infinity, lastKey: undefined }];
  });
  return [...counted, ...within];
}

/** What all snapshots of one hour, day … have in common, UTC. */
const KEYS: { readonly [P in Period]: (atMs: number) => string | number } = {
  hourly: (atMs) => Math.floor(atMs / 3_600_000),
  daily: (atMs) => Math.floor(atMs / DAY_MS),
  // ISO weeks begin on Monday; 1970-01-01 was a Thursday.
  weekly: (atMs) => Math.floor((Math.floor(atMs / DAY_MS) + 3) / 7),
  monthly: (atMs) => new Date(atMs).toISOString().slice(0, -17),
  yearly: (atMs) => new Date(atMs).getUTCFullYear(),
};
const DAY_MS = 86_400_000;

/** The calendar's own arithmetic, as Go's AddDate does it: a month before 31 March is 31 February, which is 3 March. */
function before(ms: number, { years, months, days, hours }: Span): number {
  const date = new Date(ms);
  date.setUTCFullYear(
    date.getUTCFullYear() - years,
    date.getUTCMonth() - months,
    date.getUTCDate() - days,
  );
  return date.getTime() - hours * 3_600_000;
}
