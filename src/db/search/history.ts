// The history of one path, and everywhere a content is or was: both are walks along an index over versions.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId, seenText } from "#db/owned.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { checksumValue, entryOf, OPEN_MS, VERSION_COLUMNS, type VersionRow } from "#db/version.ts";

/** An entry as it stood from one snapshot until, not including, another. */
export interface PathVersion {
  /** The first snapshot that has it; of what the oldest has, maybe a moment before. */
  fromMs: number;
  /** The first later one that lacks it; null while there is none. */
  toMs: number | null;
  entry: Entry;
}

export interface ChecksumHolder extends PathVersion, SetName {}

/** All versions of a path, oldest first; as a file and as a folder that could not be listed. */
export async function pathHistory(
  scope: Scope,
  set: SetName,
  path: string,
  page: Page,
): Promise<Paged<PathVersion>> {
  const [afterMs] = placeOf(page, [0]) ?? [-1];
  const rows = await view(scope, (database) => {
    const setId = findSetId(scope, set);
    if (setId === undefined) return [];
    return versionsOfPath(database, setId, path, afterMs!, page.limit + 1);
  });
  return paged(rows, page, (row) => [row.fromMs]);
}

/** Every version, in one set or in all, whose content has this checksum. */
export async function findChecksum(
  scope: Scope,
  checksum: string,
  { set }: { set?: SetName | undefined },
  page: Page,
): Promise<Paged<ChecksumHolder>> {
  const [afterSet, afterId] = placeOf(page, [0, 0]) ?? [0, 0];
  const rows = await view(scope, (database) => {
    const setId = set === undefined ? null : findSetId(scope, set);
    if (setId === undefined) return [];
    const value = checksumValue(checksum);
    const prefix = value.slice(0, 8);
    const rows =
      setId === null
        ? database
            .prepare<HolderRow, SqlValue[]>(HOLDERS(seenText(scope, "b.machine_id")))
            .all(prefix, value, page.limit + 1, afterSet!, afterId!)
        : database
            .query<HolderRow, SqlValue[]>(HOLDERS_OF_SET)
            .all(prefix, value, page.limit + 1, setId, afterId!);
    return rows.map((row) => ({
      place: [row.set_id, row.version_id],
      holder: { ...versionOf(row), machineId: row.machine_id, setName: row.backupset_name },
    }));
  });
  const { rows: kept, nextCursor } = paged(rows, page, (row) => row.place);
  return { rows: kept.map((row) => row.holder), nextCursor };
}

/** For this room: versions of a path from after a time on, by time. Call inside a transaction. */
export function versionsOfPath(
  database: Database,
  setId: number,
  path: string,
  afterMs: number,
  limit: number,
): PathVersion[] {
  const find = database.query<PathedRow, [number, Uint8Array, Uint8Array, number, number]>(HISTORY);
  return [false, true]
    .flatMap((isFolder) => {
      const { folder, name } = keyOfPath(path, isFolder);
      return find.all(setId, pathBytes(folder), pathBytes(name), afterMs, limit);
    })
    .map(versionOf)
    .sort((a, b) => a.fromMs - b.fromMs)
    .slice(0, limit);
}

/** For this room: versions of a set that have a checksum, from after a version on. Call inside a transaction. */
export function holdersOfSet(
  database: Database,
  setId: number,
  checksum: string,
  afterId: number,
  limit: number,
): { versionId: number; version: PathVersion }[] {
  const value = checksumValue(checksum);
  return database
    .query<HolderRow, SqlValue[]>(HOLDERS_OF_SET)
    .all(value.slice(0, 8), value, limit, setId, afterId)
    .map((row) => ({ versionId: row.version_id, version: versionOf(row) }));
}

/** The statements, for the test that pins their plans. */
export const HISTORY_SQL = () => ({ HISTORY, HOLDERS: HOLDERS(), HOLDERS_OF_SET });

// --- internal ---

type SqlValue = number | string | Uint8Array;

/** A version and its folder's path. */
type PathedRow = VersionRow & { path: Uint8Array };

type HolderRow = PathedRow & { machine_id: string; backupset_name: string; set_id: number };

function versionOf(row: PathedRow): PathVersion {
  return {
    fromMs: row.from_ms,
    toMs: row.to_ms === OPEN_MS ? null : row.to_ms,
    entry: entryOf(row, pathText(row.path)),
  };
}

const HISTORY = `
  SELECT ${VERSION_COLUMNS}, f.path FROM folders f INDEXED BY folders_by_path
  CROSS JOIN versions v INDEXED BY versions_by_name ON v.folder_id = f.folder_id
  WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND v.from_ms > ?4
  ORDER BY v.from_ms LIMIT ?5`;

// Only a checksum's first 8 bytes are indexed (docs/decisions/0101-versions.md); the rest is compared.
const holders = (place: string, order: string): string => `
  SELECT ${VERSION_COLUMNS}, f.path, b.machine_id, b.backupset_name, v.set_id
  FROM versions v INDEXED BY versions_by_checksum
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  CROSS JOIN backupsets b ON b.set_id = v.set_id
  WHERE substr(v.checksum, 1, 8) = ?1 AND v.checksum IS NOT NULL AND v.checksum = ?2 AND ${place}
  ORDER BY ${order} LIMIT ?3`;
const HOLDERS = (seen = "true"): string =>
  holders(`(v.set_id, v.version_id) > (?4, ?5) AND ${seen}`, "v.set_id, v.version_id");
const HOLDERS_OF_SET = holders("v.set_id = ?4 AND v.version_id > ?5", "v.version_id");
