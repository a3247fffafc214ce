// A snapshot's entries as CSV (RFC 4180), all facts of them, for spreadsheets and databases. In paths and targets `%`, control
// characters, bytes that are not UTF-8, and a first character that a spreadsheet takes for a formula are percent-encoded: nothing in
// a cell is ever run, and nothing is lost.
import { microseconds } from "#core/entry-json.ts";
import type { EntryType } from "#core/entry.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { algorithmOfLength, sumAt, type SumLine, type SumsReader } from "./sum.ts";
import type { SumsWriter } from "./writer.ts";

const COLUMNS = ["path", "type", "target", "size", "mtime", "inode", "checksum", "error"] as const;

export const csvWriter: SumsWriter = {
  omits: [],
  start: () => `${COLUMNS.join(",")}\r\n`,
  line({ path, type, target, sizeBytes, mtimeUs, inode, checksum, error }) {
    const seconds = mtimeUs === null ? "" : String(mtimeUs / 1e6);
    const facts = [type, target === null ? "" : encoded(target), sizeBytes ?? "", seconds];
    const cells = [encoded(path), ...facts, inode ?? "", checksum ?? "", encoded(error ?? "")];
    return `${cells.map(cell).join(",")}\r\n`;
  },
};

export function csvReader(): SumsReader {
  let columns: string[] | undefined;
  let open: { text: string; line: number } | undefined;
  return {
    read(bytes, line) {
      const whole =
        open === undefined ? bytes.toString("latin1") : `${open.text}\n${bytes.toString("latin1")}`;
      const begun = open?.line ?? line;
      open = undefined;
      if (whole === "") return undefined;
      const cells = cellsOf(whole);
      if (cells === undefined) {
        open = { text: whole, line: begun };
        return whole.length < MAX_ROW ? undefined : { line: begun, problem: "is no row of cells" };
      }
      if (columns !== undefined) return sumOf(columns, cells, begun);
      columns = cells.map((name) => name.trim().toLowerCase());
      return columns.includes("path") ? undefined : { line, problem: "names no column `path`" };
    },
    finish: () => open && { line: open.line, problem: "a quoted cell does not end" },
  };
}

// --- internal ---

const MAX_ROW = 1 << 20;

function encoded(text: string): string {
  return text.replaceAll(/[%\p{Cc}\p{Cs}]/gu, percent).replace(/^[=+\-@]/, percent);
}

/** Every byte of a character: those of U+0080 to U+009F are two. */
function percent(character: string): string {
  const bytes = [...pathBytes(character)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function decoded(latin1: string): Buffer {
  const bytes = latin1.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1");
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The cells of a row; undefined if the last one, quoted, is still open. */
function cellsOf(row: string): string[] | undefined {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = pattern.exec(row);
    if (match === null) return undefined;
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === "") return cells;
  }
}

function sumOf(columns: readonly string[], cells: readonly string[], line: number): SumLine {
  if (cells.length !== columns.length) return { line, problem: `has ${cells.length} cells` };
  const told = (column: (typeof COLUMNS)[number]) => cells[columns.indexOf(column)] || null;
  const [size, mtime, inode, checksum] = [
    told("size"),
    told("mtime"),
    told("inode"),
    told("checksum"),
  ];
  const type = told("type") ?? "file";
  if (!TYPES.includes(type)) return { line, problem: "the type is none" };
  if (size !== null && !/^\d{1,15}$/.test(size)) return { line, problem: "the size is no number" };
  if (mtime !== null && !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(mtime)) {
    return { line, problem: "the mtime is no number" };
  }
  if (inode !== null && !/^\d{1,20}$/.test(inode))
    return { line, problem: "the inode is no number" };
  if (checksum !== null && !/^[0-9A-Fa-f]{4,128}$/.test(checksum)) {
    return { line, problem: "the checksum is none" };
  }
  const target = told("target");
  const error = told("error");
  return sumAt(decoded(told("path") ?? ""), {
    line,
    type: type as EntryType,
    target: target === null ? null : pathText(decoded(target)),
    sizeBytes: size === null ? null : Number(size),
    mtimeUs: mtime === null ? null : microseconds(Number(mtime)),
    inode: inode === null ? null : Number.isSafeInteger(Number(inode)) ? Number(inode) : inode,
    algorithm: checksum === null ? null : (algorithmOfLength(checksum.length) ?? null),
    checksum: checksum?.toLowerCase() ?? null,
    error: error === null ? null : pathText(decoded(error)),
  });
}

const TYPES: readonly string[] = ["file", "symlink", "dir", "other"];
