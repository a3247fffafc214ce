// A version that ends where a snapshot could not look, or begins after one, may be the same before and after: while a drive was away
// nothing was seen of it, and so it has two versions that are equal. Where one of them stays, the other is not gone.
import type { Database } from "bun:sqlite";
import { isSameEntry } from "#core/entry.ts";
import { firstFrom } from "#core/sorted.ts";
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";
import { entryOf, OPEN_MS, VERSION_COLUMNS, type VersionRow } from "#db/version.ts";
import type { Fates, Gap } from "./gone-versions.ts";

export class KeptTwins {
  readonly #keptMs: readonly number[];
  /** Moments of snapshots that did not see all. */
  readonly #blindMs: ReadonlySet<number>;
  /** Those right after them. */
  readonly #againMs: ReadonlySet<number>;

  constructor({ keptMs, goingMs, blindMs = [] }: Fates) {
    this.#keptMs = keptMs;
    this.#blindMs = new Set(blindMs);
    const moments = blindMs.length === 0 ? [] : [...keptMs, ...goingMs].sort((a, b) => a - b);
    const next = blindMs.map((ms) => moments[firstFrom(moments, ms + 1)]);
    this.#againMs = new Set(next.filter((ms) => ms !== undefined));
  }

  /** Whether an equal version of the same key is in a snapshot that stays. */
  has(database: Database, row: VersionRow): boolean {
    if (!this.#blindMs.has(row.to_ms) && !this.#againMs.has(row.from_ms)) return false;
    const entry = entryOf(row, "");
    return database
      .query<VersionRow, [number, Uint8Array]>(OF_KEY)
      .all(row.folder_id, row.name)
      .some((other) => this.#isKept(other) && isSameEntry(entryOf(other, ""), entry));
  }

  /** Those of a gap, page by page, each a short read. */
  async *within(scope: Scope, setId: number, gap: Gap): AsyncGenerator<VersionRow[]> {
    const isInside = (ms: number): boolean => ms >= gap.fromMs && ms <= gap.toMs;
    for (const [moments, sql, limitMs] of [
      [this.#blindMs, ENDED, gap.fromMs],
      [this.#againMs, BEGUN, gap.toMs],
    ] as const) {
      for (const ms of [...moments].filter(isInside)) {
        let after = 0;
        for (;;) {
          const { rows, last } = await view(scope, (database) => {
            const found = database
              .query<VersionRow, number[]>(sql)
              .all(setId, ms, limitMs, after, STEP);
            // What ends at one of them was among the first.
            const isNew = (row: VersionRow) => sql === ENDED || !this.#blindMs.has(row.to_ms);
            const twins = found.filter((row) => isNew(row) && this.has(database, row));
            return { rows: twins, last: found.length < STEP ? undefined : found.at(-1) };
          });
          if (rows.length > 0) yield rows;
          if (last === undefined) break;
          after = last.version_id;
          await Bun.sleep(0);
        }
      }
    }
  }

  #isKept({ from_ms, to_ms }: VersionRow): boolean {
    const first = this.#keptMs[firstFrom(this.#keptMs, from_ms)];
    return first !== undefined && first < to_ms;
  }
}

/** The statements, for the test that pins their plans. */
export const TWINS_SQL = () => ({ ENDED, BEGUN, OF_KEY });

// --- internal ---

/** Versions looked at in one read: some milliseconds. */
const STEP = 500;

const ENDED = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_end
  WHERE v.set_id = ?1 AND v.to_ms = ?2 AND v.to_ms < ${OPEN_MS} AND v.from_ms >= ?3 AND v.version_id > ?4
  ORDER BY v.version_id LIMIT ?5`;
const BEGUN = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_start
  WHERE v.set_id = ?1 AND v.from_ms = ?2 AND v.to_ms <= ?3 AND v.version_id > ?4
  ORDER BY v.version_id LIMIT ?5`;
const OF_KEY = `
  SELECT ${VERSION_COLUMNS} FROM versions v INDEXED BY versions_by_name
  WHERE v.folder_id = ?1 AND v.name = ?2`;
