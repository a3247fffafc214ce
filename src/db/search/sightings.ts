// What the snapshots of a set saw of a version: which was the first to have it, which the last, how many did, and what came then.
// A version that ends where the next snapshot could not look is not removed, but unknown (I6).
import type { Database } from "bun:sqlite";
import { eq, and } from "drizzle-orm";
import type { SnapshotHeader } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { keyOfPath } from "#core/order.ts";
import type { Seen, Sighting, SightingEnd } from "#core/sighting.ts";
import type { SetName } from "#db/backupsets.ts";
import { BlindSpots } from "#db/blind-spots.ts";
import { snapshots } from "#db/schema.ts";
import { SNAPSHOT_COLUMNS, snapshotOf } from "#db/snapshots.ts";
import { isStanding } from "#db/standing.ts";
import type { Store } from "#db/store/store.ts";
import { Timeline } from "#db/recording/timeline.ts";
import { OPEN_MS } from "#db/version.ts";

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
  readonly #timeline: Timeline;
  readonly #seen = new Map<number, Seen>();
  readonly #spots = new Map<number, BlindSpots>();

  constructor(store: Store, set: SetName, setId: number) {
    this.#store = store;
    this.#database = store.database;
    this.#set = set;
    this.#setId = setId;
    this.#timeline = Timeline.of(store.database, setId);
  }

  /** `next`: the version that the caller has met behind it, which may well be what came then. */
  of({ entry, fromMs, toMs }: Interval, next?: Interval): Sighting {
    const { machineId, setName } = this.#set;
    const isReplaced = next !== undefined && next.fromMs === toMs && isSameKey(next.entry, entry);
    const end = toMs === null ? null : this.#endOf(entry, toMs, isReplaced);
    return { machineId, setName, entry, ...this.#spanOf(fromMs, toMs), end };
  }

  // --- internal ---

  #spanOf(fromMs: number, toMs: number | null): Pick<Sighting, "first" | "last" | "snapshotCount"> {
    const { firstMs, lastMs, count } = this.#timeline.within(fromMs, toMs ?? OPEN_MS);
    return { first: this.#seenAt(firstMs), last: this.#seenAt(lastMs), snapshotCount: count };
  }

  #seenAt(ms: number): Seen {
    let seen = this.#seen.get(ms);
    if (seen === undefined) {
      const find = this.#database.query<{ id: string }, [number, number]>(AT);
      seen = { snapshotId: find.get(this.#setId, ms)!.id, timestampMs: ms };
      this.#seen.set(ms, seen);
    }
    return seen;
  }

  #endOf({ path, type }: Entry, ms: number, isReplaced: boolean): SightingEnd {
    const at = this.#seenAt(ms);
    const key = keyOfPath(path, type === "dir");
    if (isReplaced || isStanding(this.#database, { setId: this.#setId, atMs: ms }, key)) {
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

/** The statement, for the test that pins its plan. */
export const SIGHTINGS_SQL = () => ({ AT });

// --- internal ---

const AT =
  "SELECT snapshot_id AS id FROM snapshots INDEXED BY snapshots_by_time WHERE set_id = ?1 AND timestamp_ms = ?2";

const isSameKey = (a: Entry, b: Entry): boolean =>
  a.path === b.path && (a.type === "dir") === (b.type === "dir");
