// The verdict on a snapshot: plausible after the one before it, or suspicious, with the reasons. It is about what was witnessed, not a
// reason to refuse it; it lives beside the document, never in it, and whoever holds the snapshot makes a verdict of its own.
import { z } from "zod";
import type { Anomaly } from "./anomalies.ts";
import type { Measures } from "./measures.ts";
import { timestampText } from "#core/timestamp.ts";

export const verdictSchema = z.enum(["plausible", "suspicious"]);

export interface Verdict {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly verdict: z.infer<typeof verdictSchema>;
  /** Of this step itself; of one that was accepted, too. */
  readonly reasons: readonly Anomaly[];
  /** The earlier suspicious snapshot whose doubt it inherits. */
  readonly follows: string | null;
  /** Null of a set's first. */
  readonly measures: Measures | null;
  readonly accepted: { readonly atMs: number; readonly why: string } | null;
}

/** As `--json` and the API tell it. */
export function verdictFacts(one: Verdict): Record<string, unknown> {
  return {
    snapshot_id: one.snapshotId,
    timestamp: timestampText(one.timestampMs),
    verdict: one.verdict,
    reasons: one.reasons,
    follows: one.follows,
    accepted: one.accepted && { at: timestampText(one.accepted.atMs), why: one.accepted.why },
    measures: one.measures,
  };
}
