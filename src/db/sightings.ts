// What the snapshots of a set saw of a version: which was the first to have it, which the last, how many did, and what came then.
// A version that ends where the next snapshot could not look is not removed, but unknown (I6).
import type { Database } from "bun:sqlite";
import { eq, and } from "drizzle-orm";
import type { SnapshotHeader } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import type { Seen, Sighting, SightingEnd } from "#core/sighting.ts";
import type { SetName } from "./backupsets.ts";
import { BlindSpots } from "./blind-spots.ts";
import { snapshots } from "./schema.ts";
import { SNAPSHOT_COLUMNS, snapshotOf } from "./snapshots.ts";
import { isStanding } from "./standing.ts";
import type { Store } from "./store/store.ts";

/** A version as its set's interval has it. */
export interface Interval {
  readonly entry: Entry;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** Inside one transaction. */
export class Sightings {
  readonly #store: Store;
  readonly #database: Database;
  readonly #set: SetName;
  readonly #setId: number;
  readonly #spans = new Map<string, Pick<Sighting, "first" | "last" | "snapshotCount">>();
  readonly #spots = new Map<number, BlindSpots>();

  constructor(store: Store, set: SetName, setId: number) {
    this.#store = store;
    this.#database = store.database;
    this.#set = set;
    this.#setId = setId;
  }

  of({ entry, fromMs, toMs }: Interval): Sighting {
    const { machineId, setName } = this.#set;
    const end = toMs === null ? null : this.#endOf(entry, toMs);
    return { machineId, setName, entry, ...this.#spanOf(fromMs, toMs), end };
  }

  // --- internal ---

  #spanOf(fromMs: number, toMs: number | null): Pick<Sighting, "first" | "last" | "snapshotCount"> {
    const known = this.#spans.get(`${fromMs} ${toMs}`);
    if (known !== undefined) return known;
    const end = toMs ?? Number.MAX_SAFE_INTEGER;
    const last = this.#database
      .query<{ id: string; ms: number }, [number, number]>(LAST_BEFORE)
      .get(this.#setId, end)!;
    const { n } = this.#database
      .query<{ n: number }, [number, number, number]>(COUNT)
      .get(this.#setId, fromMs, end)!;
    const span = {
      first: this.#seenAt(fromMs),
      last: { snapshotId: last.id, timestampMs: last.ms },
      snapshotCount: n,
    };
    this.#spans.set(`${fromMs} ${toMs}`, span);
    return span;
  }

  #seenAt(ms: number): Seen {
    const { id } = this.#database.query<{ id: string }, [number, number]>(AT).get(this.#setId, ms)!;
    return { snapshotId: id, timestampMs: ms };
  }

  #endOf({ path, type }: Entry, ms: number): SightingEnd {
    const at = this.#seenAt(ms);
    const key = keyOfPath(path, type === "dir");
    if (isStanding(this.#database, { setId: this.#setId, atMs: ms }, key)) {
      return { kind: "replaced", why: null, at };
    }
    const why = this.#spotsAt(ms).why(key) ?? null;
    return { kind: why === null ? "removed" : "unknown", why, at };
  }

  #spotsAt(ms: number): BlindSpots {
    let spots = this.#spots.get(ms);
    if (spots === undefined) {
      const isIt = and(eq(snapshots.setId, this.#setId), eq(snapshots.timestampMs, ms));
      const row = snapshotOf(
        this.#store.orm.select(SNAPSHOT_COLUMNS).from(snapshots).where(isIt).get()!,
      );
      const header = JSON.parse(row.headerText) as SnapshotHeader;
      const side = { setId: this.#setId, atMs: ms, header, errorCount: row.errorCount };
      spots = new BlindSpots(this.#database, side, true);
      this.#spots.set(ms, spots);
    }
    return spots;
  }
}

/** The statements, for the test that pins their plans. */
export const SIGHTINGS_SQL = () => ({ AT, LAST_BEFORE, COUNT });

// --- internal ---

const AT =
  "SELECT snapshot_id AS id FROM snapshots INDEXED BY snapshots_by_time WHERE set_id = ?1 AND timestamp_ms = ?2";
const LAST_BEFORE = `
  SELECT snapshot_id AS id, timestamp_ms AS ms FROM snapshots INDEXED BY snapshots_by_time
  WHERE set_id = ?1 AND timestamp_ms < ?2 ORDER BY timestamp_ms DESC LIMIT 1`;
const COUNT = `
  SELECT count(*) AS n FROM snapshots INDEXED BY snapshots_by_time
  WHERE set_id = ?1 AND timestamp_ms >= ?2 AND timestamp_ms < ?3`;
