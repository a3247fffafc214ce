// Whether what happened from one snapshot to the next is plausible for this set: rules over measures, each with its evidence. A share
// is judged against the set's own past (median and MAD, by weekday where there are enough of them), never below a fixed floor.
//
// Sources. Robust bands: Hampel, The Influence Curve (1974); Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), with 1.4826
// × MAD for a standard deviation. Runs of small excesses: Western Electric, Statistical Quality Control Handbook (1956). What ransomware
// does to files: Scaife and others, CryptoLock (2016); Continella and others, ShieldFS (2016).
import type { Measures } from "./measures.ts";

/** Verdicts of another version are made anew. */
export const RULES_VERSION = 2;

export const ANOMALY_KINDS = [
  "empty",
  "narrowed",
  "deleted",
  "changed",
  "renamed",
  "extensions",
  "sizes-kept",
  "sizes-uniform",
  "twins-parted",
  "emptied",
  "future",
  "clustered",
  "slow",
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** One thing that is not plausible, and by which numbers. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  /** So many files of so many, and the share of them from which it is not plausible. */
  readonly count: number;
  readonly of: number;
  readonly limit: number;
  /** What the limit comes from. */
  readonly basis: string;
  /** More, where there is more to say: the suffix, the entropies. */
  readonly detail?: string;
}

/** A snapshot of the same set, before the one that is judged. */
export interface Past {
  readonly atMs: number;
  readonly measures: Measures;
  /** Found plausible, or accepted as such by somebody: what it did may happen again. */
  readonly isPlausible: boolean;
}

/** So much of the past is looked at. */
export const WINDOW = 120;

/** What is not plausible of a step, most telling first; `past` in order of time, the newest last. */
export function findAnomalies(measures: Measures, atMs: number, past: readonly Past[]): Anomaly[] {
  const window = past.slice(-WINDOW);
  return [
    ...shrunk(measures),
    ...renamed(measures, window),
    ...extensions(measures),
    ...SHARES.flatMap((rule) => exceeded(rule, measures, atMs, window)),
    ...slow(measures, window),
  ];
}

/** What the rules would have said of each step of a past, knowing only what was before it. */
export function backtest(past: readonly Past[]): (readonly Anomaly[])[] {
  const known: Past[] = [];
  return past.map((one) => {
    const found = findAnomalies(one.measures, one.atMs, known);
    known.push({ ...one, isPlausible: found.length === 0 || one.isPlausible });
    return found;
  });
}

/** From which share of files on the rules would speak up at a time, and the largest share there was. */
export function limitsAt(
  past: readonly Past[],
  atMs: number,
): { kind: AnomalyKind; limit: number; basis: string; largest: number }[] {
  const window = past.slice(-WINDOW);
  return SHARES.map((rule) => {
    const shares = past.map(({ measures }) => shareOf(rule.count(measures), measures));
    return { kind: rule.kind, ...limitOf(rule, window, atMs), largest: Math.max(0, ...shares) };
  });
}

/** Without a reason it is plausible. */
export function anomalyText({ kind, count, of, limit, basis, detail }: Anomaly): string {
  const where = count === 0 ? FILELESS : `${count} of ${of} files ${WORDS[kind] ?? kind}`;
  const what = `${where}${detail === undefined ? "" : ` (${detail})`}`;
  return limit === 0 ? what : `${what}; plausible up to ${percent(limit)}, ${basis}`;
}

/** How much of the set a step took away or rewrote: what must come back before the suspicion goes by itself. */
export const damageOf = ({ removed, modified, unknown }: Measures): number =>
  removed + modified + unknown;

// --- internal ---

const WORDS: Readonly<Record<AnomalyKind, string>> = {
  empty: "are gone: the set is empty",
  narrowed: "are gone or not looked at any more: the set's definition has shrunk",
  deleted: "were deleted",
  changed: "have other contents",
  renamed: "were renamed with one new suffix",
  extensions: "got other names, and the mix of extensions with them",
  "sizes-kept": "have other contents of exactly the same size",
  "sizes-uniform": "were rewritten, and all sizes changed by one pattern",
  "twins-parted": "had equal contents and now all differ",
  emptied: "became empty",
  future: "carry a time in the future",
  clustered: "carry a time of the very same second",
  slow: "were rewritten bit by bit, more than usual each time",
};

