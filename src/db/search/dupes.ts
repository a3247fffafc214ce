// Duplicates among the files of some snapshots, by the index over checksums: a content that stands there once is passed by without
// its row being read. In short steps, for others want to read too; the versions of one content are always read in one.
import type { Database } from "bun:sqlite";
import { compareGroups, groupOf, type Copy, type DuplicateGroup, type Place } from "#core/dupes.ts";
import { pathOfKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId, isSetSeen } from "#db/owned.ts";
import { Remembered } from "#db/remembered.ts";
import { repeatedPrefixes, type Prefix } from "./repeated-prefixes.ts";
import type { Scope } from "#db/scope.ts";
import { storeState } from "#db/store-state.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

export interface DuplicateWish {
  /** One content counts wherever it is; else only within a set. */
  readonly isAcross: boolean;
  readonly minBytes: number;
}

export interface Duplicates {
  /** Most to reclaim first. */
  readonly groups: readonly DuplicateGroup[];
  /** Files without content: of no use to count as duplicates. */
  readonly emptyFiles: number;
}

/** All groups in these snapshots, which are of different sets. */
export function findDuplicates(
  scope: Scope,
  snapshots: readonly SnapshotRow[],
  wish: DuplicateWish,
): Promise<Duplicates> {
  const { database } = scope.store;
  // The numbers of versions change when snapshots come and go.
  const ids = snapshots.map(({ snapshotId }) => snapshotId).join(" ");
  const key = `${storeState(database)} ${wish.isAcross} ${wish.minBytes} ${ids}`;
  return remembered.get(scope, key, () => groupAll(scope, snapshots, wish));
}
/** Where files are, by machine, set and path; at most `limit` of them. Knows each folder and set once it met them. */
export class Places {
  readonly #scope: Scope;
  readonly #folders = new Map<number, string>();
  readonly #sets = new Map<number, SetName>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  of(versionIds: readonly number[], limit = Infinity): Promise<Place[]> {
    return view(this.#scope, (database) => {
      const find = database.query<PlaceRow, [number]>(PLACE);
      const places = versionIds.slice(0, limit).flatMap((id) => {
        const row = find.get(id);
        return row === null || !this.#isSeen(row.set_id) ? [] : [this.#place(database, row)];
      });
      return places.sort(byPlace);
    });
  }

  #isSeen(setId: number): boolean {
    return this.#sets.has(setId) || isSetSeen(this.#scope, setId);
  }

  #place(database: Database, row: PlaceRow): Place {
    let folder = this.#folders.get(row.folder_id);
    if (folder === undefined) {
      const found = database.query<{ path: Uint8Array }, [number]>(FOLDER).get(row.folder_id)!;
      folder = pathText(found.path);
      this.#folders.set(row.folder_id, folder);
    }
    let set = this.#sets.get(row.set_id);
    if (set === undefined) {
      set = database.query<SetName, [number]>(SET).get(row.set_id)!;
      this.#sets.set(row.set_id, set);
    }
    return {
      machineId: set.machineId,
      setName: set.setName,
      path: pathOfKey(folder, pathText(row.name)),
      versionId: row.version_id,
      sizeBytes: row.size,
      inode: row.inode,
      mtimeUs: row.mtime_us,
      checksum: checksumText(row.checksum),
    };
  }
}

/** For this room: the moments of snapshots by the number of their set. */
export function momentsOf(
  scope: Scope,
  snapshots: readonly SnapshotRow[],
): Map<number, { atMs: number; machineId: string }> {
  return new Map(
    snapshots.flatMap((row) => {
      const setId = findSetId(scope, row);
      const moment = { atMs: row.timestampMs, machineId: row.machineId };
      return setId === undefined ? [] : [[setId, moment] as const];
    }),
  );
}

/** For the test that pins the plans. */
export const DUPES_SQL = () => ({ COPIES, PLACE, FOLDER, SET });

// --- internal ---

/** Who looks at duplicates asks page by page: some 20 MB at most. */
const remembered = new Remembered<Duplicates>(
  4,
  ({ groups }) => groups.reduce((sum, { versionIds }) => sum + versionIds.length, 0) <= 50_000,
);

