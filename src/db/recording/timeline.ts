// Where a moment stands among the snapshots of its set. A version begins at one of them, or, where the oldest has it, at a moment
// before: deleting the oldest would otherwise move the beginning of all it has, a million rows for a day's ten thousand.
import type { Database } from "bun:sqlite";
import { firstFrom } from "#core/sorted.ts";
import { storeState } from "#db/store-state.ts";
import { OPEN_MS } from "#db/version.ts";

/** Before every moment. */
export const BEGINNING_MS = Number.MIN_SAFE_INTEGER;

/** A moment of a set, and its snapshots just before (null: none) and after it (`OPEN_MS`: none). */
export interface Moment {
  setId: number;
  atMs: number;
  previousMs: number | null;
  nextMs: number;
}

export function neighboursOf(database: Database, setId: number, atMs: number): Moment {
  const { previous, next } = database
    .query<{ previous: number | null; next: number | null }, [number, number]>(
      `SELECT (SELECT max(timestamp_ms) FROM snapshots WHERE set_id = ?1 AND timestamp_ms < ?2) AS previous,
              (SELECT min(timestamp_ms) FROM snapshots WHERE set_id = ?1 AND timestamp_ms > ?2) AS next`,
    )
    .get(setId, atMs)!;
  return { setId, atMs, previousMs: previous, nextMs: next ?? OPEN_MS };
}

/** Before something comes that is older than the oldest: what the oldest has begins there, and not before. */
export function beginAtOldest(database: Database, { setId, previousMs, nextMs }: Moment): void {
  if (previousMs !== null || nextMs === OPEN_MS) return;
  database.query(BEGIN_THERE).run(setId, nextMs);
}

/** The moments of all snapshots of a set, in order. */
export class Timeline {
  readonly #momentsMs: Float64Array;

  /** Kept while the store is as it is: whoever lists versions asks of each. Call inside a transaction. */
  static of(database: Database, setId: number): Timeline {
    const state = storeState(database);
    let known = kept.get(database);
    if (known?.state !== state || known.bySet.size >= MOST_SETS) {
      kept.set(database, (known = { state, bySet: new Map() }));
    }
    let timeline = known.bySet.get(setId);
    if (timeline === undefined) {
      const { list } = database.query<{ list: string }, [number]>(MOMENTS).get(setId)!;
      timeline = new Timeline(Float64Array.from(JSON.parse(list) as number[]));
      known.bySet.set(setId, timeline);
    }
    return timeline;
  }

  private constructor(momentsMs: Float64Array) {
    this.#momentsMs = momentsMs;
  }

  /** The first and the last moment of an interval, and how many there are in it; `toMs` is none of them. */
  within(fromMs: number, toMs: number): { firstMs: number; lastMs: number; count: number } {
    const start = firstFrom(this.#momentsMs, fromMs);
    const end = firstFrom(this.#momentsMs, toMs);
    const [firstMs, lastMs] = [this.#momentsMs[start]!, this.#momentsMs[end - 1]!];
    return { firstMs, lastMs, count: end - start };
  }
}

/** The statement, for the test that pins its plan. */
export const TIMELINE_SQL = () => ({ MOMENTS, BEGIN_THERE });

// --- internal ---

/** 8 bytes for each of their snapshots. */
const MOST_SETS = 64;
const kept = new WeakMap<Database, { state: string; bySet: Map<number, Timeline> }>();

const BEGIN_THERE =
  "UPDATE versions INDEXED BY versions_by_start SET from_ms = ?2 WHERE set_id = ?1 AND from_ms < ?2";

// One value for all costs a tenth of as many rows.
const MOMENTS = `
  SELECT json_group_array(ms) AS list FROM (
    SELECT timestamp_ms AS ms FROM snapshots INDEXED BY snapshots_by_time WHERE set_id = ?1 ORDER BY timestamp_ms)`;
