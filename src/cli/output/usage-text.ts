// Where the bytes are, as a table for people and as facts for programs.
import type { Amount, UsageKind, UsageRow } from "#core/usage.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { table, type Column } from "./table.ts";
import { bytesText, countText } from "./units.ts";

export function usageTable(
  rows: readonly UsageRow[],
  by: UsageKind,
  hasGrowth: boolean,
  colours: Colours,
): string[] {
  const columns: Column<UsageRow>[] = [
    { title: "SIZE", align: "right", text: ({ size }) => bytesText(size.bytes) },
    { title: "FILES", align: "right", text: ({ size }) => countText(size.files) },
    ...(hasGrowth ? GROWTH : []),
    ...(rows.some(({ unknown }) => unknown.files > 0) ? [UNKNOWN] : []),
    { title: by.toUpperCase(), text: ({ group }) => printable(group) },
  ];
  return table(rows, columns, colours);
}

// --- internal ---

const GROWTH: readonly Column<UsageRow>[] = [
  { title: "GROWTH", align: "right", text: ({ growth }) => signed(growth.bytes, bytesText) },
  { title: "FILES", align: "right", text: ({ growth }) => signed(growth.files, countText) },
  { title: "CHURN", align: "right", text: ({ churn }) => amountText(churn) },
];

/** Where one of the two snapshots could not look. */
const UNKNOWN: Column<UsageRow> = {
  title: "UNKNOWN",
  align: "right",
  text: ({ unknown }) => amountText(unknown),
};

const signed = (value: number, text: (value: number) => string): string =>
  value === 0 ? "0" : value > 0 ? `+${text(value)}` : `-${text(-value)}`;

const amountText = ({ bytes, files }: Amount): string =>
  files === 0 ? "0" : `${bytesText(bytes)} in ${countText(files)}`;
