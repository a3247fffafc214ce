// How changes are told to people: a letter, a size, a path; then what it comes to. A glance must not take what nobody read for what
// is the same.
import {
  CHANGE_KINDS,
  changedBytes,
  type ChangeKind,
  type ChangeTally,
  type FileChange,
} from "#core/changes.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { table, type Column } from "./table.ts";
import { bytesText, countText } from "./units.ts";

/** What is known of the later side as a whole: nothing that differs not is equal without it. */
export interface Coverage {
  readonly fileCount: number;
  readonly errorCount: number;
  /** Files read and files not read; undefined where a foreign writer does not say. */
  readonly readCount: number | undefined;
  readonly unreadCount: number | undefined;
  /** Whether it was the disk itself, compared now. */
  readonly isDisk: boolean;
}

/** `?` is what must be asked about: the content differs, and nothing says that it was written. */
export const CHANGE_LETTERS: Readonly<Record<ChangeKind, string>> = {
  added: "+",
  removed: "-",
  modified: "M",
  touched: "T",
  moved: "R",
  copied: "C",
  corrupted: "?",
  unknown: "U",
};

/** `R   1.21 GiB  /old -> /new`: fixed columns, so that lists stream. */
export function changeText(change: FileChange, colours: Colours): string {
  const { kind, path, from, why } = change;
  const letter = paintOf(kind, colours)(CHANGE_LETTERS[kind]);
  const origin = from === null ? "" : `${printable(from)} -> `;
  const reason = why === null ? "" : `  ${colours.dim(`(${printable(why)})`)}`;
  return `${letter} ${rightmost(bytesText(changedBytes(change)))}  ${origin}${printable(path)}${reason}`;
}

/** What it comes to; `isFiltered` when only some changes were counted. */
export function changeSummaryText(
  tally: ChangeTally,
  to: Coverage,
  isFiltered: boolean,
  colours: Colours,
): string[] {
  const kinds = CHANGE_KINDS.filter((kind) => tally.counts[kind] > 0);
  const columns: Column<ChangeKind>[] = [
    {
      title: "",
      text: (kind) => CHANGE_LETTERS[kind],
      paint: (cell, kind) => paintOf(kind, colours)(cell),
    },
    { title: "", text: (kind) => kind },
    { title: "", align: "right", text: (kind) => countText(tally.counts[kind]) },
    { title: "", align: "right", text: (kind) => bytesText(tally.bytes[kind]) },
  ];
  return [
    ...(kinds.length === 0 ? ["no changes"] : table(kinds, columns, colours, true)),
    ...(isFiltered ? [] : sameText(tally, to)),
  ];
}

export function changeSummaryFacts(tally: ChangeTally, to: Coverage, isFiltered: boolean): object {
  return {
    counts: tally.counts,
    bytes: tally.bytes,
    ...(isFiltered
      ? {}
      : { unchanged: unchangedOf(tally, to), unreadable_in_both: blindOf(tally, to) }),
    ...(to.readCount === undefined ? {} : { read_count: to.readCount }),
    ...(to.unreadCount === undefined ? {} : { carried_count: to.unreadCount }),
  };
}

/** A folder's line of `--stat`. */
export function statTable(
  rows: readonly { folder: string; total: ChangeTally }[],
  colours: Colours,
): string[] {
  const kinds = CHANGE_KINDS.filter((kind) => rows.some(({ total }) => total.counts[kind] > 0));
  const columns: Column<(typeof rows)[number]>[] = [
    ...kinds.map((kind) => ({
      title: CHANGE_LETTERS[kind],
      align: "right" as const,
      text: ({ total }: { total: ChangeTally }) => countText(total.counts[kind]),
    })),
    {
      title: "BYTES",
      align: "right",
      text: ({ total }) =>
        bytesText(CHANGE_KINDS.reduce((sum, kind) => sum + total.bytes[kind], 0)),
    },
    { title: "FOLDER", text: ({ folder }) => printable(folder) },
  ];
  return table(rows, columns, colours);
}

// --- internal ---

/** In a column of nine; padStart takes ten times as long, which shows in a million lines. */
const rightmost = (text: string): string => (PADDING[9 - text.length] ?? "") + text;
const PADDING = Array.from({ length: 10 }, (_, count) => " ".repeat(count));

const blindOf = (tally: ChangeTally, to: Coverage): number => to.errorCount - tally.laterErrorCount;

const unchangedOf = (tally: ChangeTally, to: Coverage): number =>
  to.fileCount - tally.laterCount - blindOf(tally, to);

/** Equal in what was recorded; how much of it was read is another question. */
function sameText(tally: ChangeTally, to: Coverage): string[] {
  const { readCount: read, unreadCount: unread, isDisk } = to;
  const how =
    read === undefined || unread === undefined
      ? "the later snapshot does not say which checksums were read"
      : unread === 0
        ? isDisk
          ? "all of them were read"
          : "the later snapshot read them all"
        : isDisk
          ? `size, mtime and inode are as recorded; ${countText(read)} files were read, ${countText(unread)} were not`
          : `the later snapshot read ${countText(read)} files and carried ${countText(unread)} checksums unread`;
  const blind = blindOf(tally, to);
  return [
    `${countText(unchangedOf(tally, to))} unchanged: ${how}`,
    ...(blind === 0 ? [] : [`${countText(blind)} unreadable in both: not compared`]),
  ];
}

function paintOf(kind: ChangeKind, colours: Colours): (text: string) => string {
  switch (kind) {
    case "added":
      return colours.green;
    case "removed":
      return colours.red;
    case "modified":
      return colours.yellow;
    case "touched":
      return colours.dim;
    case "moved":
    case "copied":
      return colours.cyan;
    case "corrupted":
      return (text) => colours.bold(colours.red(text));
    case "unknown":
      return colours.magenta;
  }
}
