// Which versions would be gone for good if some snapshots of a set were deleted: those whose whole interval lies between two
// that stay. Found by where they begin, so only what began in deleted snapshots is looked at.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import { pathText } from "#core/path-bytes.ts";
import { firstFrom } from "#core/sorted.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";
import { BEGINNING_MS } from "#db/recording/timeline.ts";
import { entryOf, OPEN_MS, VERSION_COLUMNS, type VersionRow } from "#db/version.ts";

export interface GoneVersion {
  entry: Entry;
  /** The first snapshot that had it. */
  fromMs: number;
  /** Whether the set keeps this content elsewhere: at another path, or at another time. Null: it had no checksum. */
  isContentKept: boolean | null;
}

/** The snapshots of a set, by what would become of them; both in order of time. */
export interface Fates {
  keptMs: readonly number[];
  goingMs: readonly number[];
}

/** How many versions would be gone, and how many bytes their files had. */
export async function countGone(
  scope: Scope,
  set: SetName,
  fates: Fates,
): Promise<{ versions: number; bytes: number }> {
  const total = { versions: 0, bytes: 0 };
  const setId = findSetId(scope, set);
  if (setId === undefined) return total;
  for (const { fromMs, toMs } of gapsOf(fates)) {
    const { n, bytes } = await view(scope, (database) =>
      database
        .query<{ n: number; bytes: number }, [number, number, number]>(COUNT)
        .get(setId, fromMs, toMs)!,
    );
    total.versions += n;
    total.bytes += bytes;
  }
  return total;
}

/** All of them in pages, oldest first; each page is one short read. */
export async function* gonePages(
  scope: Scope,
  set: SetName,
  fates: Fates,
): AsyncGenerator<GoneVersion[]> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return;
  for (const { fromMs, toMs } of gapsOf(fates)) {
    let [afterMs, afterId] = [fromMs, 0];
    for (;;) {
      const rows = await view(scope, (database) =>
        gonePage(database, setId, [afterMs, afterId], toMs).map((row) => ({
          at: [row.from_ms, row.version_id] as const,
          gone: {
            entry: entryOf(row, pathText(row.path)),
            fromMs: Math.max(row.from_ms, fates.goingMs[0]!),
            isContentKept: isKept(database, setId, row.checksum, fates.keptMs),
          },
        })),
      );
      if (rows.length > 0) yield rows.map((row) => row.gone);
      if (rows.length < PAGE_SIZE) break;
      [afterMs, afterId] = rows.at(-1)!.at;
    }
  }
}

/** For the test that pins the plans. */
export const GONE_SQL = () => ({ COUNT, GONE_REST, GONE_LATER, HOLDERS });

// --- internal ---

const PAGE_SIZE = 1000;

/** Runs of snapshots that go, each to the next one that stays; what the oldest has may begin before it. */
function gapsOf({ keptMs, goingMs }: Fates): { fromMs: number; toMs: number }[] {
  const gaps = new Map<number, number>();
  let next = 0;
  for (const atMs of goingMs) {
    while (next < keptMs.length && keptMs[next]! < atMs) next++;
    const toMs = keptMs[next] ?? OPEN_MS;
    if (!gaps.has(toMs)) gaps.set(toMs, next === 0 ? BEGINNING_MS : atMs);
  }
  return [...gaps].map(([toMs, fromMs]) => ({ fromMs, toMs }));
}

type Located = VersionRow & { path: Uint8Array };

/** By beginning and number: first the rest of one beginning, then later ones, so that no row is passed twice. */
function gonePage(
  database: Database,
  setId: number,
  [afterMs, afterId]: readonly [number, number],
  toMs: number,
): Located[] {
  const rest = database.query<Located, number[]>(GONE_REST);
  const later = database.query<Located, number[]>(GONE_LATER);
  const rows = rest.all(setId, afterMs, toMs, afterId, PAGE_SIZE);
  const missing = PAGE_SIZE - rows.length;
  return missing === 0 ? rows : [...rows, ...later.all(setId, afterMs, toMs, missing)];
}

/** Whether some version with this content covers a snapshot that stays. */
function isKept(
  database: Database,
  setId: number,
  checksum: Uint8Array | string | null,
  keptMs: readonly number[],
): boolean | null {
  if (checksum === null) return null;
  const holders = database.query<
    { from_ms: number; to_ms: number },
    [Uint8Array | string, number, Uint8Array | string]
  >(HOLDERS);
  for (const { from_ms, to_ms } of holders.iterate(checksum.slice(0, 8), setId, checksum)) {
    const first = keptMs[firstFrom(keptMs, from_ms)];
    if (first !== undefined && first < to_ms) return true;
  }
  return false;
}

const COUNT = `
  SELECT count(*) AS n, coalesce(sum(CASE v.type WHEN 0 THEN v.size END), 0) AS bytes
  FROM versions v INDEXED BY versions_by_start
  WHERE v.set_id = ?1 AND v.from_ms >= ?2 AND v.from_ms < ?3 AND v.to_ms <= ?3`;

const GONE = `
  SELECT ${VERSION_COLUMNS}, f.path FROM versions v INDEXED BY versions_by_start
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE v.set_id = ?1 AND v.to_ms <= ?3`;
const GONE_REST = `${GONE} AND v.from_ms = ?2 AND v.version_id > ?4 ORDER BY v.version_id LIMIT ?5`;
const GONE_LATER = `${GONE} AND v.from_ms > ?2 AND v.from_ms < ?3 ORDER BY v.from_ms, v.version_id LIMIT ?4`;

const HOLDERS = `
  SELECT v.from_ms, v.to_ms FROM versions v INDEXED BY versions_by_checksum
  WHERE substr(v.checksum, 1, 8) = ?1 AND v.set_id = ?2 AND v.checksum IS NOT NULL AND v.checksum = ?3`;
