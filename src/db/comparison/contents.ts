// Where one content stands in each of two moments, and so what was moved and what was copied. Found by the index over checksums,
// content by content, so that a comparison of any size holds no list of candidates.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { byPlace, pairMoves, placeText, type Moves, type Place } from "#core/pair-moves.ts";
import type { RootMap } from "#core/root-map.ts";
import { pathText } from "#core/path-bytes.ts";
import type { Origin } from "#core/tell-change.ts";
import type { BlindSpots } from "#db/blind-spots.ts";
import type { RepeatedContents } from "#db/search/repeated-contents.ts";
import type { Side } from "./side.ts";
import { isStanding } from "#db/standing.ts";
import { checksumValue, covers, entryOf, ENTRY_COLUMNS, type EntryRow } from "#db/version.ts";

export class Contents {
  readonly #database: Database;
  readonly #before: Side;
  readonly #after: Side;
  readonly #beforeSpots: BlindSpots;
  readonly #afterSpots: BlindSpots;
  readonly #map: RootMap | undefined;
  readonly #repeated: RepeatedContents | undefined;
  #known = new Map<string, Relations>();

  constructor(
    database: Database,
    [before, beforeSpots]: readonly [Side, BlindSpots],
    [after, afterSpots]: readonly [Side, BlindSpots],
    map: RootMap | undefined,
    repeated: RepeatedContents | undefined,
  ) {
    this.#map = map;
    this.#repeated = repeated;
    this.#database = database;
    this.#before = before;
    this.#after = after;
    this.#beforeSpots = beforeSpots;
    this.#afterSpots = afterSpots;
  }

  /** For an entry that stands at the key only now. Inside a transaction. */
  originOf(key: EntryKey, entry: Entry): Origin | undefined {
    const relations = this.#relations(entry);
    const moved = relations.origins.get(placeText(key));
    if (moved !== undefined) return { kind: "moved", entry: moved };
    return relations.source && { kind: "copied", entry: relations.source };
  }

  /** For an entry that stood at the key only before: whether it is told where it went. */
  isMoved(key: EntryKey, entry: Entry): boolean {
    return this.#relations(entry).movedAway.has(placeText(key));
  }

  // --- internal ---

  #relations({ checksum, sizeBytes }: Entry): Relations {
    if (this.#repeated?.mayRepeat(checksum!) === false) return NOTHING;
    const content = `${checksum} ${sizeBytes}`;
    const known = this.#known.get(content);
    if (known !== undefined) return known;
    const relations = this.#relate(checksum!, sizeBytes!);
    if (this.#known.size >= MOST_KNOWN) this.#known = new Map();
    this.#known.set(content, relations);
    return relations;
  }

  #relate(checksum: string, sizeBytes: number): Relations {
    const value = checksumValue(checksum);
    const sides = [this.#before.setId, this.#before.atMs, this.#after.setId, this.#after.atMs];
    const standing = this.#database
      .query<StandingRow, (number | typeof value)[]>(STANDING)
      .all(value.slice(0, 8), value, ...sides, sizeBytes);
    const isOnBothSides =
      standing.some((row) => row.is_before === 1) && standing.some((row) => row.is_after === 1);
    if (!isOnBothSides || standing.length > MOST_ALIKE) return NOTHING;
    const find = this.#database.query<PathedRow, [number]>(VERSION);
    const rows = standing.map((row) => ({ ...row, ...find.get(row.id)! }));
    const before = this.#mapped(rows.filter((row) => row.is_before === 1).map(placeOf), "toAfter");
    const after = this.#mapped(rows.filter((row) => row.is_after === 1).map(placeOf), "toBefore");
    const then = new Set(before.map(({ key }) => placeText(key)));
    const now = new Set(after.map(({ key }) => placeText(key)));
    const isGone = ({ key }: Place): boolean =>
      !now.has(placeText(key)) &&
      !isStanding(this.#database, this.#after, key) &&
      this.#afterSpots.why(key) === undefined;
    const isNew = ({ key }: Place): boolean =>
      !then.has(placeText(key)) &&
      !isStanding(this.#database, this.#before, this.#asBefore(key)) &&
      this.#beforeSpots.why(this.#asBefore(key)) === undefined;
    const came = after.filter(isNew).sort(byPlace);
    const gone = came.length === 0 ? [] : before.filter(isGone).sort(byPlace);
    const moves = pairMoves(gone, came, this.#before.setId === this.#after.setId);
    before.sort(byPlace);
    const kept = before.find(({ key }) => !moves.movedAway.has(placeText(key))) ?? before[0];
    return { ...moves, source: kept?.entry };
  }

  /** Places that are compared, at their keys on the later side. */
  #mapped(places: Place[], way: "toAfter" | "toBefore"): Place[] {
    const map = this.#map;
    if (map === undefined) return places;
    return places.flatMap(({ key, entry }) => {
      const other = map[way](key);
      return other === undefined ? [] : [{ key: way === "toAfter" ? other : key, entry }];
    });
  }

  #asBefore(key: EntryKey): EntryKey {
    return this.#map === undefined ? key : this.#map.toBefore(key)!;
  }
}

/** The statements, for the test that pins their plans. */
export const CONTENTS_SQL = () => ({ STANDING, VERSION });

// --- internal ---

/** What became of one content. */
interface Relations extends Moves {
  /** For further places: what they were copied from. */
  readonly source: Entry | undefined;
}

interface StandingRow {
  id: number;
  is_before: number;
  is_after: number;
}

type PathedRow = EntryRow & { path: Uint8Array };

const MOST_KNOWN = 5_000;
/** Of a content that stands in more places nobody can say which went where: those are added and removed. */
const MOST_ALIKE = 1_000;
/** Versions looked at for one content, of whatever time: bounds the work for one that is everywhere. */
const MOST_LOOKED_AT = 50_000;

const NOTHING: Relations = { origins: new Map(), movedAway: new Set(), source: undefined };

function placeOf(row: PathedRow): Place {
  const folder = pathText(row.path);
  const key = { folder, name: pathText(row.name) };
  return { key, entry: entryOf(row, folder, key.name) };
}

// Only a checksum's first 8 bytes are indexed (docs/decisions/0101-versions.md); the rest is compared.
const IS_BEFORE = `v.set_id = ?3 AND ${covers("?4")}`;
const IS_AFTER = `v.set_id = ?5 AND ${covers("?6")}`;
const STANDING = `
  SELECT id, is_before, is_after FROM (
    SELECT v.version_id AS id, (${IS_BEFORE}) AS is_before, (${IS_AFTER}) AS is_after
    FROM versions v INDEXED BY versions_by_checksum
    WHERE substr(v.checksum, 1, 8) = ?1 AND v.checksum IS NOT NULL AND v.set_id IN (?3, ?5)
      AND v.checksum = ?2 AND v.size = ?7 AND v.type = 0
    LIMIT ${MOST_LOOKED_AT})
  WHERE is_before OR is_after LIMIT ${MOST_ALIKE + 1}`;
const VERSION = `
  SELECT ${ENTRY_COLUMNS}, f.path FROM versions v CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE v.version_id = ?1`;
