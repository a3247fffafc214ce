// A version as the store keeps it: one entry, over the half-open interval of time in which every snapshot had it. Names
// and targets are raw bytes; what a column can't hold exactly as a number is kept as text.
import type { Entry, EntryType } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";

/** The columns of a version's entry, in the order of `VersionValues`. */
export const VERSION_COLUMNS =
  "v.version_id, v.folder_id, v.name, v.from_ms, v.to_ms, v.type, v.size, v.mtime_us, v.inode, v.checksum, v.target, v.error, v.ctime_us, v.device, v.read_at_ms";

/** A row of `VERSION_COLUMNS`. */
export type VersionValues = [
  versionId: number,
  folderId: number,
  name: Uint8Array,
  fromMs: number,
  toMs: number,
  type: number,
  size: number | null,
  mtimeUs: number | null,
  inode: number | string | null,
  checksum: Uint8Array | string | null,
  target: Uint8Array | null,
  error: string | null,
  ctimeUs: number | null,
  device: number | null,
  readAtMs: number | null,
];

/** `to_ms` of a version that no snapshot lacks yet. A number, not null, so that closing a version never makes its row longer. */
export const OPEN_MS = Number.MAX_SAFE_INTEGER;

/** The interval of a version `v` covers the moment that the parameter says. */
export const covers = (parameter: string): string =>
  `v.from_ms <= ${parameter} AND v.to_ms > ${parameter}`;

/** The entry of a row, in a folder whose path is known; `name` when that is known too. */
export function entryOf(row: VersionValues, folder: string, name = pathText(row[2])): Entry {
  const checksum = row[9];
  return {
    path: pathOfKey(folder, name),
    type: TYPES[row[5]]!,
    target: row[10] === null ? null : pathText(row[10]),
    sizeBytes: row[6],
    mtimeUs: row[7],
    inode: row[8],
    checksum: checksum === null || typeof checksum === "string" ? checksum : checksum.toHex(),
    error: row[11],
  };
}

/** An entry's own columns, as they are written: type, size, mtime_us, inode, checksum, target, error. */
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
    checksumValue(entry.checksum),
    entry.target === null ? null : pathBytes(entry.target),
    entry.error,
  ];
}

/** Hex of whole bytes is kept as bytes; foreign writers' hex of half a byte as text. */
export function checksumValue(checksum: string | null): Uint8Array | string | null {
  if (checksum === null || checksum.length % 2 === 1) return checksum;
  return Uint8Array.fromHex(checksum);
}

// --- internal ---

/** By the number that stands for it in the store. Only ever added to. */
const TYPES: readonly EntryType[] = ["file", "symlink", "dir", "other"];
