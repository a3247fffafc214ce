// An entry as outsiders write it, and the one judge of whether it is possible at all. Our own lines and foreign ones
// pass here; what comes out is exact and canonical.
import { z } from "zod";
import { MTIME_LIMIT_US, type Entry, type EntryType } from "./entry.ts";
import { isExactPath } from "./path-bytes.ts";

/** The year 5138: no clock went so far, but milliseconds have since 1973. Made the nearest that can be kept, all would be one. */
const MTIME_IMPOSSIBLE_S = 1e11;
const IN_MILLISECONDS = "is no time in seconds: is it in milliseconds?";

/** The owner's shape of one entry (design §3); `inode` and `error` may be left out by foreign writers. */
export const entrySchema = z.object({
  path: z.string(),
  type: z.enum(["file", "symlink", "dir", "other"]).optional(),
  target: z.string().optional(),
  size: z.int().min(0).nullable(),
  mtime: z
    .number()
    .min(-MTIME_IMPOSSIBLE_S, IN_MILLISECONDS)
    .max(MTIME_IMPOSSIBLE_S, IN_MILLISECONDS)
    .nullable(),
  inode: z
    .union([
      z.int().min(0),
      z.string().regex(/^[1-9][0-9]{15,19}$/, "is no decimal inode above 2^53−1"),
    ])
    .nullable()
    .optional(),
  checksum: z
    .string()
    .regex(/^[0-9A-Fa-f]{4,128}$/, "is not 4 to 128 hex digits")
    .nullable(),
  error: z.string().max(1024).nullable().optional(),
});

/** The result of judging: the entry, or the reason why there can be none such. */
export type Judged = { entry: Entry } | { problem: string };

/** Reads an entry from parsed JSON. Names the first thing that is impossible about it; never throws. */
export function judgeEntry(value: unknown): Judged {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return { problem: `${issue.path.join(".") || "entry"}: ${issue.message}` };
  }
  const entry = entryFrom(parsed.data);
  const problem = pathProblem(entry.path, entry.type) ?? contradiction(entry);
  return problem === undefined ? { entry } : { problem };
}

/**
 * Everything that is impossible about an entry, not only the first. `isStrict`: also what a reader takes, but format 1 writes in
 * one way only.
 */
export function entryProblems(value: unknown, isStrict: boolean): string[] {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "entry"}: ${message}`,
    );
  }
  const { checksum, mtime } = parsed.data;
  const entry = entryFrom(parsed.data);
  const problems = [pathProblem(entry.path, entry.type), contradiction(entry)];
  if (isStrict) {
    const unknown = Object.keys(value as object).filter((key) => !(key in entrySchema.shape));
    problems.push(...unknown.map((key) => `${key}: format 1 knows no such key`));
    if (checksum !== null && checksum !== checksum.toLowerCase()) {
      problems.push("checksum: format 1 writes it in lower case");
    }
    if (mtime !== null && microseconds(mtime) / 1e6 !== mtime) {
      problems.push("mtime: is finer than a microsecond, or further from 1970 than 2^33 s");
    }
  }
  return problems.filter((problem) => problem !== undefined);
}

/** Seconds as a JSON number to integer microseconds: exact for six decimals, floored beyond, kept within the limit. */
export function microseconds(seconds: number): number {
  const rounded = Math.round(seconds * 1e6);
  const exact = rounded / 1e6 === seconds ? rounded : Math.floor(seconds * 1e6);
  return Math.min(MTIME_LIMIT_US, Math.max(-MTIME_LIMIT_US, exact)) + 0; // + 0: no negative zero
}

// --- internal ---

function entryFrom(data: z.output<typeof entrySchema>): Entry {
  return {
    path: data.path,
    type: data.type ?? "file",
    target: data.target ?? null,
    sizeBytes: data.size,
    mtimeUs: data.mtime === null ? null : microseconds(data.mtime),
    inode: data.inode === undefined ? 0 : data.inode,
    checksum: data.checksum === null ? null : data.checksum.toLowerCase(),
    error: data.error ?? null,
  };
}

function pathProblem(path: string, type: EntryType): string | undefined {
  if (path === "") return "path: is empty";
  if (path.includes("\0")) return "path: holds a NUL byte";
  if (!isExactPath(path))
    return "path: holds surrogates that stand for no bytes, or for valid UTF-8";
  const isDriveRoot = /^[A-Za-z]:\/$/.test(path);
  if (path.endsWith("/") && !(type === "dir" && (path === "/" || isDriveRoot))) {
    return "path: ends with a slash";
  }
  return type === "dir" && /^[A-Za-z]:$/.test(path)
    ? "path: a drive's root is written C:/"
    : undefined;
}

/** Keys that deny each other. */
function contradiction(entry: Entry): string | undefined {
  const { type, target, error } = entry;
  if (target !== null && type !== "symlink") return "target: only symlinks have one";
  if (target !== null && (target.includes("\0") || !isExactPath(target))) {
    return "target: stands for no bytes";
  }
  if (entry.checksum !== null && type !== "file") return "checksum: only files have one";
  if (entry.checksum !== null && error !== null) return "checksum: must be null where error is set";
  // The store keeps it as text, and there is no text for half a character.
  if (error !== null && !error.isWellFormed()) return "error: holds half a character";
  if (error !== null) return undefined;
  if (type === "dir" || type === "other") return `type: ${type} is only recorded with an error`;
  if (type === "symlink" && target === null) return "target: a readable symlink has one";
  const hasFacts = entry.sizeBytes !== null && entry.mtimeUs !== null;
  return hasFacts ? undefined : "size, mtime: may be null only where error is set";
}
