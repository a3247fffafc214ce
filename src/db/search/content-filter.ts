// When a set had something: a checksum, a path, a path that fits a pattern. Asked of the versions, whose intervals say
// when; read in short steps, so that a thread that also serves others can.
import { parseGlob, type Glob } from "#core/glob.ts";
import { pathOfKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import { versionsOfPath } from "./history.ts";
import { Intervals, type Interval } from "#db/intervals.ts";
import type { Scope } from "#db/scope.ts";
import { checksumValue, OPEN_MS, type VersionRow } from "#db/version.ts";
import { walkOf, walkPage } from "#db/walk.ts";

export interface ContentFilter {
  /** Hex: some file has this content. */
  checksum?: string | undefined;
  /** Some entry has this path. */
  path?: string | undefined;
  /** Some entry's path fits this pattern: see core/glob.ts. */
  pathGlob?: string | undefined;
}

/** When an entry of the set fitted all that is asked; undefined when nothing is. */
export async function whenFitting(
  scope: Scope,
  setId: number,
  { checksum, path, pathGlob }: ContentFilter,
): Promise<Interval[] | undefined> {
  const glob = pathGlob === undefined ? undefined : parseGlob(pathGlob);
  const fits = (candidate: string): boolean =>
    (path === undefined || candidate === path) && (glob?.matches(candidate) ?? true);
  if (checksum !== undefined) return whenHeld(scope, setId, checksum, fits);
  if (path !== undefined) return fits(path) ? whenThere(scope, setId, path) : [];
  if (glob?.isExact === true) return whenThere(scope, setId, glob.prefix);
  return glob && whenMatched(scope, setId, glob);
}

/** The statements, for the test that pins their plans. */
export const CONTENT_SQL = () => ({ HELD });

// --- internal ---

/** Rows looked at in one go: a few milliseconds. */
const STEP = 5_000;

type Held = Pick<VersionRow, "version_id" | "from_ms" | "to_ms" | "name"> & { path: Uint8Array };

const HELD = `
  SELECT v.version_id, v.from_ms, v.to_ms, v.name, f.path
  FROM versions v INDEXED BY versions_by_checksum CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE substr(v.checksum, 1, 8) = ?1 AND v.checksum IS NOT NULL AND v.checksum = ?2
    AND v.set_id = ?3 AND v.version_id > ?4
  ORDER BY v.version_id LIMIT ${STEP}`;

async function whenHeld(
  scope: Scope,
  setId: number,
  checksum: string,
  fits: (path: string) => boolean,
): Promise<Interval[]> {
  const value = checksumValue(checksum);
  const found = new Intervals();
  for (let last = 0; ;) {
    const rows = await view(scope, (database) =>
      database
        .query<Held, [typeof value, typeof value, number, number]>(HELD)
        .all(value.slice(0, 8), value, setId, last),
    );
    for (const row of rows) {
      const path = pathOfKey(pathText(row.path), pathText(row.name));
      if (fits(path)) found.add(row.from_ms, row.to_ms);
      last = row.version_id;
    }
    if (rows.length < STEP) return found.joined();
    await Bun.sleep(0);
  }
}

async function whenThere(scope: Scope, setId: number, path: string): Promise<Interval[]> {
  const found = new Intervals();
  for (let last = -1; ;) {
    const rows = await view(scope, (database) => versionsOfPath(database, setId, path, last, STEP));
    for (const row of rows) found.add(row.fromMs, row.toMs ?? OPEN_MS);
    if (rows.length < STEP) return found.joined();
    last = rows.at(-1)!.fromMs;
  }
}

const EVERY_VERSION = walkOf<VersionRow>("true", ["version_id", "from_ms", "to_ms"]);

/** Walks all versions from where the pattern's matches can begin to where they end. */
async function whenMatched(scope: Scope, setId: number, glob: Glob): Promise<Interval[]> {
  const found = new Intervals();
  const root = glob.prefix.slice(0, glob.prefix.lastIndexOf("/") + 1);
  let after = root === "" ? undefined : { folder: root, name: "", fromMs: -1 };
  for (;;) {
    const page = await view(scope, (database) =>
      walkPage(database, EVERY_VERSION, { setId, after, limit: STEP }, [], (row, folder) => ({
        key: { folder, name: pathText(row.name), fromMs: row.from_ms },
        toMs: row.to_ms,
      })),
    );
    for (const { key, toMs } of page.rows) {
      if (glob.matches(pathOfKey(key.folder, key.name))) found.add(key.fromMs, toMs);
    }
    after = page.rows.at(-1)?.key;
    if (page.isEnd || !after!.folder.startsWith(root)) return found.joined();
    await Bun.sleep(0);
  }
}
