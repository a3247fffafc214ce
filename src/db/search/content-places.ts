// Where a content is now: in the newest snapshots of all sets, by the index over checksums. And whether it ever was anywhere, so
// that nobody overwrites what no snapshot has seen.
import type { Statement } from "bun:sqlite";
import type { ContentSource } from "#core/rollback.ts";
import { pathOfKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import { view } from "#db/atomic.ts";
import { seenText } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";
import { checksumValue, OPEN_MS } from "#db/version.ts";

export interface Content {
  readonly checksum: string;
  readonly sizeBytes: number;
}

/** Recorded with this content, on this machine or on another. */
export type ContentPlace = Exclude<ContentSource, { place: "nowhere" }>;

/** For each content some places that have it, those of this machine first. */
export async function contentPlaces(
  scope: Scope,
  contents: readonly Content[],
  machineId: string,
): Promise<ContentPlace[][]> {
  const known = new Map<string, ContentPlace[]>();
  const name = ({ checksum, sizeBytes }: Content): string => `${checksum} ${sizeBytes}`;
  const different = [...new Map(contents.map((content) => [name(content), content])).values()];
  for (let start = 0; start < different.length; start += STEP) {
    if (start > 0) await Bun.sleep(0); // others are served by this thread, too
    const step = different.slice(start, start + STEP);
    await view(scope, (database) => {
      const find = database.prepare<PlaceRow, SqlValue[]>(PLACES(seenSets(scope)));
      for (const content of step) known.set(name(content), placesOf(find, content, machineId));
    });
  }
  return contents.map((content) => known.get(name(content))!);
}

/** Whether some snapshot of this store has a file with this content. */
export async function isContentKnown(scope: Scope, checksum: string): Promise<boolean> {
  const value = checksumValue(checksum);
  return view(
    scope,
    (database) =>
      database
        .prepare<unknown, SqlValue[]>(KNOWN(seenSets(scope)))
        .get(value.slice(0, 8), value) !== null,
  );
}

/** The statements, for the test that pins their plans. */
export const PLACES_SQL = () => ({ PLACES: PLACES(), KNOWN: KNOWN() });

// --- internal ---

type SqlValue = string | number | Uint8Array;

interface PlaceRow {
  path: Uint8Array;
  name: Uint8Array;
  machine_id: string;
  backupset_name: string;
}

/** Versions looked at for one content, of whatever time: bounds the work for one that is everywhere. */
const MOST_LOOKED_AT = 1_000;
/** Places told of one content and machine: one that is gone or changed should leave another. */
const MOST_PLACES = 4;

/** Contents looked up in one go: a few milliseconds. */
const STEP = 50;

/** Before the limit: what others have must not crowd out what is one's own. */
function seenSets(scope: Scope): string | undefined {
  const machines = seenText(scope, "machine_id");
  return machines && `set_id IN (SELECT set_id FROM backupsets WHERE ${machines})`;
}

function placesOf(
  find: Statement<PlaceRow, SqlValue[]>,
  { checksum, sizeBytes }: Content,
  machineId: string,
): ContentPlace[] {
  const value = checksumValue(checksum);
  const here: ContentPlace[] = [];
  const elsewhere: ContentPlace[] = [];
  for (const row of find.all(value.slice(0, 8), value, sizeBytes)) {
    const { machine_id: owner, backupset_name: setName } = row;
    const places = owner === machineId ? here : elsewhere;
    if (places.length === MOST_PLACES) continue;
    const path = pathOfKey(pathText(row.path), pathText(row.name));
    places.push(
      owner === machineId
        ? { place: "here", path }
        : { place: "elsewhere", machineId: owner, setName, path },
    );
  }
  return [...here, ...elsewhere];
}

// Only a checksum's first 8 bytes are indexed (docs/decisions/0101-versions.md); the rest is compared.
const PLACES = (seen = "true"): string => `
  SELECT f.path, v.name, b.machine_id, b.backupset_name FROM (
    SELECT version_id AS id FROM versions INDEXED BY versions_by_checksum
    WHERE substr(checksum, 1, 8) = ?1 AND checksum IS NOT NULL AND ${seen} LIMIT ${MOST_LOOKED_AT}) e
  CROSS JOIN versions v ON v.version_id = e.id
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  CROSS JOIN backupsets b ON b.set_id = v.set_id
  WHERE v.checksum = ?2 AND v.size = ?3 AND v.to_ms = ${OPEN_MS}`;

const KNOWN = (seen = "true"): string => `
  SELECT 1 FROM versions INDEXED BY versions_by_checksum
  WHERE substr(checksum, 1, 8) = ?1 AND checksum IS NOT NULL AND checksum = ?2 AND ${seen} LIMIT 1`;