async function groupAll(
  scope: Scope,
  snapshots: readonly SnapshotRow[],
  { isAcross, minBytes }: DuplicateWish,
): Promise<Duplicates> {
  const moments = momentsOf(scope, snapshots);
  const places = new Places(scope);
  const groups: DuplicateGroup[] = [];
  let emptyFiles = 0;
  for await (const rows of copyPages(scope)) {
    const byContent = new Map<string, { row: CopyRow; copy: Copy }[]>();
    for (const row of rows) {
      const moment = moments.get(row.set_id);
      if (moment === undefined || row.from_ms > moment.atMs || row.to_ms <= moment.atMs) continue;
      if (row.size === 0) emptyFiles++;
      if (row.size < Math.max(1, minBytes)) continue;
      const key = `${checksumText(row.checksum)}/${row.size}${isAcross ? "" : `/${row.set_id}`}`;
      const copy = {
        versionId: row.version_id,
        machineId: moment.machineId,
        inode: row.inode,
        mtimeUs: row.mtime_us,
      };
      const known = byContent.get(key);
      if (known === undefined) byContent.set(key, [{ row, copy }]);
      else known.push({ row, copy });
    }
    for (const same of isAcross ? byContent.values() : inOrderOfSets(byContent, moments)) {
      if (same.length < 2) continue;
      const { checksum, size } = same[0]!.row;
      const copies = same.map(({ copy }) => copy);
      let group = groupOf(checksumText(checksum), size, copies);
      if (group !== undefined && !areOfOneSetEach(same)) {
        group = groupOf(checksumText(checksum), size, await withPaths(copies, places));
      }
      if (group !== undefined) groups.push(group);
    }
  }
  return { groups: groups.sort(compareGroups), emptyFiles };
}

/** Whether no machine has them in two of its sets. */
function areOfOneSetEach(same: readonly { readonly row: CopyRow; readonly copy: Copy }[]): boolean {
  const sets = new Map<string, number>();
  for (const { row, copy } of same) {
    const setId = sets.get(copy.machineId);
    if (setId === undefined) sets.set(copy.machineId, row.set_id);
    else if (setId !== row.set_id) return false;
  }
  return true;
}

async function withPaths(copies: readonly Copy[], places: Places): Promise<Copy[]> {
  const found = await places.of(copies.map(({ versionId }) => versionId));
  const paths = new Map(found.map(({ versionId, path }) => [versionId, path]));
  return copies.map((copy) => ({ ...copy, path: paths.get(copy.versionId) }));
}

/** The files of contents that stand in more than one version, and of the empty one; each content's together. */
async function* copyPages(scope: Scope): AsyncGenerator<CopyRow[]> {
  let yieldedAt = performance.now();
  for await (const prefixes of repeatedPrefixes(scope)) {
    let start = 0;
    do {
      const from = start;
      const { rows, end } = await view(scope, (database) => copiesFrom(database, prefixes, from));
      yield rows;
      start = end;
      if (performance.now() - yieldedAt < BUSY_MS) continue;
      await Bun.sleep(0);
      yieldedAt = performance.now();
    } while (start < prefixes.length);
  }
}

function copiesFrom(
  database: Database,
  prefixes: readonly Prefix[],
  start: number,
): { rows: CopyRow[]; end: number } {
  const find = database.query<CopyRow, [Prefix]>(COPIES);
  const rows: CopyRow[] = [];
  let end = start;
  while (end < prefixes.length && rows.length < ROWS_TOGETHER) {
    for (const row of find.all(prefixes[end++]!)) rows.push(row);
  }
  return { rows, end };
}

interface CopyRow {
  version_id: number;
  set_id: number;
  from_ms: number;
  to_ms: number;
  size: number;
  mtime_us: number | null;
  inode: number | string | null;
  checksum: Uint8Array | string;
}

interface PlaceRow extends Omit<CopyRow, "from_ms" | "to_ms"> {
  folder_id: number;
  name: Uint8Array;
}

/** How long others may be kept waiting; a pause costs a millisecond by itself. */
const BUSY_MS = 10;
/** Some 5 ms' worth. */
const ROWS_TOGETHER = 1000;

/** What has one content in several sets is told in the order in which the sets were asked about. */
function inOrderOfSets<T extends { readonly row: CopyRow }>(
  byContent: ReadonlyMap<string, T[]>,
  moments: ReadonlyMap<number, unknown>,
): T[][] {
  const places = new Map([...moments.keys()].map((setId, nr) => [setId, nr]));
  const placeOf = (same: readonly T[]): number => places.get(same[0]!.row.set_id)!;
  return [...byContent.values()].sort((a, b) => placeOf(a) - placeOf(b));
}

const COPIES = `
  SELECT v.version_id, v.set_id, v.from_ms, v.to_ms, v.size, v.mtime_us, v.inode, v.checksum
  FROM versions v INDEXED BY versions_by_checksum
  WHERE substr(v.checksum, 1, 8) = ? AND v.checksum IS NOT NULL
    AND v.type = 0 AND v.error IS NULL AND v.size IS NOT NULL`;

const PLACE = `
  SELECT version_id, set_id, folder_id, name, size, mtime_us, inode, checksum FROM versions WHERE version_id = ?`;
const FOLDER = "SELECT path FROM folders WHERE folder_id = ?";
const SET =
  "SELECT machine_id AS machineId, backupset_name AS setName FROM backupsets WHERE set_id = ?";

const checksumText = (checksum: Uint8Array | string): string =>
  typeof checksum === "string" ? checksum : checksum.toHex();

function byPlace(a: Place, b: Place): number {
  if (a.machineId !== b.machineId) return a.machineId < b.machineId ? -1 : 1;
  if (a.setName !== b.setName) return a.setName < b.setName ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
