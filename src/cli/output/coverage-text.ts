// How coverage is told: copies and what each proves, how many files have how many, and what has too few; and whether a path may go.
import type { CopyTally, Covered, Uncovered } from "#jobs/verify/coverage.ts";
import type { Safety, Unsafe } from "#jobs/verify/safe-to-delete.ts";
import { entryLine } from "#core/entry.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { table } from "./table.ts";
import { ageText, bytesText, countText, durationText, plural } from "./units.ts";

export interface Objective {
  readonly minCopies: number;
  readonly minPlaces: number;
  readonly maxAgeText: string;
}

const atText = (ms: number | null): string | null => (ms === null ? null : timestampText(ms));

export function coverageFacts(covered: Covered): object {
  const { files, bytes, notCounted, byCopies, copies, missing, isMet } = covered;
  return {
    met: isMet,
    files,
    bytes,
    not_counted: notCounted,
    by_copies: byCopies,
    copies: copies.map((one) => ({
      copy: one.copy,
      target: one.target,
      place: one.place,
      last_verified_at: atText(one.lastAtMs),
      files: one.files,
      bytes: one.bytes,
      oldest_at: atText(one.oldestAtMs),
      stale: one.stale,
      restore_ms: one.restore?.ms ?? null,
      drilled_at: atText(one.restore?.drillAtMs ?? null),
    })),
    missing,
  };
}

export function uncoveredFacts({ entry, copies, places, lastAtMs }: Uncovered): object {
  return {
    entry: JSON.parse(entryLine(entry)) as object,
    copies,
    places,
    last_verified_at: atText(lastAtMs),
  };
}

export function uncoveredText(
  { entry, copies, places, lastAtMs }: Uncovered,
  nowMs: number,
): string {
  const last = lastAtMs === null ? "never read anywhere" : `last read ${ageText(lastAtMs, nowMs)}`;
  const where = places === copies ? "" : ` in ${plural(places, "place")}`;
  return `  ${plural(copies, "copy", "copies")}${where}, ${last}: ${printable(entry.path)}`;
}

export function coverageText(
  covered: Covered,
  { minCopies, minPlaces, maxAgeText }: Objective,
  nowMs: number,
  colours: Colours,
): string[] {
  const { files, bytes, notCounted, byCopies, copies, missing, isMet } = covered;
  const share = files === 0 ? "" : ` of ${plural(files, "file")}, ${bytesText(bytes)}`;
  const met = files === 0 ? "nothing to count" : "met";
  const verdict = isMet
    ? met
    : colours.red(`missed by ${plural(missing.files, "file")} (${bytesText(missing.bytes)})`);
  return [
    ...(copies.length === 0 ? ["Nothing of it was ever verified: see bsv verify"] : []),
    ...table(
      copies,
      [
        { title: "COPY", text: ({ copy, target }) => printable(copy ?? `source ${target}`) },
        { title: "PLACE", text: ({ place }) => printable(place) },
        { title: "LAST VERIFIED", text: ({ lastAtMs }) => ageText(lastAtMs, nowMs) },
        { title: "FILES", align: "right", text: ({ files: own }) => countText(own) },
        { title: "SIZE", align: "right", text: ({ bytes: own }) => bytesText(own) },
        { title: "TOO OLD", align: "right", text: ({ stale }) => countText(stale) },
        { title: "RESTORE", text: (one) => restoreText(one, nowMs) },
      ],
      colours,
    ),
    ...byCopies.map(
      ({ copies: count, files: own, bytes: size }) =>
        `${plural(own, "file")} (${bytesText(size)}) with ${plural(count, "copy", "copies")}`,
    ),
    ...(notCounted === 0
      ? []
      : [
          `${plural(notCounted, "entry", "entries")} without a content to count (links, unread folders)`,
        ]),
    `objective: ${plural(minCopies, "copy", "copies")} in ${plural(minPlaces, "place")}, each read within ${maxAgeText}: ${verdict}${share}`,
  ];
}

/** `about 3:05:00, by the drill 12 days ago`. */
function restoreText({ copy, restore }: CopyTally, nowMs: number): string {
  if (restore === null) return copy === null ? "" : "never tried";
  return `about ${durationText(restore.ms)}, by the drill ${ageText(restore.drillAtMs, nowMs)}`;
}

export function safetyFacts(safety: Safety): object {
  return {
    safe: safety.isSafe,
    files: safety.files,
    bytes: safety.bytes,
    unsafe_files: safety.unsafeFiles,
    unsafe_bytes: safety.unsafeBytes,
    not_files: safety.others,
    counted: safety.counted.map(({ copy, files, oldestAtMs }) => ({
      copy,
      files,
      oldest_at: atText(oldestAtMs),
    })),
    not_counted: safety.notCounted,
  };
}

export const unsafeText = ({ path, why }: Unsafe): string =>
  `  ${printable(path)}: ${printable(why)}`;

export function safetyText(
  path: string,
  safety: Safety,
  maxAgeText: string,
  nowMs: number,
  colours: Colours,
): string[] {
  const { isSafe, files, bytes, unsafeFiles, unsafeBytes, others, counted, notCounted } = safety;
  const what = `${plural(files, "file")}, ${bytesText(bytes)}`;
  return [
    ...counted.map(({ copy, files: own, oldestAtMs }) => {
      const age = oldestAtMs === null ? "" : `, the oldest proof ${ageText(oldestAtMs, nowMs)}`;
      return `${printable(copy)}: ${plural(own, "file")} of it${age}`;
    }),
    ...notCounted.map(({ copy, why }) => `${printable(copy)}: not counted, ${printable(why)}`),
    ...(others === 0
      ? []
      : [
          `${plural(others, "link or special file", "links and special files")}: nothing is said of them`,
        ]),
    isSafe
      ? `${colours.bold("yes")}: each byte below ${printable(path)} was read now (${what}) and read elsewhere within ${maxAgeText}`
      : `${colours.red(colours.bold("no"))}: of ${what} below ${printable(path)}, ${countText(unsafeFiles)} (${bytesText(unsafeBytes)}) are not proven elsewhere within ${maxAgeText}`,
  ];
}
