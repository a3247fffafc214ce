// Times of snapshots: integer milliseconds inside; outside RFC 3339, UTC, milliseconds, `Z` (design §3).

/** Snapshots are dated from 1970 to the end of 9999: what `YYYY` can say. */
const LATEST_MS = Date.UTC(10_000, 0, 1) - 1;

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])([01]\d|2[0-3]):?([0-5]\d))?$/;

/** `2026-11-22T10:33:21.123Z`: the canonical spelling, which also sorts as text. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The spelling for file names: Windows allows no `:`. */
export function timestampFileName(ms: number): string {
  return timestampText(ms).replaceAll(":", "-");
}

/**
 * Milliseconds of an RFC 3339 timestamp; undefined for anything else. Without a zone it is read as UTC (foreign
 * writers use naive `isoformat()`); digits below the millisecond are cut.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fraction = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, fraction);
  // Date.UTC rolls 31 February over to March; a real date comes back as it went in.
  const back = new Date(local);
  const isReal =
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  const offsetMinutes =
    (match[9] === "-" ? -1 : 1) * (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0));
  const ms = local - offsetMinutes * 60_000;
  return isReal && ms >= 0 && ms <= LATEST_MS ? ms : undefined;
}

/**
 * What people mean by a time: a bare date is that day, UTC, and a time without a fraction is that whole second, as lists show it.
 * The milliseconds of its start or of its end; undefined for anything else.
 */
export function parseMoment(text: string, edge: "start" | "end"): number | undefined {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const start = parseTimestamp(isDate ? `${text}T00:00:00Z` : text);
  if (start === undefined || edge === "start") return start;
  if (isDate) return start + DAY_MS - 1;
  return text.includes(".") ? start : start + SECOND_MS - 1;
}
