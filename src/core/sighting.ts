// A version of a file and what the snapshots of its backupset saw of it: the first that has it, the last, and what came then.
import { entryLine, jsonText, type Entry } from "./entry.ts";
import { timestampText } from "./timestamp.ts";

export interface Sighting {
  readonly machineId: string;
  readonly setName: string;
  readonly entry: Entry;
  readonly first: Seen;
  readonly last: Seen;
  /** From the first to the last, both included. */
  readonly snapshotCount: number;
  /** Null while the newest snapshot has it. */
  readonly end: SightingEnd | null;
}

export interface Seen {
  readonly snapshotId: string;
  readonly timestampMs: number;
}

export const END_KINDS = ["replaced", "removed", "unknown"] as const;

/** What the first snapshot without it says: another version, nothing there, or that it could not look (I6). */
export interface SightingEnd {
  readonly kind: (typeof END_KINDS)[number];
  readonly why: string | null;
  readonly at: Seen;
}

/** One line of JSON: what `log` and `find` print with --json, and their routes answer. */
export function sightingLine(sighting: Sighting): string {
  const { machineId, setName, entry, first, last, snapshotCount, end } = sighting;
  const facts = jsonText({
    machine_id: machineId,
    backupset_name: setName,
    first_seen: seenFacts(first),
    last_seen: seenFacts(last),
    snapshot_count: snapshotCount,
    end: end && { kind: end.kind, why: end.why, ...seenFacts(end.at) },
  });
  return `${facts.slice(0, -1)},"entry":${entryLine(entry)}}`;
}

// --- internal ---

const seenFacts = ({ snapshotId, timestampMs }: Seen) => ({
  snapshot_id: snapshotId,
  timestamp: timestampText(timestampMs),
});
