// A finding is what verification says of one path: what the snapshot recorded, held against what stands in the source or a copy now.
// Only what was really compared is intact or damaged; all else has its reason, and counts as not checked (I6).
import { entryLine, type Entry } from "#core/entry.ts";

/** In the order of summaries, the worst first. */
export const FINDING_KINDS = [
  "corrupted", // other content, though size and mtime are as recorded
  "missing", // not there, in a listing that was complete
  "modified", // other content, and size or mtime say so; or another kind of thing
  "moved", // this content stands at another name
  "extra", // not in the snapshot
  "touched", // same content, another mtime
  "unstable", // changed while it was read
  "unreadable", // there, but it could not be read or listed
  "offline", // what it lies on is not there
  "unverifiable", // nothing can be said, and the reason why
  "intact",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Kinds that say what is so; the others say that it is not known. */
export const DIFFERENT_KINDS = ["corrupted", "missing", "modified", "moved", "extra", "touched"];
export const UNKNOWN_KINDS = ["unstable", "unreadable", "offline", "unverifiable"];

/** What was met at a path of a copy, in the snapshot's own names. */
export interface Observed {
  readonly path: string;
  readonly type: "file" | "symlink" | "other";
  readonly target: string | null;
  readonly sizeBytes: number | null;
  /** Null where this kind of copy does not keep it. */
  readonly mtimeUs: number | null;
  /** Only of a disk of our own. */
  readonly ctimeUs: number | null;
  readonly checksum: string | null;
  /** Why there is no checksum, or why other tools would not give out the bytes that have it; else null. */
  readonly trouble: ObservedTrouble | null;
}

export interface ObservedTrouble {
  /** `unread`: by wish, as `--sample` and `--max-bytes` are; no finding comes of it. */
  readonly kind: "unstable" | "unreadable" | "offline" | "unverifiable" | "unread";
  /** A stable code and a reason, as in an entry's `error`. */
  readonly why: string;
}

export interface Finding {
  readonly kind: FindingKind;
  /** As the snapshot names it; what is extra, as it would. */
  readonly path: string;
  /** Moved: where the content stands now. */
  readonly at: string | null;
  readonly why: string | null;
  /** Null for what is extra. */
  readonly expected: Entry | null;
  /** Null for what is not there, or was not seen. */
  readonly observed: Observed | null;
  /** Corrupted files of the source: whether ctime moved since the good reading. `same` speaks for the disk, `changed` for somebody. */
  readonly ctime: "same" | "changed" | "unknown" | null;
  /** Corrupted or missing: where that content was last known to be good. */
  readonly lastGood: LastGood | null;
}

/** Where a content can be had: the last snapshot that has it, copies it was proven in, machines that recorded it. */
export interface LastGood {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly copies: readonly {
    readonly copy: string;
    readonly verifiedAtMs: number;
    /** Whether its last verification could read all of it. */
    readonly isReadable: boolean;
  }[];
  readonly places: readonly {
    readonly machineId: string;
    readonly setName: string;
    readonly path: string;
  }[];
}

/** One line of JSON: what `verify --json` prints, reports hold and the server answers. */
export function findingFacts(finding: Finding): Record<string, unknown> {
  const { kind, path, at, why, expected, observed, ctime, lastGood } = finding;
  return {
    kind,
    path,
    ...(at === null ? {} : { at }),
    ...(why === null ? {} : { why }),
    ...(expected === null ? {} : { expected: JSON.parse(entryLine(expected)) as object }),
    ...(observed === null ? {} : { observed: observedFacts(observed) }),
    ...(ctime === null ? {} : { ctime }),
    ...(lastGood === null ? {} : { last_good: lastGoodFacts(lastGood) }),
  };
}

/** How many findings there are of each kind. */
export type FindingCounts = Record<FindingKind, number>;

export const noFindings = (): FindingCounts =>
  Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as FindingCounts;

// --- internal ---

function observedFacts({ type, target, sizeBytes, mtimeUs, checksum }: Observed): object {
  return {
    ...(type === "file" ? {} : { type }),
    ...(target === null ? {} : { target }),
    size: sizeBytes,
    mtime: mtimeUs === null ? null : mtimeUs / 1e6,
    checksum,
  };
}

function lastGoodFacts({ snapshotId, timestampMs, copies, places }: LastGood): object {
  return {
    snapshot_id: snapshotId,
    timestamp: new Date(timestampMs).toISOString(),
    copies: copies.map(({ copy, verifiedAtMs, isReadable }) => ({
      copy,
      verified_at: new Date(verifiedAtMs).toISOString(),
      ...(isReadable ? {} : { readable: false }),
    })),
    places: places.map(({ machineId, setName, path }) => ({
      machine_id: machineId,
      backupset_name: setName,
      path,
    })),
  };
}
