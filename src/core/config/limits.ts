// What a server lets anybody take of it: one table, from which come the keys of the backupset file (`server.limits`), the
// BSV_LIMIT_* variables, `serve --limit KEY=VALUE`, and the numbers the server works with. Sizes and times may be written
// with their units; `none` lifts what is only a matter of taste.
import { z } from "zod";

const KIB = 1024;
const MIB = KIB ** 2;
const GIB = KIB ** 3;
const MINUTE_MS = 60_000;

type Kind = "size" | "time" | "count";

interface Limit {
  readonly kind: Kind;
  /** Bytes, milliseconds, or how many. */
  readonly value: number;
  readonly least: number;
  readonly mayBeNone?: boolean;
  readonly about: string;
}

/** By the key it has in files and variables. */
export const LIMITS = {
  body_size: {
    kind: "size",
    value: 8 * GIB,
    least: KIB,
    about: "Largest body of an upload as it is sent, compressed, all its parts together",
  },
  document_size: {
    kind: "size",
    value: 32 * GIB,
    least: KIB,
    about: "Largest snapshot document when it is decompressed",
  },
  part_size: {
    kind: "size",
    value: 64 * MIB,
    least: KIB,
    about: "Largest part of a resumable upload",
  },
  header_size: {
    kind: "size",
    value: 4 * MIB,
    least: 64 * KIB,
    about: "Longest header of a document; ten thousand roots with long paths fit",
  },
  entry_size: {
    kind: "size",
    value: MIB,
    least: 64 * KIB,
    about: "Longest entry, or line, of a document",
  },
  entries: {
    kind: "count",
    value: 100_000_000,
    least: 1,
    about: "Most entries of a document",
  },
  depth: {
    kind: "count",
    value: 8,
    least: 5,
    about: "How deep the JSON of a document may nest; the format needs five",
  },
  body_time: {
    kind: "time",
    value: 60 * MINUTE_MS,
    least: 100,
    about: "How long a body may take to arrive, whatever its pace",
  },
  request_time: {
    kind: "time",
    value: 120 * MINUTE_MS,
    least: 100,
    about: "How long a request may take, from its first byte to the last of its answer",
  },
  requests: {
    kind: "count",
    value: 100,
    least: 1,
    mayBeNone: true,
    about: "Requests a second for each address, and for each key, in the long run",
  },
  request_burst: {
    kind: "count",
    value: 3000,
    least: 1,
    about: "Requests that may come at once after a rest, before `requests` holds",
  },
  failed_logins: {
    kind: "count",
    value: 10,
    least: 1,
    about: "Failed sign-ins a minute for each address, and for each key",
  },
  open_requests: {
    kind: "count",
    value: 1024,
    least: 1,
    about: "Requests being answered at once",
  },
  open_requests_each: {
    kind: "count",
    value: 256,
    least: 1,
    about: "Requests being answered at once for each address",
  },
  uploads: {
    kind: "count",
    value: 8,
    least: 1,
    about: "Bodies being received, and resumable uploads being open, at once for each key",
  },
  downloads: {
    kind: "count",
    value: 64,
    least: 1,
    about: "Documents being sent at once; each that nobody takes holds a few megabytes of memory",
  },
  downloads_each: {
    kind: "count",
    value: 16,
    least: 1,
    about: "Documents being sent at once to each key",
  },
  connections: {
    kind: "count",
    value: 10_000,
    least: 10,
    about: "Connections at once; above it no new ones are taken for a while",
  },
  owner_size: {
    kind: "size",
    value: 256 * GIB,
    least: 0,
    mayBeNone: true,
    about: "Bytes of the store that the machines of one owner may take",
  },
  owner_snapshots: {
    kind: "count",
    value: 500_000,
    least: 0,
    mayBeNone: true,
    about: "Snapshots that the machines of one owner may have",
  },
  owner_sets: {
    kind: "count",
    value: 10_000,
    least: 0,
    mayBeNone: true,
    about: "Backupsets that the machines of one owner may have",
  },
} as const satisfies Record<string, Limit>;

export type LimitKey = keyof typeof LIMITS;
/** Bytes, milliseconds, or how many; `none` is Infinity. */
export type Limits = Readonly<Record<LimitKey, number>>;

/** What of them concerns one document, wherever it comes from. */
export type DocumentLimits = Pick<
  Limits,
  "document_size" | "header_size" | "entry_size" | "entries" | "depth"
>;

export const LIMIT_KEYS = Object.keys(LIMITS) as LimitKey[];

export const DEFAULT_LIMITS = Object.fromEntries(
  LIMIT_KEYS.map((key) => [key, LIMITS[key].value]),
) as Limits;

/** A limit as people write it: 500, "64MiB", "90s", "none". */
export const limitSchema = (key: LimitKey) => {
  const { kind, value, least, mayBeNone = false, about }: Limit = LIMITS[key];
  const none = mayBeNone ? ', or "none"' : "";
  const error = `must be ${EXAMPLES[kind]}${none}, and at least ${limitText(kind, least)}`;
  return z
    .union([z.int(), z.string()], { error })
    .refine((given) => (limitOf(key, given) ?? -1) >= least, error)
    .describe(`${about} (default ${limitText(kind, value)}).`);
};

/** What was written, as a number; undefined if it is none. */
export function limitOf(key: LimitKey, given: number | string): number | undefined {
  const { kind, mayBeNone = false }: Limit = LIMITS[key];
  return given === "none" && mayBeNone ? Infinity : numberOf(kind, given);
}

/** As people write it. */
export function limitText(kind: Kind, value: number): string {
  if (value === Infinity) return "none";
  const [size, unit] =
    UNITS[kind].findLast(([size]) => value >= size && value % size === 0) ?? UNITS[kind][0]!;
  return `${value / size}${unit}`;
}

// --- internal ---

const EXAMPLES = {
  size: "a size such as 64MiB",
  time: "a time such as 90s, 10m or 1h",
  count: "a number",
} as const satisfies Record<Kind, string>;

/** From the smallest on. */
const UNITS: Record<Kind, [size: number, unit: string][]> = {
  size: [
    [1, ""],
    [KIB, "KiB"],
    [MIB, "MiB"],
    [GIB, "GiB"],
    [KIB ** 4, "TiB"],
  ],
  time: [
    [1, "ms"],
    [1000, "s"],
    [MINUTE_MS, "m"],
    [60 * MINUTE_MS, "h"],
  ],
  count: [[1, ""]],
};

/** A bare number is of bytes, of seconds, or of things. */
function numberOf(kind: Kind, given: number | string): number | undefined {
  const match = /^(\d{1,15})([a-z]*)$/i.exec(String(given));
  if (match === null) return undefined;
  const asked = match[2]!.toLowerCase() || (kind === "time" ? "s" : "");
  const unit = UNITS[kind].find(([, name]) => fits(kind, name.toLowerCase(), asked));
  const value = Number(match[1]) * (unit?.[0] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Powers of 1024 are meant by K, KB and KiB alike, as everywhere in bsv. */
function fits(kind: Kind, unit: string, asked: string): boolean {
  if (unit === asked) return true;
  return kind === "size" && unit !== "" && (asked === unit[0] || asked === `${unit[0]}b`);
}
