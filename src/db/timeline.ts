// Where a moment stands among the snapshots of its set.
import type { Database } from "bun:sqlite";
import { OPEN_MS } from "./version.ts";

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
