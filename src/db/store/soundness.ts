// Whether a file is a store of ours, of a version this binary knows, and whole as far as can be told at once. A full check
// reads everything (seconds at a million files), so opening only looks where damage is cheap to see: the header, the
// length, the schema, both ends of each table. What is damaged deeper shows when it is read, as `store_corrupt`, and
// what SQLite can't see (a flipped bit in a value) by the hashes of the snapshots.
import { constants, Database, SQLiteError } from "bun:sqlite";
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { BsvError } from "#core/errors.ts";
import { fileError, storeError, unwritable } from "./store-error.ts";

/** "bsv1" in the file's header: tells a store from any other SQLite database. */
export const APPLICATION_ID = 0x62737631;

/**
 * Refuses what is no SQLite file, or another application's, by its header alone, and leaves no trace beside it. SQLite itself must do
 * the reading: to close any other descriptor of a file lets go of all the locks that this process has on it, and then any other
 * program that opens and closes the store, `sqlite3` say, takes its write-ahead log away from under it.
 */
export function checkHeader(file: string): void {
  try {
    if (!statSync(file).isFile()) throw unwritable(file, "it is no regular file"); // a FIFO would be waited for
    const database = new Database(`${pathToFileURL(file).href}?immutable=1`, HEADER_ONLY);
    try {
      refuseForeign(pragma(database, "application_id"), file); // 0: new, or not yet checkpointed for the first time
    } finally {
      database.close(true);
    }
  } catch (error) {
    const code = error instanceof SQLiteError ? error.code : undefined;
    // A file that another process is just writing longer looks too short, for nothing was locked: opening it tells.
    if (code?.startsWith("SQLITE_CORRUPT") === true) return;
    if (code !== "SQLITE_NOTADB") throw fileError(storeError(error, file), file);
    throw new BsvError("store_corrupt", `Not a bsv store: ${file} is no SQLite database`, {
      hint: "Nothing was changed; name another data folder, or move the file away",
      cause: error,
    });
  }
}

/** How many migrations the store has had; refuses another application's database and a newer bsv's store. */
export function checkIdentity(database: Database, file: string, known: number): number {
  const id = pragma(database, "application_id");
  refuseForeign(id, file);
  if (id === 0 && database.query("SELECT 1 FROM sqlite_master").get() !== null) {
    throw foreign(file);
  }
  const version = pragma(database, "user_version");
  if (version > known) {
    throw new BsvError("store_newer", `The store ${file} was written by a newer bsv`, {
      hint: `Update bsv: the store has version ${version}, this bsv knows ${known}`,
      details: { version, known },
    });
  }
  return version;
}

/** Looks where damage is cheap to see; SQLite itself refuses a file shorter than its header says. Throws its error. */
export function checkSoundness(database: Database): void {
  const tables = database
    .query<{ name: string; wr: 0 | 1 }, []>(
      "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
    )
    .all();
  for (const { name, wr: hasNoRowid } of tables) {
    const key = hasNoRowid ? "1" : "rowid"; // such a table begins with its primary key
    for (const order of ["ASC", "DESC"]) {
      database.query(`SELECT * FROM "${name}" ORDER BY ${key} ${order} LIMIT 1`).get();
    }
  }
}

/** Refuses a file that was deleted, moved or replaced while it was open: what is written to it nobody would find again. */
export function mustBeInPlace(database: Database, file: string): void {
  const answer = new Int32Array(2); // SQLite writes one of them, Bun wants eight bytes
  database.fileControl(constants.SQLITE_FCNTL_HAS_MOVED, answer);
  if (answer[0] === 0) return;
  throw new BsvError("internal", `The store ${file} was deleted, moved or replaced while in use`, {
    hint: "Nothing was written; put it back where it was, or start bsv anew for what stands there now",
  });
}

// --- internal ---

const HEADER_ONLY = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;

function pragma(database: Database, name: "application_id" | "user_version"): number {
  return database.query<Record<string, number>, []>(`PRAGMA ${name}`).get()![name]!;
}

function refuseForeign(applicationId: number, file: string): void {
  if (applicationId !== 0 && applicationId !== APPLICATION_ID) throw foreign(file);
}

function foreign(file: string): BsvError {
  return new BsvError("store_corrupt", `Not a bsv store: ${file} belongs to another application`, {
    hint: "Nothing was changed; name another data folder, or move the file away",
  });
}
