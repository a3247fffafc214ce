// What is said of one recorded entry and of what stands at its name now. Content decides; size and mtime only tell rot from writing.
// Whatever could not be read has its reason and is never taken for missing, damaged or good (I6).
import type { Entry } from "#core/entry.ts";
import type { FindingKind, Observed, ObservedTrouble } from "./finding.ts";

export interface JudgeRules {
  readonly ignoreMtime: boolean;
  /** How coarse the clock of the copy may be, where its mtimes are whole multiples of it: 1 for exact ones. */
  readonly clockStepUs: number;
  /** Whether this kind of copy can hold symlinks. */
  readonly keepsSymlinks: boolean;
}

export interface Judged {
  /** `unread`: nothing is said, by wish. */
  readonly kind: FindingKind | "unread";
  readonly why: string | null;
  /** Whether the bytes were compared. */
  readonly isContentCompared: boolean;
}

/** Something stands at the entry's name. */
export function judgePair(expected: Entry, observed: Observed, rules: JudgeRules): Judged {
  if (expected.error !== null) return notRecorded(expected.error);
  if (observed.type === "other" && observed.trouble !== null) {
    return { ...observed.trouble, isContentCompared: false }; // not even its kind could be told
  }
  if (observed.type !== expected.type) {
    return { ...MODIFIED, why: `TYPE: ${observed.type} instead of ${expected.type}` };
  }
  if (expected.type === "symlink") return judgeSymlink(expected, observed);
  // With the very same content the recorded size was none: a list that tells no sizes is taken in with 0.
  const isSameContent =
    expected.checksum !== null &&
    expected.checksum.length === SHA256_DIGITS &&
    expected.checksum === observed.checksum;
  const isOtherSize =
    !isSameContent &&
    observed.sizeBytes !== null &&
    expected.sizeBytes !== null &&
    observed.sizeBytes !== expected.sizeBytes;
  // Bytes that were all read, and are others, are told as such, whatever else is wrong with the entry.
  const trouble = observed.checksum === null || isSameContent ? observed.trouble : null;
  if (trouble !== null && (!isOtherSize || !KNOWS_SIZE.includes(trouble.kind))) {
    return { kind: trouble.kind, why: trouble.why, isContentCompared: false };
  }
  if (isOtherSize) {
    const why = `SIZE: ${observed.sizeBytes} bytes instead of ${expected.sizeBytes}`;
    return { ...MODIFIED, why, isContentCompared: trouble === null };
  }
  return judgeContent(expected, observed, rules);
}

/** Nothing was met at the entry's name; `unseen` says why that need not mean that nothing is there. */
export function judgeAbsent(
  expected: Entry,
  unseen: ObservedTrouble | undefined,
  rules: JudgeRules,
): Judged {
  if (expected.error !== null) return notRecorded(expected.error);
  if (unseen !== undefined) return { ...unseen, isContentCompared: false };
  if (expected.type === "symlink" && !rules.keepsSymlinks) {
    const why = "NO_SYMLINKS: this kind of copy keeps none";
    return { kind: "unverifiable", why, isContentCompared: false };
  }
  return { kind: "missing", why: null, isContentCompared: false };
}

// --- internal ---

const SHA256_DIGITS = 64;

const MODIFIED = { kind: "modified", why: null, isContentCompared: false } as const;

/** What is not read may still be told by its size; what failed while it was read may not be what it says. */
const KNOWS_SIZE: readonly string[] = ["unread", "unverifiable"];

const notRecorded = (error: string): Judged => ({
  kind: "unverifiable",
  why: `NOT_RECORDED: ${error}`,
  isContentCompared: false,
});

function judgeSymlink(expected: Entry, observed: Observed): Judged {
  if (observed.trouble !== null) return { ...observed.trouble, isContentCompared: false };
  if (observed.target === expected.target) {
    return { kind: "intact", why: null, isContentCompared: true };
  }
  return { ...MODIFIED, why: "TARGET: the symlink leads elsewhere", isContentCompared: true };
}

function judgeContent(expected: Entry, observed: Observed, rules: JudgeRules): Judged {
  const [recorded, read] = [expected.checksum, observed.checksum];
  if (recorded === null || read === null) return unverifiable("NO_CHECKSUM: not hashed");
  if (recorded.length !== read.length) {
    return unverifiable("OTHER_HASH: the checksums are of different kinds");
  }
  const { mtimeUs } = observed;
  const isSameTime =
    mtimeUs === null || rules.ignoreMtime || isSameMoment(expected, mtimeUs, rules);
  if (recorded === read) {
    const kind = isSameTime ? "intact" : "touched";
    return { kind, why: null, isContentCompared: true };
  }
  return { kind: isSameTime ? "corrupted" : "modified", why: null, isContentCompared: true };
}

const unverifiable = (why: string): Judged => ({
  kind: "unverifiable",
  why,
  isContentCompared: false,
});

function isSameMoment(expected: Entry, mtimeUs: number, { clockStepUs }: JudgeRules): boolean {
  if (expected.mtimeUs === null || expected.mtimeUs === mtimeUs) return true;
  // Tools that keep a time as a double (Python's tarfile) are off by less than a microsecond, to either side.
  if (clockStepUs > 1 && Math.abs(expected.mtimeUs - mtimeUs) <= 1) return true;
  const isCoarse = clockStepUs > 1 && mtimeUs % COARSE_US === 0;
  return isCoarse && Math.abs(expected.mtimeUs - mtimeUs) < clockStepUs;
}

/** A copy that keeps whole seconds only shows it by every mtime. */
const COARSE_US = 1_000_000;
