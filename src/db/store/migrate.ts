// Brings a store up to date: all that it lacks is one transaction that also counts in `user_version`, so a kill leaves the
// store as it was or up to date. No migration loses rows silently: they are counted before and after.
import type { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";
import type { Migration } from "./migrations.ts";
import { APPLICATION_ID, checkIdentity } from "./soundness.ts";

/** Runs what the store has not had yet. The caller holds the store's lock exclusively. */
export function migrate(database: Database, file: string, steps: readonly Migration[]): void {
  // Rebuilding a table must not be taken for deleting what its rows are referred to by; it is checked at the end instead.
  database.run("PRAGMA foreign_keys = OFF");
  const version = checkIdentity(database, file, steps.length);
  database.run("BEGIN EXCLUSIVE");
  try {
    for (const step of steps.slice(version)) runStep(database, file, step);
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.run(`PRAGMA user_version = ${steps.length}`);
    database.run("COMMIT");
  } finally {
    if (database.inTransaction) database.run("ROLLBACK");
  }
  database.run("PRAGMA foreign_keys = ON");
}

// --- internal ---

function runStep(database: Database, file: string, step: Migration): void {
  const before = countRows(database);
  database.run(step.sql);
  const after = countRows(database);
  for (const [table, rows] of before) {
    if (step.changesRowsOf?.includes(table) === true || after.get(table) === rows) continue;
    throw new BsvError(
      "internal",
      `Migration ${step.name} of ${file} would change the rows of ${table} from ${rows} to ${after.get(table) ?? 0}`,
      { hint: "The store was left as it was; please report this" },
    );
  }
  if (database.query("PRAGMA foreign_key_check").get() !== null) {
    throw new BsvError("internal", `Migration ${step.name} of ${file} would orphan rows`, {
      hint: "The store was left as it was; please report this",
    });
  }
}

function countRows(database: Database): Map<string, number> {
  const tables = database
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  return new Map(
    tables.map(({ name }) => [
      name,
      database.query<{ n: number }, []>(`SELECT count(*) AS n FROM "${name}"`).get()!.n,
    ]),
  );
}
