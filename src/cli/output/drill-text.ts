// How a drill is told: what came back, what did not, how sure that makes one, and how long a restore of all would take.
import { findingFacts } from "#core/proof/finding.ts";
import { sampleText } from "#core/proof/sample.ts";
import { verificationFacts } from "#core/proof/verification.ts";
import type { Drilled } from "#jobs/verify/drill.ts";
import type { Colours } from "./colour.ts";
import { printable, prose } from "./escape.ts";
import { shortId } from "./snapshot-text.ts";
import { bytesText, countText, durationText, plural } from "./units.ts";

export function drillFacts(done: Drilled): object {
  const { verification, drawn, findings, misbuilt, ran } = done;
  return {
    ...verificationFacts(verification),
    findings: findings.map(findingFacts),
    sampled: drawn.entries.length,
    sampled_bytes: drawn.sizeBytes,
    tells_as_blind_sample_of: drawn.tellsAs,
    not_drawable: done.notDrawable,
    probed: done.probed,
    misbuilt,
    exit: ran.exitCode,
    bytes_per_second: Math.round(rateOf(done)),
    whole_restore_ms: done.wholeMs === undefined ? null : Math.round(done.wholeMs),
  };
}

export function drillText(done: Drilled, colours: Colours): string[] {
  const { verification, drawn, findings, misbuilt, ran } = done;
  const { counts, coverage } = verification;
  const name = `${verification.machineId}/${verification.setName}`;
  const isBad = counts.corrupted + counts.missing > 0;
  return [
    `${colours.bold(name)}: ${shortId(verification.snapshotId)} restored on trial from ${printable(verification.copy ?? "")}`,
    ...findings.map(({ kind, path, why }) => {
      const more = why === null ? "" : ` (${printable(why)})`;
      return `  ${colours.red(kind)} ${printable(path)}${more}`;
    }),
    ...misbuilt
      .slice(0, MOST_NAMED)
      .map(
        ({ path, kind, problem }) =>
          `  ${problem === "cut" ? colours.red("cut") : "odd"} ${printable(path)}: as recorded, but ${problem === "cut" ? `the end of a ${kind} is missing` : `it is no ${kind}`}`,
      ),
    ...(misbuilt.length > MOST_NAMED
      ? [`  and ${countText(misbuilt.length - MOST_NAMED)} more; --json names them`]
      : []),
    ...(ran.exitCode === 0
      ? []
      : [
          `  the command ended with ${ran.exitCode ?? "a signal"}; its last words:`,
          ...prose(ran.lastWords.trimEnd(), "lines")
            .split("\n")
            .slice(-10)
            .map((line) => `    ${line}`),
        ]),
    `  restored  ${countText(counts.intact)} of ${plural(drawn.entries.length, "file")} came back exact, ${bytesText(done.restoredBytes)}`,
    `  checked   ${countText(coverage.filesChecked)} of ${plural(coverage.filesTotal, "file")}, ${bytesText(coverage.bytesChecked)} of ${bytesText(coverage.bytesTotal)}${coverage.notChecked["SAMPLE"] === 0 ? "" : "; the others were not drawn"}`,
    `  built     ${countText(done.probed - misbuilt.length)} of ${countText(done.probed)} looked at have the beginning and end that their names promise`,
    `  known     ${boundText(done, isBad)}`,
    `  speed     ${bytesText(rateOf(done))}/s, ${durationText(verification.durationMs)} in all${wholeText(done)}`,
    ...(done.notDrawable === 0
      ? []
      : [
          `  left out  ${plural(done.notDrawable, "file")} with a line end in the name, or no SHA-256`,
        ]),
  ];
}

// --- internal ---

const MOST_NAMED = 10;

const rateOf = ({ restoredBytes, ran }: Drilled): number =>
  restoredBytes / Math.max(0.001, ran.durationMs / 1000);

function boundText({ drawn, verification: { counts, coverage } }: Drilled, isBad: boolean): string {
  if (isBad) return "some are bad: no sample can say how many of the rest are not";
  if (counts.unreadable + counts.unverifiable > 0) return "nothing of the rest: not all came back";
  const { tellsAs } = drawn;
  if (drawn.entries.length === coverage.filesTotal) return "all files came back exact";
  return tellsAs === 0
    ? "nothing of the rest: some sizes or kinds were not drawn at all"
    : `${sampleText(0, tellsAs)} (the sample tells as much as a blind one of ${countText(tellsAs)})`;
}

function wholeText({ wholeMs }: Drilled): string {
  return wholeMs === undefined ? "" : `; all of it would take about ${durationText(wholeMs)}`;
}
