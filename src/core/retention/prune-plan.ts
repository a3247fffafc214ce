// What a retention policy would keep of a backupset, and why. Rules are retention.ts's; here is what they are applied to.
//
// Snapshots that witness little (incomplete, empty, dated in the future) or are suspicious do not count: they are judged among
// themselves by the same rules, so they never take the place of a good one, and never pile up. And no clock is believed alone: the rules run
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
  /** As anomalies.ts judged it; null: nobody did. */
  readonly verdict: "plausible" | "suspicious" | null;
}

export interface Verdict {
  readonly snapshot: Candidate;
  readonly isKept: boolean;
  /** The rules that keep it. */
  readonly reasons: readonly string[];
  /** Why it does not count towards the others' rules; null when it does. */
  readonly flaw: Flaw | null;
}

export const FLAWS = ["incomplete", "empty", "dated in the future", "suspicious"] as const;
export type Flaw = (typeof FLAWS)[number];

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
      ? ["the last complete and plausible snapshot would go"]
      : []),
  ];
}

/** How many of the newest snapshots are looked at for something strange. */
const LOOKED_AT = 10;

/** Whether something happened lately that looks like an accident or an attack: then old content may be the only good one. */
export function isAnomalous(verdicts: readonly Verdict[]): boolean {
  return verdicts.slice(0, LOOKED_AT).some(({ snapshot }) => snapshot.verdict === "suspicious");
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
  if (one.fileCount === 0) return "empty";
  return one.verdict === "suspicious" ? "suspicious" : null;
}

function newest(group: readonly Candidate[], clock: (one: Candidate) => number, nowMs: number) {
  return group.reduce((latest, one) => {
    const atMs = clock(one);
    return atMs > latest && atMs <= nowMs ? atMs : latest;
  }, 0);
}
