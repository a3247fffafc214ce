// A version as the store keeps it: one entry, over the half-open interval of time in which every snapshot had it. Names
// and targets are raw bytes; what a column can't hold exactly as a number is kept as text.
import type { Entry, EntryType } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

export const ENTRY_COLUMNS =
  "v.folder_id, v.name, v.type, v.size, v.mtime_us, v.inode, v.checksum, v.target, v.error";

/** A row of `ENTRY_COLUMNS`. */
export interface EntryRow {
  folder_id: number;
  name: Uint8Array;
  type: number;
  size: number | null;
  mtime_us: number | null;
  inode: number | string | null;
  checksum: Uint8Array | string | null;
  target: Uint8Array | null;
  error: string | null;
}

export const VERSION_COLUMNS = `${ENTRY_COLUMNS}, v.version_id, v.from_ms, v.to_ms`;

/** A row of `VERSION_COLUMNS`. */
export interface VersionRow extends EntryRow {
  version_id: number;
  from_ms: number;
  to_ms: number;
}

/** `to_ms` of a version that no snapshot lacks yet. A number, not null, so that closing a version never makes its row longer. */
export const OPEN_MS = Number.MAX_SAFE_INTEGER;

/** The interval of a version `v` covers the moment that the parameter says. */
export const covers = (parameter: string): string =>
  `v.from_ms <= ${parameter} AND v.to_ms > ${parameter}`;

/** The entry of a row, in a folder whose path is known; `name` when that is known too. */
export function entryOf(row: EntryRow, folder: string): Entry;
export function entryOf(row: Omit<EntryRow, "name">, folder: string, name: string): Entry;
export function entryOf(
  row: Omit<EntryRow, "name"> & { name?: Uint8Array },
  folder: string,
  name = pathText(row.name!),
): Entry {
  return entryAtPath(pathOfKey(folder, name), row);
}

/** The entry of a row whose path is known. */
export function entryAtPath(path: string, row: Omit<EntryRow, "name">): Entry {
  const { checksum, target } = row;
  return {
    path,
    type: TYPES[row.type]!,
    target: target === null ? null : pathText(target),
    sizeBytes: row.size,
    mtimeUs: row.mtime_us,
    inode: row.inode,
    checksum: checksum === null || typeof checksum === "string" ? checksum : checksum.toHex(),
    error: row.error,
  };
}

/** An entry's own values, as they are written: type, size, mtime_us, inode, checksum, target, error. */
export function valuesOf(
  entry: Entry,
): [
  number,
  number | null,
  number | null,
  number | string | null,
  Uint8Array | string | null,
  Uint8Array | null,
  string | null,
] {
  return [
    TYPES.indexOf(entry.type),
    entry.sizeBytes,
    entry.mtimeUs,
    entry.inode,
    entry.checksum === null ? null : checksumValue(entry.checksum),
    entry.target === null ? null : pathBytes(entry.target),
    entry.error,
  ];
}

/** Hex of whole bytes is kept as bytes; foreign writers' hex of half a byte as text. */
export function checksumValue(checksum: string): Uint8Array | string {
  return checksum.length % 2 === 1 ? checksum : Uint8Array.fromHex(checksum);
}

/** The type's number of a file. */
export const FILE = 0;

// --- internal ---

/** By the number that stands for it in the store. Only ever added to. */
const TYPES: readonly EntryType[] = ["file", "symlink", "dir", "other"];
