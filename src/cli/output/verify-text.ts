// How findings are told to people, and what a verification comes to. The verdict and what it speaks of are one line: nothing is "ok"
// without it (design §1).
import {
  DIFFERENT_KINDS,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type LastGood,
} from "#core/proof/finding.ts";
import { sampleText } from "#core/proof/sample.ts";
import {
  isCutSample,
  isVoidSample,
  type Coverage,
  type Verification,
} from "#core/proof/verification.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { ageText, bytesText, countText, durationText, plural } from "./units.ts";

/** `corrupted      1.21 GiB  /path  (why)`, and below it where the content can still be had. */
export function findingText(finding: Finding, nowMs: number, colours: Colours): string[] {
  const { kind, path, at, why, expected, observed, ctime, lastGood } = finding;
  const bytes = (expected ?? observed)?.sizeBytes ?? 0;
  const told = [
    ...(why === null ? [] : [printable(why)]),
    ...(ctime === null ? [] : [`ctime ${ctime}`]),
  ];
  const name = paintOf(kind, colours)(kind.padEnd(12));
  const place = at === null ? printable(path) : `${printable(path)} -> ${printable(at)}`;
  const reason = told.length === 0 ? "" : `  ${colours.dim(`(${told.join("; ")})`)}`;
  return [
    `${name} ${bytesText(bytes).padStart(9)}  ${place}${reason}`,
    ...(lastGood === null ? [] : [`${" ".repeat(12)} ${lastGoodText(lastGood, nowMs)}`]),
  ];
}

export type Verdict = "ok" | "empty" | "sampled" | "incomplete" | "different" | "damaged";

/** The counts, then the verdict with its coverage. */
export function verificationText(
  done: Verification,
  { unlisted, outsideCount }: { unlisted: number; outsideCount: number },
  colours: Colours,
): string[] {
  const kinds = FINDING_KINDS.filter((kind) => kind !== "intact" && done.counts[kind] > 0);
  return [
    ...(unlisted === 0 ? [] : [`… and ${countText(unlisted)} more; --json tells them all`]),
    ...kinds.map(
      (kind) =>
        `${paintOf(kind, colours)(kind.padEnd(12))} ${countText(done.counts[kind]).padStart(9)}`,
    ),
    ...(outsideCount === 0
      ? []
      : [`${plural(outsideCount, "name")} of the copy outside its layout: not looked at`]),
    ...(done.cut === null ? [] : [colours.red(`not read to its end: ${printable(done.cut)}`)]),
    ...(isOfAnotherHash(done) ? [ANOTHER_HASH] : []),
    `${verdictText(done, colours)}: ${coverageText(done.coverage)}; ${readText(done)}`,
    ...(done.method === "sample" ? [sampleLine(done)] : []),
  ];
}

/** One word for all of it; it is never said without its coverage. */
export function verdictOf(done: Verification): Verdict {
  const { counts, isComplete, method, coverage } = done;
  const isDifferent = DIFFERENT_KINDS.some((kind) => counts[kind as FindingKind] > 0);
  if (counts.corrupted > 0) return "damaged";
  if (isDifferent) return "different";
  if (method === "sample") {
    return isVoidSample(done) || isCutSample(done) ? "incomplete" : "sampled";
  }
  if (!isComplete) return "incomplete";
  return coverage.filesTotal === 0 ? "empty" : "ok";
}

/** `998 of 1,000 files checked, 4.7 GiB of 4.8 GiB compared, 2 not checked: 1 EACCES, 1 SPARSE`. */
export function coverageText(coverage: Coverage): string {
  const { filesTotal, filesChecked, bytesTotal, bytesChecked, notChecked } = coverage;
  const reasons = Object.entries(notChecked).map(
    ([code, count]) => `${countText(count)} ${printable(code)}`,
  );
  return [
    `${countText(filesChecked)} of ${plural(filesTotal, "file")} checked`,
    `${bytesText(bytesChecked)} of ${bytesText(bytesTotal)} compared`,
    ...(reasons.length === 0
      ? []
      : [`${countText(filesTotal - filesChecked)} not checked: ${reasons.join(", ")}`]),
  ].join(", ");
}

// --- internal ---

const ANOTHER_HASH =
  "not one digest fits: BLAKE2s, SHA3-256, BLAKE3 and others look like SHA-256, is it a list of those?";
/** Two files may both be damaged. */
const FEWEST_DIGESTS = 3;

/** Digests of 64 digits do not say what they are of; that all files were damaged is less likely. */
const isOfAnotherHash = ({
  method,
  coverage: { filesCompared, filesBad },
}: Verification): boolean =>
  method === "listed" && filesCompared >= FEWEST_DIGESTS && filesBad === filesCompared;

/** How it is known. */
function readText({ method, bytesRead, durationMs }: Verification): string {
  if (method === "listed") return "by what the list says, no byte was read";
  if (method === "trusted") return "by the store's own checksums: trusted, not read";
  return `${bytesText(bytesRead)} read now in ${durationText(durationMs)}`;
}

function sampleLine(done: Verification): string {
  const { filesCompared, filesBad } = done.coverage;
  const told = isCutSample(done)
    ? `${filesBad} bad of ${filesCompared} read of a sample that was cut short: nothing is known of the rest`
    : sampleText(filesBad, filesCompared);
  return `content: ${told}`;
}

function lastGoodText(
  { snapshotId, timestampMs, copies, places }: LastGood,
  nowMs: number,
): string {
  const proven = copies.map(
    ({ copy, verifiedAtMs, isReadable }) =>
      `proven in ${printable(copy)} ${ageText(verifiedAtMs, nowMs)}${isReadable ? "" : ", not all of it readable at the last look"}`,
  );
  const recorded = places.map(
    ({ machineId, setName, path }) => `recorded at ${machineId}/${setName}:${printable(path)}`,
  );
  const elsewhere = [...proven, ...recorded];
  const where = elsewhere.length === 0 ? "known nowhere else" : elsewhere.join("; ");
  return `last good in snapshot ${shortId(snapshotId)} of ${timeText(timestampMs)}; ${where}`;
}

function verdictText(done: Verification, colours: Colours): string {
  const verdict = verdictOf(done);
  switch (verdict) {
    case "damaged":
      return colours.bold(colours.red(verdict));
    case "different":
      return colours.red(verdict);
    case "incomplete":
      return colours.yellow(verdict);
    case "ok":
      return colours.green(verdict);
    case "sampled":
    case "empty":
      return verdict;
  }
}

function paintOf(kind: FindingKind, colours: Colours): (text: string) => string {
  switch (kind) {
    case "corrupted":
      return (text) => colours.bold(colours.red(text));
    case "missing":
      return colours.red;
    case "modified":
      return colours.yellow;
    case "moved":
      return colours.cyan;
    case "extra":
      return colours.green;
    case "touched":
      return colours.dim;
    case "unstable":
    case "unreadable":
    case "offline":
    case "unverifiable":
      return colours.magenta;
    case "intact":
      return (text) => text;
  }
}
