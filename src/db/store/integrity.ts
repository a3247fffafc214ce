// What can be said of the store's file without its snapshots' hashes: whether pages, indexes and references fit together, those that
// SQLite knows and those that only we do. A flipped bit inside a value of a snapshot is for the hashes.
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";

/** Enough to know that it is bad. */
const MOST = 100;

/** What is wrong, in SQLite's words or ours; nothing, when all fits. Throws `store_corrupt` where it cannot even be read. */
export async function integrityProblems(scope: Scope): Promise<string[]> {
  return view(scope, (database) => {
    const found = database.query(`PRAGMA integrity_check(${MOST})`).values().flat() as string[];
    const orphans = database
      .query<{ table: string; rowid: number; parent: string }, []>("PRAGMA foreign_key_check")
      .all();
    return [
      ...found.filter((text) => text !== "ok"),
      ...orphans
        .slice(0, MOST)
        .map(({ table, rowid, parent }) => `row ${rowid} of ${table} refers to no ${parent}`),
      ...MISFITS.flatMap(({ what, sql }) =>
        database
          .query<{ nr: number }, [number]>(`${sql} LIMIT ?`)
          .all(MOST)
          .map(({ nr }) => `row ${nr} of ${what}`),
      ),
    ];
  });
}

// --- internal ---

/** A row of them stands in no list that is hashed, or is not found by its index: nothing else would miss it. */
const MISFITS = [
  {
    what: "snapshots belongs to no backupset of its name",
    sql: `SELECT seq AS nr FROM snapshots s WHERE NOT EXISTS (SELECT 1 FROM backupsets b
      WHERE (b.set_id, b.machine_id, b.backupset_name) = (s.set_id, s.machine_id, s.backupset_name))`,
  },
  {
    what: "tombstones belongs to no backupset",
    sql: "SELECT rowid AS nr FROM tombstones WHERE set_id NOT IN (SELECT set_id FROM backupsets)",
  },
  {
    what: "folders belongs to no backupset",
    sql: "SELECT folder_id AS nr FROM folders WHERE set_id NOT IN (SELECT set_id FROM backupsets)",
  },
  {
    what: "versions belongs to another backupset than its folder",
    sql: `SELECT version_id AS nr FROM versions v LEFT JOIN folders f ON f.folder_id = v.folder_id
      WHERE f.set_id IS NOT v.set_id`,
  },
  {
    what: "verdicts is no verdict",
    sql: `SELECT seq AS nr FROM verdicts WHERE verdict NOT IN ('plausible', 'suspicious')
      OR NOT json_valid(reasons) OR NOT json_valid(coalesce(measures, 'null'))`,
  },
] as const;
