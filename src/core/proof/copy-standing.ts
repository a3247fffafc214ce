// What a copy's records are worth: where it lies, when it was last read, and which of its proofs may be counted for what. Telling
// somebody that files may be deleted asks for more than counting copies does, and every doubt is against it.
import { locate, type Location } from "./location.ts";
import { isBlind, type Verification } from "./verification.ts";

/** A place in which contents of a set were proven, as its records tell. */
export interface CopyStanding {
  readonly copyId: number;
  /** Null for the source. */
  readonly copy: string | null;
  readonly target: string;
  /** Of a source: its roots. */
  readonly locations: readonly Location[];
  readonly lastAtMs: number;
  /** A folder had so many files and links at its last whole reading: with fewer of them, untouched since, it may have lost some. */
  readonly namesThen: number;
  /** Why nothing may be deleted on its word; undefined if something may. */
  readonly doubt: string | undefined;
  /**
   * When the last reading began that went from the first to the last byte of this very target; null: never. What was proven before it,
   * and not by it, is not there any more.
   */
  readonly wholeAtMs: number | null;
  /** When that reading had ended. */
  readonly wholeEndMs: number | null;
  /** Since when the records are of this very target: what was proven before was proven elsewhere. */
  readonly sinceMs: number;
  /** Whether the last reading could not read all of it. */
  readonly isBlind: boolean;
  /** The last drill that brought something back from it. */
  readonly drill: Verification | undefined;
}

/**
 * From all records of one copy, the newest first. At least one. A reading that a wrong clock dated after `nowMs` would be recent for
 * ever: it is no whole one.
 */
export function standingOf(
  copyId: number,
  records: readonly Verification[],
  roots: readonly string[],
  nowMs = Infinity,
): CopyStanding {
  const newest = records[0]!;
  // A drill's own target is a command line: where the copy lies, those say that read it.
  const { target } = records.find(({ method }) => method !== "drill") ?? newest;
  const locations: Location[] =
    newest.copy === null ? roots.map((path) => ({ kind: "folder", path })) : [locate(target)];
  const whole = records.find(
    (one) => one.target === target && one.startedAtMs <= nowMs && isWhole(one),
  );
  const elsewhere = records.find((one) => one.method !== "drill" && one.target !== target);
  return {
    copyId,
    copy: newest.copy,
    target,
    locations,
    lastAtMs: newest.startedAtMs,
    namesThen: whole !== undefined && isPlainFolder(whole) ? namesIn(whole) : 0,
    doubt: doubtOf(newest, locations),
    wholeAtMs: whole?.startedAtMs ?? null,
    wholeEndMs: whole === undefined ? null : Math.ceil(whole.startedAtMs + whole.durationMs),
    sinceMs: elsewhere === undefined ? -Infinity : elsewhere.startedAtMs + 1,
    isBlind: isBlind(newest),
    drill: records.find(({ method, counts }) => method === "drill" && counts.intact > 0),
  };
}

/** Whether what was proven then may still be there: in this very target, and met by every whole reading since. */
export function mayStillHold({ sinceMs, wholeAtMs }: CopyStanding, provenAtMs: number): boolean {
  return provenAtMs >= sinceMs && provenAtMs >= (wholeAtMs ?? -Infinity);
}

/**
 * Whether a proof counts towards deleting: the copy was read whole, not before that time, and the content then or since, and not by a
 * clock that was ahead. A sample alone never counts, a drill neither; after a whole reading they only say of a file what it said, once more.
 */
export function isProof(
  { doubt, wholeAtMs }: CopyStanding,
  provenAtMs: number | undefined,
  { notBeforeMs, nowMs }: { notBeforeMs: number; nowMs: number },
): boolean {
  if (provenAtMs === undefined || doubt !== undefined || wholeAtMs === null) return false;
  if (provenAtMs > nowMs || wholeAtMs > nowMs) return false;
  return wholeAtMs >= notBeforeMs && provenAtMs >= wholeAtMs;
}

// --- internal ---

/** Of a repository the names are not those of the files in it. */
const isPlainFolder = ({ copy, target }: Verification): boolean =>
  copy !== null && /^(\/|file:)/.test(target);

/** Also those that are none of the snapshot's: they must not stand for what went. */
const namesIn = ({ counts, coverage }: Verification): number =>
  counts.intact +
  counts.touched +
  counts.moved +
  counts.extra +
  counts.modified +
  counts.corrupted +
  (coverage.namesOutside ?? 0);

/** All of it was read, and nothing of it was left out or taken on somebody's word. */
function isWhole(record: Verification): boolean {
  const { method, isComplete, bytesRead, coverage } = record;
  if (method !== "read" || !isComplete || isBlind(record)) return false;
  // An object store may vouch for its own bytes. Names of one file share a reading, but no object store has those.
  return !/^(s3|rclone):/.test(record.target) || bytesRead >= coverage.bytesChecked;
}

function doubtOf(newest: Verification, locations: readonly Location[]): string | undefined {
  const nowhere = locations.find((one) => one.kind === "nowhere");
  if (nowhere !== undefined) return nowhere.why;
  if (locations.length === 0) return "where it lies is not known";
  return isBlind(newest) ? "its last verification could not read all of it" : undefined;
}
