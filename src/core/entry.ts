// An entry is what was observed at one path. Its canonical line is its JSON in a fixed form: what documents hold,
// what the wire carries, what tree_hash is made of. One form, so that equal entries are equal bytes.

/** `file` is the default and not written; `other` is something that could not even be told (lstat failed). */
export type EntryType = "file" | "symlink" | "dir" | "other";

/** One observed path. All keys are always present, so that millions of entries share one shape. */
export interface Entry {
  /** Exact path, see path-bytes.ts. */
  readonly path: string;
  readonly type: EntryType;
  /** Where a symlink points, exact; null for everything else. */
  readonly target: string | null;
  readonly sizeBytes: number | null;
  /** Integer microseconds since 1970, floored; within ±MTIME_LIMIT_US. */
  readonly mtimeUs: number | null;
  /** A number, a decimal string above 2^53−1, 0 where inodes mean nothing. */
  readonly inode: number | string | null;
  /** Lower-case hex; null for symlinks and wherever `error` is set. */
  readonly checksum: string | null;
  /** Null, or a stable code and a reason: `EACCES: permission denied`. */
  readonly error: string | null;
}

/** An mtime further from 1970 is recorded as this: integer microseconds must stay exact in a double, both ways. */
export const MTIME_LIMIT_US = 2 ** 33 * 1e6 - 1;

/** The canonical JSON of an entry: fixed key order, `JSON.stringify`'s escapes plus DEL. No line end. */
export function entryLine(entry: Entry): string {
  const type = entry.type === "file" ? "" : `,"type":"${entry.type}"`;
  const target = entry.target === null ? "" : `,"target":${jsonText(entry.target)}`;
  const mtime = entry.mtimeUs === null ? "null" : String(entry.mtimeUs / 1e6);
  const inode = typeof entry.inode === "string" ? `"${entry.inode}"` : String(entry.inode);
  const checksum = entry.checksum === null ? "null" : `"${entry.checksum}"`;
  const error = entry.error === null ? "null" : jsonText(entry.error);
  return `{"path":${jsonText(entry.path)}${type}${target},"size":${entry.sizeBytes},"mtime":${mtime},"inode":${inode},"checksum":${checksum},"error":${error}}`;
}

/** Compact JSON as the format writes it: `JSON.stringify` plus DEL as `\u007f` (jq does the same). */
export function jsonText(value: unknown): string {
  // Nearly every name is as it stands: to see that takes half as long as to stringify it.
  if (typeof value === "string" && !ESCAPED.test(value)) return `"${value}"`;
  const text = JSON.stringify(value);
  return text.includes("\u007f") ? text.replaceAll("\u007f", "\\u007f") : text;
}

/** Whether two entries at one path are the same observation, and so one version in the store. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return (
    a.mtimeUs === b.mtimeUs &&
    a.sizeBytes === b.sizeBytes &&
    a.checksum === b.checksum &&
    a.inode === b.inode &&
    a.type === b.type &&
    a.error === b.error &&
    a.target === b.target
  );
}

// --- internal ---

/** What JSON escapes, and what may be half of a pair. */
const ESCAPED = /[^ !#-[\]-~\u0080-\ud7ff\ue000-\uffff]/;
