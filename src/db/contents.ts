// Where one content stands in each of two moments, and so what was moved and what was copied. Found by the index over checksums,
// content by content, so that a comparison of any size holds no list of candidates.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import { compareKeys, type EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import type { BlindSpots } from "./blind-spots.ts";
import type { Side } from "./side.ts";
import { isStanding } from "./standing.ts";
import { checksumValue, covers, entryOf, ENTRY_COLUMNS, type EntryRow } from "./version.ts";

/** Where an entry that came has its content from. */
export interface Origin {
  kind: "moved" | "copied";
  entry: Entry;
}

export class Contents {
  readonly #database: Database;
  readonly #before: Side;
  readonly #after: Side;
  readonly #beforeSpots: BlindSpots;
  readonly #afterSpots: BlindSpots;
  #known = new Map<string, Relations>();

  constructor(
    database: Database,
    [before, beforeSpots]: readonly [Side, BlindSpots],
    [after, afterSpots]: readonly [Side, BlindSpots],
  ) {
    this.#database = database;
    this.#before = before;
    this.#after = after;
    this.#beforeSpots = beforeSpots;
    this.#afterSpots = afterSpots;
  }

  /** For an entry that stands at the key only now. Inside a transaction. */
  originOf(key: EntryKey, entry: Entry): Origin | undefined {
    const relations = this.#relations(entry);
    const moved = relations.origins.get(keyText(key));
    if (moved !== undefined) return { kind: "moved", entry: moved };
    return relations.source && { kind: "copied", entry: relations.source };
  }

  /** For an entry that stood at the key only before: whether it is told where it went. */
  isMoved(key: EntryKey, entry: Entry): boolean {
    return this.#relations(entry).movedAway.has(keyText(key));
  }

  // --- internal ---

  #relations({ checksum, sizeBytes }: Entry): Relations {
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
    const rows = this.#database
      .query<HolderRow, (number | typeof value)[]>(HOLDERS)
      .all(
        value.slice(0, 8),
        value,
        this.#before.setId,
        this.#before.atMs,
        this.#after.setId,
        this.#after.atMs,
        sizeBytes,
      );
    const isOnBothSides =
      rows.some((row) => row.is_before === 1) && rows.some((row) => row.is_after === 1);
    if (!isOnBothSides || rows.length > MOST_ALIKE) return NOTHING;
    const before = rows.filter((row) => row.is_before === 1).map(holderOf);
    const after = rows.filter((row) => row.is_after === 1).map(holderOf);
    const then = new Set(before.map(({ text }) => text));
    const now = new Set(after.map(({ text }) => text));
    const isGone = ({ text, key }: Holder): boolean =>
      !now.has(text) &&
      !isStanding(this.#database, this.#after, key) &&
      this.#afterSpots.why(key) === undefined;
    const isNew = ({ text, key }: Holder): boolean =>
      !then.has(text) &&
      !isStanding(this.#database, this.#before, key) &&
      this.#beforeSpots.why(key) === undefined;
    const came = after.filter(isNew).sort(byKey);
    const gone = came.length === 0 ? [] : before.filter(isGone).sort(byKey);
    return pairUp(gone, came, before.sort(byKey));
  }
}

/** The statements, for the test that pins their plans. */
export const CONTENTS_SQL = () => ({ HOLDERS });

// --- internal ---

/** What became of one content. */
interface Relations {
  /** By the new key: the entry that was moved there. */
  origins: ReadonlyMap<string, Entry>;
  /** Old keys of what was moved. */
  movedAway: ReadonlySet<string>;
  /** For further places: what they were copied from. */
  source: Entry | undefined;
}

interface Holder {
  key: EntryKey;
  text: string;
  entry: Entry;
}

interface HolderRow extends EntryRow {
  path: Uint8Array;
  is_before: number;
  is_after: number;
}

const MOST_KNOWN = 5_000;
/** Of a content that stands in more places nobody can say which went where: those are added and removed. */
const MOST_ALIKE = 1_000;
/** Versions looked at for one content, of whatever time: bounds the work for one that is everywhere. */
const MOST_LOOKED_AT = 50_000;

const NOTHING: Relations = { origins: new Map(), movedAway: new Set(), source: undefined };

const keyText = ({ folder, name }: EntryKey): string => `${folder}\0${name}`;
const byKey = (a: Holder, b: Holder): number => compareKeys(a.key, b.key);

function holderOf(row: HolderRow): Holder {
  const folder = pathText(row.path);
  const key = { folder, name: pathText(row.name) };
  const entry = entryOf(row, folder, key.name);
  return { key, text: keyText(key), entry };
}

/** Each place that is gone goes with one that came: first those that kept the name, then in order. */
function pairUp(
  gone: readonly Holder[],
  came: readonly Holder[],
  before: readonly Holder[],
): Relations {
  const origins = new Map<string, Entry>();
  const movedAway = new Set<string>();
  const move = (from: Holder, to: Holder): void => {
    origins.set(to.text, from.entry);
    movedAway.add(from.text);
  };
  const byName = new Map<string, Holder[]>();
  for (const holder of gone.toReversed()) {
    const { name } = holder.key;
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [holder]);
    else same.push(holder);
  }
  for (const to of came) {
    const from = byName.get(to.key.name)?.pop();
    if (from !== undefined) move(from, to);
  }
  const rest = gone.filter((holder) => !movedAway.has(holder.text)).values();
  for (const to of came) {
    if (origins.has(to.text)) continue;
    const from = rest.next();
    if (from.done === true) break;
    move(from.value, to);
  }
  const kept = before.find((holder) => !movedAway.has(holder.text)) ?? before[0];
  return { origins, movedAway, source: kept?.entry };
}

// Only a checksum's first 8 bytes are indexed (docs/decisions/0101-versions.md); the rest is compared.
const IS_BEFORE = `v.set_id = ?3 AND ${covers("?4")}`;
const IS_AFTER = `v.set_id = ?5 AND ${covers("?6")}`;
const HOLDERS = `
  SELECT ${ENTRY_COLUMNS}, f.path, (${IS_BEFORE}) AS is_before, (${IS_AFTER}) AS is_after FROM (
    SELECT version_id AS id FROM versions INDEXED BY versions_by_checksum
    WHERE substr(checksum, 1, 8) = ?1 AND checksum IS NOT NULL AND set_id IN (?3, ?5) LIMIT ${MOST_LOOKED_AT}) e
  CROSS JOIN versions v ON v.version_id = e.id
  CROSS JOIN folders f ON f.folder_id = v.folder_id
  WHERE v.checksum = ?2 AND v.size = ?7 AND v.type = 0 AND ((${IS_BEFORE}) OR (${IS_AFTER}))
  LIMIT ${MOST_ALIKE + 1}`;
