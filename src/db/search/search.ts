// Looking for versions in one set: of a path and all below it, that fit a pattern, that have a content; at all times or as of one
// moment. By the index that fits, in short steps: a page may be short, even empty, and yet the list goes on.
import type { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";
import { parseGlob } from "#core/glob.ts";
import { isAtOrBelow, type EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import type { Sighting } from "#core/sighting.ts";
import { versionFits, type VersionFilter } from "#core/version-filter.ts";
import { view } from "#db/atomic.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSetId } from "#db/owned.ts";
import { holdersOfSet, versionsOfPath, type PathVersion } from "./history.ts";
import { cursorOf, partsOfCursor } from "./key-cursor.ts";
import { MOST_BYTES, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { Sightings } from "./sightings.ts";
import { covers, entryOf, OPEN_MS, type VersionRow } from "#db/version.ts";
import { walkOf, walkPage, type Walk } from "#db/walk.ts";

export interface Wanted extends VersionFilter {
  /** This path, and all below it. */
  readonly under?: string | undefined;
  /** Paths that fit this pattern: core/glob.ts. */
  readonly glob?: string | undefined;
  /** As of this moment, which is a snapshot's. */
  readonly atMs?: number | undefined;
}

/** Versions of the set in the one order and by time; those with a checksum in the order they were recorded. */
export async function searchSet(
  scope: Scope,
  set: SetName,
  wanted: Wanted,
  { limit, cursor }: Page,
): Promise<Paged<Sighting>> {
  const search = searchOf(wanted);
  const rows: Sighting[] = [];
  let bytes = 0; // of their paths, which may be long
  const isFull = () => rows.length >= limit || bytes >= MOST_BYTES;
  let place: string | null = cursor ?? search.start;
  let size = Math.min(STEP, limit + 1); // where all fits, no more is read than is told
  for (let steps = 0; place !== null && steps < STEPS && !isFull(); steps++) {
    const from: string = place;
    const most = size;
    size = STEP;
    place = await view(scope, (database) => {
      const setId = findSetId(scope, set);
      if (setId === undefined) return null;
      const sightings = new Sightings(scope.store, set, setId);
      const step = search.step(database, setId, from, most);
      for (const [at, found] of step.found.entries()) {
        if (!search.fits(found.version)) continue;
        rows.push(sightings.of(found.version, step.found[at + 1]?.version));
        bytes += found.version.entry.path.length;
        if (!isFull()) continue;
        return found === step.found.at(-1) ? step.next : found.place();
      }
      return step.next;
    });
  }
  return { rows, nextCursor: place };
}

/** The statements, for the test that pins their plans. */
export const SEARCH_SQL = () => AT_ALL_TIMES;

// --- internal ---

/** Versions looked at in one transaction, where not all fit: a few milliseconds. */
const STEP = 4000;
/** And so many times for one page: it is answered within some 50 ms, with or without a find. */
const STEPS = 3;

interface Found {
  version: PathVersion;
  /** Where to go on behind it. */
  place(): string;
}

interface Search {
  start: string;
  fits(version: PathVersion): boolean;
  /** Looks at so many versions at most. */
  step(
    database: Database,
    setId: number,
    place: string,
    most: number,
  ): { found: Found[]; next: string | null };
}

function searchOf(wanted: Wanted): Search {
  const { under, atMs, checksum } = wanted;
  const glob = wanted.glob === undefined ? undefined : parseGlob(wanted.glob);
  const fits = ({ entry, fromMs, toMs }: PathVersion): boolean =>
    (atMs === undefined || (fromMs <= atMs && (toMs === null || toMs > atMs))) &&
    (under === undefined || isAtOrBelow(entry.path, under)) &&
    (glob === undefined || glob.matches(entry.path)) &&
    versionFits(wanted, entry);
  const path = under ?? (glob?.isExact === true ? glob.prefix : undefined);
  if (path !== undefined) return { start: atPath(-1), fits, step: pathThenBelow(path, atMs) };
  if (checksum !== undefined) return { start: atHolder(0), fits, step: holders(checksum) };
  const prefix = glob?.prefix ?? "";
  const root = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  return { start: AT_START, fits, step: walkBelow(root, atMs) };
}

const atPath = (fromMs: number): string => cursorOf(["path", "", "", String(fromMs)]);
const atHolder = (versionId: number): string => cursorOf(["holder", "", "", String(versionId)]);
/** Of a walk below a folder: its beginning; and behind what stands at the folder's own key. */
const AT_START = cursorOf(["start", "", "", "-1"]);
const BEHIND_OWN = cursorOf(["start", "", "", String(OPEN_MS)]);

/** A cursor travels in an address and in a header, which have room for 8 KB or so: a longer key is told by the version's number. */
function atVersion({ folder, name, versionId, fromMs }: Placed): string {
  const isLong = folder.length + name.length > LONGEST_KEY;
  return isLong
    ? cursorOf(["id", "", String(versionId), String(fromMs)])
    : cursorOf(["version", folder, name, String(fromMs)]);
}

const LONGEST_KEY = 2000;

interface Placed extends EntryKey {
  readonly versionId: number;
  readonly fromMs: number;
}

/** Where a walk below a root goes on. Throws `invalid_request` when the version that a cursor names is there no more. */
function placeBelow(
  database: Database,
  setId: number,
  root: string,
  cursor: string,
): EntryKey & { fromMs: number } {
  const [kind, folder, name, from] = partsOfCursor(cursor, 4) as [string, string, string, string];
  const fromMs = Number(from);
  if (kind === "start") return { folder: root, name: "", fromMs };
  if (kind !== "id") return { folder, name, fromMs };
  const row = database
    .query<{ path: Uint8Array; name: Uint8Array }, [number, number]>(KEY_OF)
    .get(Number(name), setId);
  if (row !== null) return { folder: pathText(row.path), name: pathText(row.name), fromMs };
  throw new BsvError("invalid_request", "The list has changed where this cursor stood", {
    hint: "Start without a cursor",
  });
}

const KEY_OF = `
  SELECT f.path, v.name FROM versions v CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE v.version_id = ?1 AND v.set_id = ?2`;

/** First the versions of the path itself, then those of all below it. */
function pathThenBelow(path: string, atMs: number | undefined): Search["step"] {
  const folder = path.endsWith("/") ? path : `${path}/`;
  const below = walkBelow(folder, atMs);
  return (database, setId, place, most) => {
    const [kind, , , after] = partsOfCursor(place, 4);
    if (kind !== "path") return below(database, setId, place, most);
    const versions = versionsOfPath(database, setId, path, Number(after), most);
    const found = versions.map((version) => ({ version, place: () => atPath(version.fromMs) }));
    const isAll = versions.length < most;
    // What stands at the folder's own key, an error of it, was among them.
    return { found, next: isAll ? BEHIND_OWN : found.at(-1)!.place() };
  };
}

function holders(checksum: string): Search["step"] {
  return (database, setId, place, most) => {
    const after = Number(partsOfCursor(place, 4)[3]);
    const rows = holdersOfSet(database, setId, checksum, after, most);
    const found = rows.map(({ version, versionId }) => ({
      version,
      place: () => atHolder(versionId),
    }));
    return { found, next: rows.length < most ? null : found.at(-1)!.place() };
  };
}

function walkBelow(root: string, atMs: number | undefined): Search["step"] {
  const end = endOf(root);
  const [walk, parameters]: [Walk<VersionRow>, (number | Uint8Array)[]] =
    atMs === undefined ? [AT_ALL_TIMES, [end]] : [AT_ONE_TIME, [end, atMs]];
  return (database, setId, place, most) => {
    const after = placeBelow(database, setId, root, place);
    const { rows, isEnd } = walkPage(
      database,
      walk,
      { setId, after, limit: most },
      parameters,
      (row, inFolder) => ({ row, inFolder }),
    );
    const found: Found[] = [];
    for (const { row, inFolder } of rows) {
      const rowName = pathText(row.name);
      const toMs = row.to_ms === OPEN_MS ? null : row.to_ms;
      const version = { entry: entryOf(row, inFolder, rowName), fromMs: row.from_ms, toMs };
      const at = {
        folder: inFolder,
        name: rowName,
        versionId: row.version_id,
        fromMs: row.from_ms,
      };
      found.push({ version, place: () => atVersion(at) });
    }
    return { found, next: isEnd ? null : found.at(-1)!.place() };
  };
}

const INTERVAL = ["version_id", "from_ms", "to_ms"];
const AT_ALL_TIMES = walkOf<VersionRow>("f.path < ?6", INTERVAL);
const AT_ONE_TIME = walkOf<VersionRow>(`f.path < ?6 AND ${covers("?7")}`, INTERVAL);

/** Where the folders below a root end: `0` comes behind `/`, and no name is so many bytes FF. */
function endOf(root: string): Uint8Array {
  return root === "" ? Buffer.alloc(1024, 0xff) : pathBytes(`${root.slice(0, -1)}0`);
}
