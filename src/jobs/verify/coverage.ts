// coverage: of each content of a snapshot, in how many places it was proven to be, and how long ago. Counted by content, so that a file
// that was moved or has twins stays proven; what was never read anywhere since it was recorded has none.
import { whyNotElsewhere } from "#copies/storage-place.ts";
import type { CopyStanding } from "#core/proof/copy-standing.ts";
import type { Entry } from "#core/entry.ts";
import { restoreMs } from "#core/proof/drill.ts";
import type { Amount } from "#core/usage.ts";
import { holderOf } from "#core/proof/location.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { Run } from "#core/run.ts";
import { carryPages } from "#db/carry.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { copyStandings } from "#db/proof/standings.ts";
import { provenAtMs } from "#db/proof/verifications.ts";
import { factsAt } from "#disk/place.ts";
import { identityAt } from "#disk/listed-path.ts";

export interface CoverageInput {
  readonly row: SnapshotRow;
  /** Whether the set is of this machine: of another's paths the disks here say nothing. */
  readonly isOwn: boolean;
  readonly minCopies: number;
  readonly minPlaces: number;
  readonly maxAgeMs: number;
}

/** A file that misses the objective. */
export interface Uncovered {
  readonly entry: Entry;
  readonly copies: number;
  readonly places: number;
  /** When it was last proven anywhere; null: never. */
  readonly lastAtMs: number | null;
}

export interface CopyTally {
  readonly copy: string | null;
  readonly target: string;
  readonly place: string;
  readonly lastAtMs: number;
  readonly files: number;
  readonly bytes: number;
  /** The oldest proof that was counted. */
  readonly oldestAtMs: number | null;
  /** Files proven here, but too long ago. */
  readonly stale: number;
  /** How long it takes to bring all of the snapshot back, by the last drill; null: none brought anything back. */
  readonly restore: { readonly ms: number; readonly drillAtMs: number } | null;
}

export interface Covered {
  readonly files: number;
  readonly bytes: number;
  /** By number of copies, files and bytes. */
  readonly byCopies: readonly {
    readonly copies: number;
    readonly files: number;
    readonly bytes: number;
  }[];
  readonly copies: readonly CopyTally[];
  readonly missing: { readonly files: number; readonly bytes: number };
  /** Entries without a content to count: links, what could not be read, other algorithms' checksums. */
  readonly notCounted: number;
  readonly isMet: boolean;
}

/** Tells each file that has too few. */
export async function coverage(
  scope: Scope,
  { row, isOwn, minCopies, minPlaces, maxAgeMs }: CoverageInput,
  tell: (uncovered: Uncovered) => Promise<void>,
  run: Run,
): Promise<Covered> {
  const nowMs = run.now();
  const standings = [];
  for (const standing of await copyStandings(scope, row, nowMs)) {
    standings.push({
      standing,
      ...(await whereIs(standing, row.machineId, isOwn, run)),
      files: 0,
      bytes: 0,
      oldestAtMs: null as number | null,
      stale: 0,
    });
  }
  const notBeforeMs = nowMs - maxAgeMs;
  const byCopies = new Map<number, { files: number; bytes: number }>();
  const sum = { files: 0, bytes: 0, notCounted: 0 };
  const missing = { files: 0, bytes: 0 };
  let emptyFiles = 0;
  for await (const page of carryPages(scope, row.snapshotId)) {
    run.signal.throwIfAborted();
    for (const { entry } of page) {
      const { type, checksum } = entry;
      const sizeBytes = entry.sizeBytes ?? 0;
      if (type !== "file") {
        sum.notCounted++;
        continue;
      }
      // A size of 0 alone may only mean that a list told none (bsv import --unknown-as-zero).
      if (checksum === SHA256_OF_NOTHING) {
        emptyFiles++; // nothing to lose, yet a restore makes it too
        continue;
      }
      sum.files++;
      sum.bytes += sizeBytes;
      const holders = new Set<string>();
      const places = new Set<string>();
      let lastAtMs: number | null = null;
      // Unread, or of another hash, it can be proven nowhere: that misses the objective.
      const isProvable = checksum?.length === SHA256_DIGITS;
      for (const one of isProvable ? standings : []) {
        const atMs = provenAtMs(scope, one.standing, checksum!);
        if (atMs === undefined) continue;
        lastAtMs = Math.max(lastAtMs ?? 0, atMs);
        // By a clock that was ahead, it would be recent for ever.
        if (atMs < notBeforeMs || atMs > nowMs) {
          one.stale++;
          continue;
        }
        one.files++;
        one.bytes += sizeBytes;
        one.oldestAtMs = Math.min(one.oldestAtMs ?? Infinity, atMs);
        holders.add(one.holder);
        if (one.place !== NOT_KNOWN) places.add(one.place);
      }
      const told = byCopies.get(holders.size) ?? { files: 0, bytes: 0 };
      told.files++;
      told.bytes += sizeBytes;
      byCopies.set(holders.size, told);
      if (holders.size >= minCopies && places.size >= minPlaces) continue;
      missing.files++;
      missing.bytes += sizeBytes;
      await tell({ entry, copies: holders.size, places: places.size, lastAtMs });
    }
    await Bun.sleep(0);
  }
  const all = { files: sum.files + emptyFiles, bytes: sum.bytes };
  return {
    ...sum,
    byCopies: [...byCopies]
      .sort(([a], [b]) => a - b)
      .map(([copies, told]) => ({ copies, ...told })),
    copies: standings.map(({ standing: { copy, target, lastAtMs, drill }, ...tally }) => ({
      copy,
      target,
      lastAtMs,
      ...tally,
      restore: drill === undefined ? null : restoreBy(drill, all),
    })),
    missing,
    isMet: missing.files === 0,
  };
}

// --- internal ---

const SHA256_DIGITS = 64;
const SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function restoreBy(
  { startedAtMs, durationMs, counts, bytesRead }: Verification,
  all: Amount,
): CopyTally["restore"] {
  const ms = restoreMs(durationMs, { files: counts.intact, bytes: bytesRead }, all);
  return ms === undefined ? null : { ms: Math.round(ms), drillAtMs: startedAtMs };
}

/** Of storage that may be a disk here: it is a copy, and makes no further place. */
const NOT_KNOWN = "not known";

/**
 * The place is what burns together: a disk that is here, the host of a remote, else what holds the bytes. Two names of one folder, and the
 * snapshots of one repository, are one copy.
 */
async function whereIs(
  { copy, target, locations }: CopyStanding,
  machineId: string,
  isOwn: boolean,
  { signal }: Run,
): Promise<{ place: string; holder: string }> {
  const holder = holderOf(target);
  const [first] = locations;
  if (first?.kind === "remote") {
    const isNear = isOwn && (await whyNotElsewhere(target, signal)) !== undefined;
    return { place: isNear ? NOT_KNOWN : `host ${first.host}`, holder };
  }
  const here = isOwn && first !== undefined && first.kind !== "nowhere" ? first.path : undefined;
  const facts = here === undefined ? undefined : factsAt(here, "follow");
  if (here !== undefined && facts !== undefined) {
    const isAll = locations.length === 1;
    return { place: `disk ${facts.device}`, holder: isAll ? identityAt(here, facts) : holder };
  }
  return { place: copy === null ? `machine ${machineId}` : holder, holder };
}
