// How a scan is told: the facts for people, one line that scripts can grep, and the same facts as JSON.
import type { RootState } from "#core/document.ts";
import type { ScanPreview } from "#jobs/scan/preview.ts";
import type { ScanSummary } from "#jobs/scan/record.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { shortId, snapshotFacts, timeText } from "./snapshot-text.ts";
import { reasonTexts } from "./verdict-text.ts";
import { bytesText, countText, plural } from "./units.ts";

type Corruption = ScanSummary["outcome"]["corrupted"][number];

/** Loud, and honest about what it knows. */
export function corruptionLine({ path, ctime }: Corruption, { red, bold }: Colours): string {
  const evidence = {
    same: "ctime did not move either: the disk",
    changed: "ctime moved: something wrote it and put mtime back",
    unknown: "it was not read on this disk before",
  }[ctime];
  return `${red(bold("CORRUPTED"))} ${printable(path)} (size and mtime are the same; ${evidence})`;
}

export function scanText(summary: ScanSummary, colours: Colours): string[] {
  const { row, header, survey, outcome, clockSkewMs, missedMinFiles } = summary;
  const { read_count: read = 0, carried_count: carried = 0, skipped = {} } = header.summary;
  const name = `${row.machineId}/${row.setName}`;
  const lines: [string, string | undefined][] = [
    ["files", `${countText(row.fileCount)}, ${bytesText(row.totalSizeBytes)}`],
    ["changes", changesText(summary)],
    [
      "checksums",
      `${countText(read)} read (${bytesText(outcome.readBytes)}), ${countText(carried)} carried`,
    ],
    ["skipped", skippedText(skipped, survey.leftOut.mounts)],
    ...lostRoots(survey.roots, colours),
    [
      "expected",
      missedMinFiles === undefined ? undefined : colours.red(minFilesText(missedMinFiles)),
    ],
    ["errors", row.errorCount === 0 ? undefined : colours.red(countText(row.errorCount))],
    [
      "clock",
      clockSkewMs === 0 ? undefined : `${countText(clockSkewMs)} ms behind the last snapshot`,
    ],
    ...(summary.verdict === undefined
      ? []
      : reasonTexts(summary.verdict).map((text): [string, string] => [
          "suspicious",
          colours.red(text),
        ])),
    ["document", printable(summary.documentFile)],
  ];
  return [
    `${name}: snapshot ${shortId(row.snapshotId)} of ${timeText(row.timestampMs)}`,
    ...lines.flatMap(([title, text]) =>
      text === undefined ? [] : [`  ${title.padEnd(10)} ${text}`],
    ),
    grepLine(summary),
  ];
}

export function scanFacts(summary: ScanSummary): object {
  const { row, survey, outcome } = summary;
  return {
    ...snapshotFacts(row),
    document: summary.documentFile,
    ...(summary.verdict === undefined
      ? {}
      : { reasons: summary.verdict.reasons, follows: summary.verdict.follows }),
    ...missedFact(summary),
    read_bytes: outcome.readBytes,
    carried_bytes: survey.carriedBytes,
    changes: {
      added: outcome.addedCount,
      modified: outcome.modifiedCount,
      touched: outcome.touchedCount,
      removed: outcome.removedCount,
      unknown: outcome.unknownCount,
      corrupted: outcome.corruptedCount,
    },
    corrupted: outcome.corrupted.map(({ path, ctime, expectedChecksum, actualChecksum }) => ({
      path,
      ctime,
      expected_checksum: expectedChecksum,
      actual_checksum: actualChecksum,
    })),
  };
}

export function previewText(
  setName: string,
  { survey, counts, missedMinFiles }: ScanPreview,
): string {
  return [
    `${setName}: would read ${plural(counts.toReadCount, "file")} (${bytesText(counts.toReadBytes)})`,
    `carry ${countText(survey.carriedCount)}`,
    `${countText(counts.addedCount)} new`,
    `${countText(counts.removedCount)} removed`,
    ...(counts.unknownCount === 0 ? [] : [`${countText(counts.unknownCount)} unknown`]),
    ...survey.roots
      .filter((root) => root.state !== "ok")
      .map(({ path, state }) => `${printable(path)} is ${state}`),
    ...(survey.errorCount === 0 ? [] : [`${countText(survey.errorCount)} cannot be seen`]),
    ...(missedMinFiles === undefined ? [] : [`expected ${minFilesText(missedMinFiles)}`]),
  ].join(", ");
}

