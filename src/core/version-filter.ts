// Which versions of files somebody looks for; all that is asked must fit.
import type { Entry } from "./entry.ts";

export interface VersionFilter {
  /** Hex, lower case. */
  readonly checksum?: string | undefined;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Of the file itself: not before, not after. */
  readonly mtimeFromMs?: number | undefined;
  readonly mtimeToMs?: number | undefined;
}

export function versionFits(filter: VersionFilter, entry: Entry): boolean {
  const { checksum, minBytes, maxBytes, mtimeFromMs, mtimeToMs } = filter;
  if (checksum !== undefined && entry.checksum !== checksum) return false;
  if (minBytes !== undefined || maxBytes !== undefined) {
    if (entry.type !== "file" || entry.sizeBytes === null) return false;
    if (entry.sizeBytes < (minBytes ?? 0) || entry.sizeBytes > (maxBytes ?? Infinity)) return false;
  }
  if (mtimeFromMs === undefined && mtimeToMs === undefined) return true;
  if (entry.mtimeUs === null) return false;
  const ms = Math.floor(entry.mtimeUs / 1000);
  return ms >= (mtimeFromMs ?? -Infinity) && ms <= (mtimeToMs ?? Infinity);
}
