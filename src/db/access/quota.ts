// What the machines of one owner may take of the store. Each set carries what recording and deleting cost the file, in pages, so
// that nobody has to count a year of versions to let one snapshot in.
import type { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";

/** Infinity: no limit. */
export interface Quota {
  readonly bytes: number;
  readonly snapshots: number;
  /** Backupsets, those included in which there is nothing yet. */
  readonly sets: number;
}

/** Does what changes a set's versions, and notes what it cost, or gave back. Call inside `atomic`. */
export function charged<T>(database: Database, setId: number, act: () => T): T {
  const before = usedBytes(database);
  const done = act();
  const cost = usedBytes(database) - before;
  database
    .query("UPDATE backupsets SET stored_bytes = max(0, stored_bytes + ?) WHERE set_id = ?")
    .run(cost, setId);
  return done;
}

/** Throws `over_quota` when the owner of this set has more than its share. Call inside `atomic`. */
export function mustFit(database: Database, setId: number, quota: Quota): void {
  if (Object.values(quota).every((most) => most === Infinity)) return;
  const { bytes, snapshots, sets } = database.query<Quota, [number]>(OWNED).get(setId)!;
  if (bytes <= quota.bytes && snapshots <= quota.snapshots && sets <= quota.sets) return;
  throw new BsvError("over_quota", "The owner's share of this store is used up", {
    hint: "Prune or delete snapshots, or have the limits owner_size, owner_snapshots and owner_sets raised",
    details: { bytes, snapshots, sets },
  });
}

// --- internal ---

/** What is in use of the file: what was deleted waits for new rows. */
function usedBytes(database: Database): number {
  const pragma = (name: string): number =>
    (database.query(`PRAGMA ${name}`).values()[0] as [number])[0];
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

/** Machines that nobody owns are counted together. */
const OWNED = `
  SELECT count(*) AS sets, coalesce(sum(b.stored_bytes), 0) AS bytes,
    coalesce(sum((SELECT count(*) FROM snapshots s INDEXED BY snapshots_by_time
      WHERE s.set_id = b.set_id)), 0) AS snapshots
  FROM machines m CROSS JOIN backupsets b ON b.machine_id = m.machine_id
  WHERE m.owner_id IS (SELECT o.owner_id FROM backupsets x
    CROSS JOIN machines o ON o.machine_id = x.machine_id WHERE x.set_id = ?)`;