export function previewFacts(setName: string, preview: ScanPreview): object {
  const { survey, counts } = preview;
  return {
    backupset_name: setName,
    to_read: counts.toReadCount,
    to_read_bytes: counts.toReadBytes,
    carried: survey.carriedCount,
    added: counts.addedCount,
    removed: counts.removedCount,
    unknown: counts.unknownCount,
    errors: survey.errorCount,
    ...missedFact(preview),
    skipped: Object.fromEntries(survey.leftOut.counts),
    roots: survey.roots,
  };
}

// --- internal ---

function changesText({ outcome }: ScanSummary): string {
  const parts: [number, string][] = [
    [outcome.corruptedCount, "corrupted"],
    [outcome.addedCount, "added"],
    [outcome.modifiedCount, "modified"],
    [outcome.touchedCount, "touched"],
    [outcome.removedCount, "removed"],
    [outcome.unknownCount, "unknown: not seen or not read, now or before"],
  ];
  const told = parts.filter(([count]) => count > 0);
  return told.length === 0
    ? "none"
    : told.map(([count, what]) => `${countText(count)} ${what}`).join(", ");
}

const minFilesText = (count: number): string => `at least ${plural(count, "file")}`;

const missedFact = ({ missedMinFiles }: { missedMinFiles: number | undefined }): object =>
  missedMinFiles === undefined ? {} : { missed: { min_files: missedMinFiles } };

const REASONS: Readonly<Record<string, string>> = {
  excluded: "by exclude",
  ignored: "by ignore files",
  marked: "by exclude_if_present",
  fifo: "FIFO",
  socket: "socket",
  device: "device",
  mount: "other file system",
  own_data: "bsv's own data",
  unknown_kind: "of unknown kind",
};

/** Mounts are named: what is not looked at should be no surprise later. */
const MAX_NAMED_MOUNTS = 20;

function skippedText(skipped: Readonly<Record<string, number>>, mounts: readonly string[]) {
  const parts = Object.entries(skipped).map(([reason, count]) => {
    const named = reason === "mount" ? `: ${mountsText(mounts)}` : "";
    return `${countText(count)} ${REASONS[reason] ?? reason}${named}`;
  });
  return parts.length === 0 ? undefined : parts.join(", ");
}

function mountsText(mounts: readonly string[]): string {
  const named = mounts.slice(0, MAX_NAMED_MOUNTS).map((path) => printable(path));
  return [...named, ...(mounts.length > named.length ? ["…"] : [])].join(" ");
}

function lostRoots(roots: readonly RootState[], { red }: Colours): [string, string][] {
  return roots
    .filter((root) => root.state !== "ok")
    .map(({ path, state }) => ["root", `${printable(path)} ${red(`is ${state}`)}`]);
}

/** One line of words without spaces, the same in every version: for `grep` and `awk`. */
function grepLine({ row, header, outcome, isComplete }: ScanSummary): string {
  const { read_count: read = 0, carried_count: carried = 0, skipped = {} } = header.summary;
  const status = outcome.corruptedCount > 0 ? "corrupted" : isComplete ? "ok" : "incomplete";
  const facts = {
    scan: `${row.machineId}/${row.setName}`,
    status,
    snapshot: row.snapshotId,
    files: row.fileCount,
    bytes: row.totalSizeBytes,
    added: outcome.addedCount,
    modified: outcome.modifiedCount,
    touched: outcome.touchedCount,
    removed: outcome.removedCount,
    unknown: outcome.unknownCount,
    corrupted: outcome.corruptedCount,
    read,
    carried,
    skipped: Object.values(skipped).reduce((sum, count) => sum + count, 0),
    errors: row.errorCount,
  };
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
