// How a scrub is told: what was read and found, how long the others have waited, and whether the cycle will be kept.
import { sampleText } from "#core/proof/sample.ts";
import { timestampText } from "#core/timestamp.ts";
import { verificationFacts } from "#core/proof/verification.ts";
import type { Scrubbed } from "#jobs/verify/scrub.ts";
import type { Colours } from "./colour.ts";
import { ageText, bytesText, countText, durationText, plural } from "./units.ts";
import { coverageText } from "./verify-text.ts";

export function scrubFacts({
  verification,
  oldestAtMs,
  bytesPerDay,
  outlook,
  changed,
}: Scrubbed): object {
  return {
    ...verificationFacts(verification),
    changed_since_snapshot: changed,
    oldest_read_at: oldestAtMs === null ? null : timestampText(oldestAtMs),
    bytes_per_day: Math.round(bytesPerDay),
    cycle: {
      complete_at: dateOf(outlook.completeAtMs),
      missed: outlook.lateFiles > 0,
      late_files: outlook.lateFiles,
      late_bytes: outlook.lateBytes,
      late_by_ms: Math.round(outlook.lateByMs),
    },
  };
}

export function scrubText(
  { verification, oldestAtMs, bytesPerDay, outlook, changed }: Scrubbed,
  cycleText: string,
  nowMs: number,
  colours: Colours,
): string[] {
  const { counts, coverage, bytesRead, durationMs, method } = verification;
  const { filesCompared, filesBad } = coverage;
  const bad = counts.corrupted;
  const isSample = (coverage.notChecked["SAMPLE"] ?? 0) > 0;
  const found = bad > 0 ? colours.red(`${countText(bad)} corrupted`) : "none corrupted";
  const oldest = oldestAtMs === null ? "never on this disk" : ageText(oldestAtMs, nowMs);
  return [
    `${method}: ${found}; ${coverageText(coverage)}; ${bytesText(bytesRead)} read now in ${durationText(durationMs)}`,
    ...(changed === 0 ? [] : [`changed or gone since the snapshot: ${plural(changed, "file")}`]),
    ...(isSample ? [`sample: ${sampleText(filesBad, filesCompared)}`] : []),
    `longest ago: ${oldest}`,
    `cycle of ${cycleText}: ${outlookText(outlook, bytesPerDay, colours)}`,
  ];
}

// --- internal ---

/** Far beyond what a date can say it will never be. */
const dateOf = (ms: number | null): string | null =>
  ms === null || ms > 8.64e15 ? null : timestampText(Math.round(ms));

function outlookText(
  { completeAtMs, lateFiles, lateBytes, lateByMs }: Scrubbed["outlook"],
  bytesPerDay: number,
  { red }: Colours,
): string {
  const at = dateOf(completeAtMs);
  const when = at === null ? "never" : `by ${at.slice(0, 10)}`;
  const pace = `at ${bytesText(Math.round(bytesPerDay))} a day all is read again ${when}`;
  if (lateFiles === 0) return `kept; ${pace}`;
  const late = Number.isFinite(lateByMs) ? `up to ${durationText(lateByMs)} late` : "never";
  return `${red("missed")}: ${plural(lateFiles, "file")} (${bytesText(lateBytes)}) will be read ${late}; ${pace}`;
}
