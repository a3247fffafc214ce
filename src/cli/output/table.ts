// Aligned columns for people. As wide as their widest cell; numbers to the right; the last column is never padded.
import type { Colours } from "./colour.ts";

export interface Column<T> {
  readonly title: string;
  readonly align?: "left" | "right";
  /** The text of a cell, names already `printable`. */
  readonly text: (row: T) => string;
  readonly paint?: (cell: string, row: T) => string;
}

/** A line for each row, below a heading unless this is a further page. No rows: no lines. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  colours: Colours,
  isFurther = false,
): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((line) => Bun.stringWidth(line[at]!))),
  );
  const pad = (text: string, at: number): string => {
    const gap = " ".repeat(widths[at]! - Bun.stringWidth(text));
    if (columns[at]!.align === "right") return gap + text;
    return at === columns.length - 1 ? text : text + gap;
  };
  const heading = columns.map((column, at) => pad(column.title, at)).join("  ");
  const body = cells.map((line, index) =>
    line
      .map((cell, at) => {
        const padded = pad(cell, at);
        return columns[at]!.paint?.(padded, rows[index]!) ?? padded;
      })
      .join("  ")
      .trimEnd(),
  );
  return isFurther ? body : [colours.dim(heading.trimEnd()), ...body];
}
