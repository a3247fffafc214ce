// Values that arguments share: how their words are read, and what is said of a wrong one.
import { BsvError } from "#core/errors.ts";
import { parseSpan } from "#core/retention/retention.ts";
import { parseMoment } from "#core/timestamp.ts";
import { absolutePath as exactPath } from "#disk/backupset-paths.ts";
import { findHome } from "#disk/home.ts";

/** A whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new BsvError("usage", `${JSON.stringify(text)} is not a whole number from ${least} on`);
  };
}

/** `--limit N` of a list. */
export const limitOf = (what: string) =>
  ({
    type: "string",
    alias: "l",
    valueHint: "N",
    description: `At most this many ${what}`,
    read: wholeNumber(1),
  }) as const;

/** A time: RFC 3339 or a bare date; of a day (UTC) or a second its first or its last millisecond. */
export function moment(edge: "start" | "end"): (text: string) => number {
  return (text) => {
    const ms = parseMoment(text, edge);
    if (ms !== undefined) return ms;
    throw new BsvError("usage", `${JSON.stringify(text)} is not a time`, {
      hint: "Say 2026-11-22 or 2026-11-22T10:33:21Z (UTC unless a zone is given)",
    });
  };
}

/** A length of time, as it was said and in milliseconds. */
export interface SpanValue {
  readonly text: string;
  readonly ms: number;
}

/** `30d`, `1y6m`, `12h`: a month is 30 days here, a year 365. */
export function span(text: string): SpanValue {
  const parsed = parseSpan(text);
  if (parsed !== undefined) {
    const { years, months, days, hours } = parsed;
    return { text, ms: ((years * 365 + months * 30 + days) * 24 + hours) * 3_600_000 };
  }
  throw new BsvError("usage", `${JSON.stringify(text)} is no length of time`, {
    hint: "Say years, months, days and hours: 30d, 1y6m, 12h",
  });
}

/** A short time such as `90s`, `30m` or `2h`, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text);
  if (match !== null)
    return Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as "s"] * 1000;
  throw new BsvError("usage", `${JSON.stringify(text)} is no time`, {
    hint: "Say a number and s, m, h or d, such as 90s or 2h",
  });
}

/** A size: a number of bytes, or with K, M, G or T, which are powers of 1024 as everywhere here. */
export function size(text: string): number {
  const match = /^(\d{1,12})(?:([KMGT])(?:iB|B)?)?$/i.exec(text);
  const bytes = Number(match?.[1]) * 1024 ** " KMGT".indexOf((match?.[2] ?? " ").toUpperCase());
  if (match !== null && Number.isSafeInteger(bytes)) return bytes;
  throw new BsvError("usage", `${JSON.stringify(text)} is not a size`, {
    hint: "Say a number of bytes, or with K, M, G or T: 500, 10M, 2GiB",
  });
}

/** A checksum as documents hold it. */
export function checksum(text: string): string {
  if (/^[0-9A-Fa-f]{4,128}$/.test(text)) return text.toLowerCase();
  throw new BsvError("usage", `${JSON.stringify(text)} is no checksum`, {
    hint: "Say all its hex digits; SHA-256 has 64",
  });
}

/** A pattern for recorded paths, which begin at `/` or a drive: one that does not, fits below any folder. */
export const pathPattern = (text: string): string =>
  /^(\/|\*\*|[A-Za-z]:\/)/.test(text) || text === "" ? text : `**/${text}`;

/** A path, exact, made absolute; a Windows one of another machine stays as it is. */
export function absolutePath(text: string): string {
  if (/^[A-Za-z]:\//.test(text)) return text;
  const { userDir } = findHome(process.env);
  return exactPath(text, { baseDir: process.cwd(), userDir });
}