/** Only a root can go without a file: one that held none. */
const FILELESS = "no file is gone, but the set's definition has shrunk";

/** In a handful of files every change is half of all: fewer than this many are never told, but for a set that is empty. */
const LEAST_FILES = 10;
const FIXED = "a fixed limit";
/** `12 %`, `1.5 %`. */
export const percent = (share: number): string =>
  `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;

function shrunk({
  filesBefore,
  files,
  rootsLost,
  leftOutMore,
  removed,
  lost,
}: Measures): Anomaly[] {
  const fixed = { of: filesBefore, limit: 0, basis: FIXED };
  if (filesBefore > 0 && files === 0) return [{ ...fixed, kind: "empty", count: filesBefore }];
  const count = removed + lost;
  const isRuled = leftOutMore > 0 && removed >= Math.max(LEAST_FILES, NARROWED * filesBefore);
  if (rootsLost === 0 && !isRuled) return [];
  const detail =
    rootsLost > 0 ? `roots lost: ${rootsLost}` : `left out by rules: ${leftOutMore} more names`;
  return [{ ...fixed, kind: "narrowed", count, detail }];
}

const NARROWED = 0.1;

/** All at once, or a few each day: one suffix on files of several kinds is what encryption leaves, and hardly anything else. */
function renamed(measures: Measures, window: readonly Past[]): Anomaly[] {
  const { suffix, filesBefore: of } = measures;
  if (suffix === null || suffix.text === "") return [];
  const earlier = window
    .slice(-RENAMED_WITHIN)
    .filter(({ measures, isPlausible }) => measures.suffix?.text === suffix.text && isPlausible);
  const count = suffix.files + sum(earlier.map(({ measures }) => measures.suffix!.files));
  const kinds = Math.max(suffix.kinds, ...earlier.map(({ measures }) => measures.suffix!.kinds));
  if (count < LEAST_FILES || count < RENAMED * of || kinds < 2) return [];
  const since = earlier.length === 0 ? "" : ` in ${earlier.length + 1} snapshots`;
  const detail = `${JSON.stringify(suffix.text)}${since}`;
  return [{ kind: "renamed", count, of, limit: RENAMED, basis: FIXED, detail }];
}

const RENAMED = 0.01;
const RENAMED_WITHIN = 30;

/** Many names went and many came, and where there were many kinds there is one now; or the other way round. */
function extensions(measures: Measures): Anomaly[] {
  const { removed, added, entropyGone, entropyCome, filesBefore: of } = measures;
  const count = Math.min(removed, added);
  const change = Math.abs(entropyCome - entropyGone);
  if (count < 2 * LEAST_FILES || count < RENAMED_ANEW * of || change < MIXED_BITS) return [];
  if (count < ALIKE * Math.max(removed, added)) return []; // many came while some went: no renaming
  const detail = `entropy of extensions from ${entropyGone.toFixed(2)} to ${entropyCome.toFixed(2)} bits`;
  return [{ kind: "extensions", count, of, limit: RENAMED_ANEW, basis: FIXED, detail }];
}

const RENAMED_ANEW = 0.05;
const MIXED_BITS = 1.5;
const ALIKE = 0.7;

/** A rule for one share of the files there were before. */
interface ShareRule {
  readonly kind: AnomalyKind;
  /** Below this it is plausible whatever the past was. */
  readonly floor: number;
  /** The same once two weeks of the past are known: a band knows better than a number for all. */
  readonly knownFloor?: number;
  readonly count: (measures: Measures) => number;
}

const SHARES: readonly ShareRule[] = [
  { kind: "deleted", floor: 0.25, knownFloor: 0.22, count: ({ removed }) => removed },
  { kind: "changed", floor: 0.5, count: ({ modified }) => modified },
  { kind: "sizes-kept", floor: 0.03, count: ({ sizesKept }) => sizesKept },
  { kind: "sizes-uniform", floor: 0.05, count: ({ uniform }) => uniform },
  { kind: "twins-parted", floor: 0.02, count: ({ parted }) => parted },
  { kind: "emptied", floor: 0.02, count: ({ emptied }) => emptied },
  { kind: "future", floor: 0.05, count: ({ future }) => future },
  { kind: "clustered", floor: 0.5, count: ({ clustered }) => clustered },
];

function exceeded(
  rule: ShareRule,
  measures: Measures,
  atMs: number,
  past: readonly Past[],
): Anomaly[] {
  const [count, of] = [rule.count(measures), measures.filesBefore];
  if (count < LEAST_FILES) return [];
  const { limit, basis } = limitOf(rule, past, atMs);
  return count <= limit * of ? [] : [{ kind: rule.kind, count, of, limit, basis }];
}

function limitOf(rule: ShareRule, past: readonly Past[], atMs: number) {
  const isKnown = past.length >= LEAST_KNOWN;
  const floor = isKnown ? (rule.knownFloor ?? rule.floor) : rule.floor;
  const band = bandOf(past, atMs, (one) => shareOf(rule.count(one), one));
  return band.limit > floor ? band : { limit: floor, basis: FIXED };
}

const shareOf = (count: number, { filesBefore }: Measures): number =>
  count / Math.max(1, filesBefore);

/** What is usual is known: two weeks of it. */
const LEAST_KNOWN = 14;
/** Six robust standard deviations: a normal distribution gets there once in a billion. */
const BAND_WIDTH = 6;
/** What was plausible once, and somewhat more, is plausible again. */
const ABOVE_LARGEST = 1.25;
const LEAST_OF_A_WEEKDAY = 4;
const LEAST_FOR_A_BAND = 7;

function bandOf(past: readonly Past[], atMs: number, share: (measures: Measures) => number) {
  const shares = past.map(({ measures }) => share(measures));
  const weekday = new Date(atMs).getUTCDay();
  const alike = past
    .filter((one) => new Date(one.atMs).getUTCDay() === weekday)
    .map(({ measures }) => share(measures));
  const isByWeekday = alike.length >= LEAST_OF_A_WEEKDAY;
  const used = isByWeekday ? alike : shares;
  const robust = used.length < LEAST_FOR_A_BAND && !isByWeekday ? 0 : robustLimit(used, BAND_WIDTH);
  const plausible = past.filter(({ isPlausible }) => isPlausible);
  const largest = Math.max(0, ...plausible.map(({ measures }) => share(measures)));
  const days = isByWeekday
    ? `${used.length} snapshots of this weekday`
    : `${used.length} snapshots`;
  return robust >= largest * ABOVE_LARGEST
    ? { limit: robust, basis: `from ${days} before` }
    : { limit: largest * ABOVE_LARGEST, basis: `from the most in ${past.length} snapshots before` };
}

function robustLimit(values: readonly number[], width: number): number {
  const middle = median(values);
  return middle + width * 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** What is rewritten slowly enough to stay below every limit is still too much in most of the last snapshots. */
function slow(measures: Measures, past: readonly Past[]): Anomaly[] {
  const recent = [...past.slice(1 - SLOW_WITHIN).map((one) => one.measures), measures];
  const older = past.slice(0, 1 - SLOW_WITHIN);
  if (older.length < LEAST_OLDER) return [];
  const found = SLOW_SIGNS.flatMap(({ count, what }): Anomaly[] => {
    const shares = older.map((one) => shareOf(count(one.measures), one.measures));
    const usual = Math.max(LEAST_SLOW, robustLimit(shares, 4));
    const isMore = (one: Measures) => count(one) >= 3 && shareOf(count(one), one) > usual;
    const times = recent.filter(isMore).length;
    const total = sum(recent.map(count));
    const of = measures.filesBefore;
    if (!isMore(measures) || times < SLOW_TIMES) return [];
    if (total < LEAST_FILES || total < SLOW_TOTAL * of) return [];
    const detail = `${what}, in ${times} of the last ${recent.length} snapshots`;
    const basis = `from ${older.length} snapshots before them`;
    return [{ kind: "slow", count: total, of, limit: usual, basis, detail }];
  });
  return found.slice(0, 1);
}

const SLOW_SIGNS = [
  { count: ({ sizesKept }: Measures) => sizesKept, what: "their sizes were kept" },
  { count: ({ uniform }: Measures) => uniform, what: "their sizes changed by one pattern" },
  { count: ({ cold }: Measures) => cold, what: "they had rested for thirty days" },
];
const SLOW_WITHIN = 10;
const SLOW_TIMES = 6;
const LEAST_OLDER = LEAST_KNOWN;
const SLOW_TOTAL = 0.04;
const LEAST_SLOW = 0.002;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
