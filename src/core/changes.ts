// A change is what became of one path between two snapshots. A move or copy needs the same content, never the same inode alone;
// what could not be seen or compared is unknown: neither removed nor the same (I6).
import { isSameEntry, jsonText, entryLine, type Entry } from "./entry.ts";

/** In the order of summaries. */
export const CHANGE_KINDS = [
  "added",
  "removed",
  "modified",
  "touched",
  "moved",
  "copied",
  "corrupted",
  "unknown",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface FileChange {
  readonly kind: ChangeKind;
  /** Where it stands; for what is gone, where it stood. */
  readonly path: string;
  /** Moved and copied: where the content stood before. */
  readonly from: string | null;
  /** Unknown: why, as a stable code and a reason. */
  readonly why: string | null;
  /** What is no longer so; for a move it stood at `from`. */
  readonly before: Entry | null;
  /** What is so now. */
  readonly after: Entry | null;
}

/** What two entries at one path say of each other; undefined when they are the same. */
export interface Compared {
  kind: "modified" | "touched" | "corrupted" | "unknown";
  why: string | null;
}

/** `isSameSet`: only within one set do inodes speak of the same disk, and is an equal entry the same one. */
export function compareEntries(
  before: Entry,
  after: Entry,
  isSameSet: boolean,
): Compared | undefined {
  if (isSameSet && isSameEntry(before, after)) return undefined;
  if (before.error !== null || after.error !== null) return withError(before, after);
  if (before.type !== after.type) return MODIFIED;
  const isSameContent =
    before.type === "file" ? compareFiles(before, after) : before.target === after.target;
  if (typeof isSameContent === "object") return isSameContent;
  if (!isSameContent) return MODIFIED;
  // Within one set something differs, be it the size that a file system gives a symlink: it is told, or applying changes would lose it.
  return !isSameSet && before.mtimeUs === after.mtimeUs ? undefined : TOUCHED;
}

/** Whether the content of a file is such that finding it elsewhere says something: empty files are all alike. */
export function isTelling(entry: Entry): boolean {
  return entry.type === "file" && entry.checksum !== null && (entry.sizeBytes ?? 0) > 0;
}

/** How many bytes a change is about. */
export const changedBytes = ({ before, after }: FileChange): number =>
  fileBytes(after ?? before) ?? 0;

/** One line of JSON: what `diff --json` prints and the diff route answers. Applying all of them to A gives B. */
export function fileChangeLine({ kind, path, from, why, before, after }: FileChange): string {
  const more =
    (from === null ? "" : `,"from":${jsonText(from)}`) +
    (why === null ? "" : `,"why":${jsonText(why)}`);
  const sides = `"before":${lineOrNull(before)},"after":${lineOrNull(after)}`;
  return `{"kind":"${kind}","path":${jsonText(path)}${more},${sides}}`;
}

/** How many changes there are of each kind, and of how many bytes. */
export class ChangeTally {
  readonly counts = emptyCounts();
  readonly bytes = emptyCounts();
  /** Entries of the later snapshot that some change is about. */
  laterCount = 0;
  /** Those of them that could not be read. */
  laterErrorCount = 0;

  add(change: FileChange): void {
    this.counts[change.kind]++;
    this.bytes[change.kind] += changedBytes(change);
    if (change.after === null) return;
    this.laterCount++;
    if (change.after.error !== null) this.laterErrorCount++;
  }

  get total(): number {
    return CHANGE_KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }
}

// --- internal ---

const MODIFIED: Compared = { kind: "modified", why: null };
const TOUCHED: Compared = { kind: "touched", why: null };
const CORRUPTED: Compared = { kind: "corrupted", why: null };

const fileBytes = (entry: Entry | null): number | null =>
  entry?.type === "file" ? entry.sizeBytes : null;

const lineOrNull = (entry: Entry | null): string => (entry === null ? "null" : entryLine(entry));

const emptyCounts = (): Record<ChangeKind, number> => ({
  added: 0,
  removed: 0,
  modified: 0,
  touched: 0,
  moved: 0,
  copied: 0,
  corrupted: 0,
  unknown: 0,
});

/** True or false where the contents can be compared; else what can be said all the same. */
function compareFiles(before: Entry, after: Entry): boolean | Compared {
  if (before.sizeBytes !== after.sizeBytes) return false;
  if (before.checksum === null || after.checksum === null) {
    return { kind: "unknown", why: "NO_CHECKSUM: the content was not hashed" };
  }
  if (before.checksum.length !== after.checksum.length) {
    return { kind: "unknown", why: "OTHER_HASH: the checksums are of different kinds" };
  }
  if (before.checksum === after.checksum) return true;
  return before.mtimeUs === after.mtimeUs ? CORRUPTED : false;
}

/** Something that could not be read has still a type and, mostly, a size. */
function withError(before: Entry, after: Entry): Compared | undefined {
  const sizes = [fileBytes(before), fileBytes(after)];
  if (!sizes.includes(null) && sizes[0] !== sizes[1]) return MODIFIED;
  return { kind: "unknown", why: after.error ?? before.error };
}
