// What SQLite itself can say of the store's file: whether its pages, indexes and references fit together. It cannot see a
// flipped bit inside a value: that is for the snapshots' own hashes.
import { view } from "#db/atomic.ts";
import type { Scope } from "#db/scope.ts";

/** Enough to know that it is bad. */
const MOST = 100;

/** What is wrong, in SQLite's words; nothing, when all fits. Throws `store_corrupt` where it cannot even be read. */
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
    ];
  });
}
