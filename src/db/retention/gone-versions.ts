// Which versions would be gone for good if some snapshots of a set were deleted: those whose whole interval lies between two
// that stay, and that have no equal there. Found by where they begin, so only what began in deleted snapshots is looked at.
import type { Database } from "bun:sqlite";
import { pathText } from "#core/path-bytes.ts";
import type { GoneVersion } from "#core/retention/gone-version.ts";
import { firstFrom } from "#core/sorted.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import { cursorOfPlace, MOST_BYTES, placeOf, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { BEGINNING_MS } from "#db/recording/timeline.ts";
import { KeptTwins } from "./kept-twins.ts";
import { entryOf, FILE, OPEN_MS, VERSION_COLUMNS, type VersionRow } from "#db/version.ts";

/** The snapshots of a set, by what would become of them; both in order of time. */
export interface Fates {
  keptMs: readonly number[];
  goingMs: readonly number[];
  /** Those among them that did not see all. */
  blindMs?: readonly number[];
}

/** A run of snapshots that go: from the first of them to the next one that stays. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
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
  const twins = new KeptTwins(fates);
  for (const gap of gapsOf(fates)) {
    const { n, bytes } = await view(scope, (database) =>
      database
        .query<{ n: number; bytes: number }, [number, number, number]>(COUNT)
        .get(setId, gap.fromMs, gap.toMs)!,
    );
    total.versions += n;
    total.bytes += bytes;
    for await (const rows of twins.within(scope, setId, gap)) {
      total.versions -= rows.length;
      for (const { type, size } of rows) if (type === FILE) total.bytes -= size ?? 0;
    }
  }
  return total;
}

/** One page, oldest first. It may be shorter than its limit, even empty, though the list goes on. */
export async function gonePage(
  scope: Scope,
  set: SetName,
  fates: Fates,
  page: Page,
): Promise<Paged<GoneVersion>> {
  const place = placeOf(page, [0, 0]) as Place | undefined;
  const { rows, next } = await goneBehind(scope, set, fates, place, page.limit);
  return { rows, nextCursor: next === undefined ? null : cursorOfPlace([...next]) };
}

/** All of them in pages, oldest first; each page is made of short reads. */
export async function* gonePages(
  scope: Scope,
  set: SetName,
  fates: Fates,
): AsyncGenerator<GoneVersion[]> {
  let place: Place | undefined;
  do {
    const { rows, next } = await goneBehind(scope, set, fates, place, PAGE_SIZE);
    if (rows.length > 0) yield rows;
    place = next;
  } while (place !== undefined);
}

/** For the test that pins the plans. */
export const GONE_SQL = () => ({ COUNT, GONE_REST, GONE_LATER, HOLDERS });

// --- internal ---

const PAGE_SIZE = 1000;
/** Versions looked up in one read: each asks where else its content is. */
const STEP = 100;
/** And for one page: a drive that was away may have millions that are not gone. */
const MOST_LOOKED = 5000;

/** Where a version begins, and its number. */
type Place = readonly [fromMs: number, versionId: number];

/** So many at most that come behind a place, fewer where their paths are long or few are gone; `next` is where to go on. */
async function goneBehind(
  scope: Scope,
  set: SetName,
  fates: Fates,
  place: Place | undefined,
  limit: number,
): Promise<{ rows: GoneVersion[]; next: Place | undefined }> {
  const rows: GoneVersion[] = [];
  const setId = findSetId(scope, set);
  if (setId === undefined) return { rows, next: undefined };
  const twins = new KeptTwins(fates);
  let [bytes, looked] = [0, 0];
  // Asked once for each content: a file that has thousands of copies would be asked for with each of them.
  const known = new Map<string, boolean | null>();
  for (const { fromMs, toMs } of gapsOf(fates)) {
    if (place !== undefined && place[0] >= toMs) continue;
    let after: Place = place !== undefined && place[0] >= fromMs ? place : [fromMs, 0];
    for (;;) {
      const step = Math.min(STEP, limit - rows.length);
      const { gone, count, last } = await view(scope, (database) => {
        const found = goneRows(database, setId, after, toMs, step);
        const apart = found.filter((row) => !twins.has(database, row));
        return {
          gone: apart.map((row) => ({
            entry: entryOf(row, pathText(row.path)),
            fromMs: Math.max(row.from_ms, fates.goingMs[0]!),
            isContentKept: isKeptOnce(row.checksum, known, () =>
              isKept(database, setId, row.checksum, fates.keptMs),
            ),
          })),
          count: found.length,
          last: found.at(-1),
        };
      });
      rows.push(...gone);
      for (const { entry } of gone) bytes += entry.path.length;
      if (last === undefined || count < step) break;
      after = [last.from_ms, last.version_id];
      looked += count;
      await Bun.sleep(0); // a server has others to answer
      if (rows.length >= limit || bytes > MOST_BYTES || looked >= MOST_LOOKED) {
        return { rows, next: after };
      }
    }
  }
  return { rows, next: undefined };
}

/** Runs of snapshots that go, each to the next one that stays; what the oldest has may begin before it. */
function gapsOf({ keptMs, goingMs }: Fates): Gap[] {
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
function goneRows(
  database: Database,
  setId: number,
  [afterMs, afterId]: Place,
  toMs: number,
  limit: number,
): Located[] {
  const rest = database.query<Located, number[]>(GONE_REST);
  const later = database.query<Located, number[]>(GONE_LATER);
  const rows = rest.all(setId, afterMs, toMs, afterId, limit);
  const missing = limit - rows.length;
  return missing === 0 ? rows : [...rows, ...later.all(setId, afterMs, toMs, missing)];
}

function isKeptOnce(
  checksum: Uint8Array | string | null,
  known: Map<string, boolean | null>,
  ask: () => boolean | null,
): boolean | null {
  const content =
    checksum === null || typeof checksum === "string" ? String(checksum) : checksum.toHex();
  const answer = known.has(content) ? known.get(content)! : ask();
  known.set(content, answer);
  return answer;
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
