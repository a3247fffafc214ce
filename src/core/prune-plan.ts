// What a retention policy would keep of a backupset, and why. Rules are retention.ts's; here is what they are applied to.
//
// Snapshots that witness little (incomplete, empty, dated in the future) do not count: they are judged among themselves by
// the same rules, so they never take the place of a good one, and never pile up. And no clock is believed alone: the rules run
// over the agent's timestamps and, where the two differ by more than a day, over the times of arrival too; what either keeps
// is kept.
import { reasonsToKeep, type RetentionPolicy } from "./retention.ts";

/** What the rules look at. */
export interface Candidate {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly receivedAtMs: number;
  /** The order of recording. */
  readonly seq: number;
  readonly fileCount: number;
  readonly totalSizeBytes: number;
  readonly isComplete: boolean;
  readonly tags: readonly string[];
}

export interface Verdict {
  readonly snapshot: Candidate;
  readonly isKept: boolean;
  /** The rules that keep it. */
  readonly reasons: readonly string[];
  /** Why it does not count towards the others' rules; null when it does. */
  readonly flaw: Flaw | null;
}

export type Flaw = "incomplete" | "empty" | "dated in the future";

/** A share of a set's snapshots that may go without a word. */
const QUIET_SHARE = 0.3;
const DAY_MS = 24 * 3_600_000;

/** A verdict on each, newest first. */
export function judgeSnapshots(
  candidates: readonly Candidate[],
  policy: RetentionPolicy,
  nowMs: number,
): Verdict[] {
  const flaws = new Map(candidates.map((one) => [one, flawOf(one, nowMs)]));
  const sound = candidates.filter((one) => flaws.get(one) === null);
  const others = candidates.filter((one) => flaws.get(one) !== null);
  const reasons = new Map<Candidate, Set<string>>();
  for (const clock of [byAgent, byArrival]) {
    if (clock === byArrival && candidates.every((one) => byArrival(one) === byAgent(one))) continue;
    for (const group of [sound, others]) {
      // Flawed ones never move the point from which times are counted back for the sound.
      const newestMs = newest(group === sound ? sound : candidates, clock, nowMs);
      const list = [...group].sort((a, b) => clock(b) - clock(a) || b.seq - a.seq);
      const dated = list.map((one) => ({ atMs: clock(one), tags: one.tags }));
      reasonsToKeep(dated, policy, newestMs).forEach((found, nr) => {
        const known = reasons.get(list[nr]!) ?? new Set();
        if (clock === byAgent || known.size === 0) {
          for (const reason of found) {
            known.add(clock === byAgent ? reason : `${reason} by time of arrival`);
          }
        }
        reasons.set(list[nr]!, known);
      });
    }
  }
  return [...candidates]
    .sort((a, b) => b.timestampMs - a.timestampMs)
    .map((snapshot) => {
      const kept = [...reasons.get(snapshot)!];
      return {
        snapshot,
        isKept: kept.length > 0,
        reasons: kept,
        flaw: flaws.get(snapshot)!,
      };
    });
}

/** Why nobody should delete so much without having counted; none: it may be done. */
export function alarms(verdicts: readonly Verdict[]): string[] {
  const going = verdicts.filter((verdict) => !verdict.isKept).length;
  const sound = verdicts.filter((verdict) => verdict.flaw === null);
  const share = Math.floor((going / verdicts.length) * 100);
  return [
    ...(going > verdicts.length * QUIET_SHARE
      ? [`${going} of ${verdicts.length} snapshots would go (${share} %, more than 30 %)`]
      : []),
    ...(sound.length > 0 && !sound.some((verdict) => verdict.isKept)
      ? ["the last complete snapshot would go"]
      : []),
  ];
}

/** How many entries a snapshot has that differ from the one before it. */
export type Churn = (timestampMs: number) => number;

/** How many of the newest snapshots are looked at for something strange. */
const LOOKED_AT = 10;
/** In a handful of files every change is half of all. */
const LEAST_FILES = 10;

/**
 * Whether something happened lately that looks like an accident or an attack: from one sound snapshot to the next half of the
 * files or bytes went, or half of all files changed. Then old content may be the only good one.
 */
export function isAnomalous(verdicts: readonly Verdict[], churn: Churn): boolean {
  const sound = verdicts.filter((verdict) => verdict.flaw !== "incomplete");
  return sound.slice(0, LOOKED_AT).some(({ snapshot }, nr) => {
    const before = sound[nr + 1]?.snapshot;
    if (before === undefined || before.fileCount < LEAST_FILES) return false;
    return (
      snapshot.fileCount < before.fileCount / 2 ||
      snapshot.totalSizeBytes < before.totalSizeBytes / 2 ||
      churn(snapshot.timestampMs) > snapshot.fileCount / 2
    );
  });
}

// --- internal ---

const byAgent = (one: Candidate): number => one.timestampMs;

/** Within a day the agent's clock is taken at its word: a snapshot of 23:59 may well arrive after midnight. */
const byArrival = (one: Candidate): number =>
  Math.abs(one.receivedAtMs - one.timestampMs) <= DAY_MS ? one.timestampMs : one.receivedAtMs;

function flawOf(one: Candidate, nowMs: number): Flaw | null {
  const latest = Math.min(one.receivedAtMs, nowMs) + DAY_MS;
  if (one.timestampMs > latest) return "dated in the future";
  if (!one.isComplete) return "incomplete";
  return one.fileCount === 0 ? "empty" : null;
}

function newest(group: readonly Candidate[], clock: (one: Candidate) => number, nowMs: number) {
  return group.reduce((latest, one) => {
    const atMs = clock(one);
    return atMs > latest && atMs <= nowMs ? atMs : latest;
  }, 0);
}
