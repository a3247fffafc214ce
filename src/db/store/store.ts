// A store: one SQLite file with the history of every backupset, the same on laptop and server. Opening it checks what it
// is before anything is written: a foreign, newer or damaged file is refused and left as it was.
import { Database, constants } from "bun:sqlite";
import { drizzle, type BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { assert, BsvError } from "#core/errors.ts";
import { tryLock, type FileLock } from "./file-lock.ts";
import { migrate } from "./migrate.ts";
import { migrations, type Migration } from "./migrations.ts";
import { checkHeader, checkIdentity, checkSoundness } from "./soundness.ts";
import { makePrivateFile } from "./private-file.ts";
import { isBusy, storeError } from "./store-error.ts";
import { WAL_LIMIT_BYTES } from "./write-ahead-log.ts";

export interface Store {
  readonly file: string;
  /** For this room only: no SQL leaves it. */
  readonly database: Database;
  /** For this room only. */
  readonly orm: BunSQLiteDatabase;
  /** Checkpoints and closes; the store must not be used again. */
  close(): Promise<void>;
}

interface StoreOptions {
  /** For tests of the migrator: a shorter or longer list than this binary's. */
  migrations?: readonly Migration[];
  /** How long to wait for other processes that have the store open while it must be migrated. */
  waitMs?: number;
  /** How much of the file the connection may keep in memory; one that only reads in pages needs little. */
  cacheKib?: number;
}

/** Two processes may make the same new store at once; one that has an old one open for long is named instead. */
const MIGRATION_WAIT_MS = 5_000;
const RETRY_MS = 25;

/**
 * How each connection is set. `busy_timeout` blocks the event loop, so it is short and atomic.ts waits instead; the
 * cache holds the hot pages of a first snapshot's indexes and bounds memory, for SQLite spills what does not fit.
 */
const PRAGMAS: Readonly<Record<string, string | number>> = {
  journal_mode: "wal",
  synchronous: 2, // FULL: NORMAL loses acknowledged commits in a power cut
  foreign_keys: 1,
  trusted_schema: 0,
  cell_size_check: 1,
  journal_size_limit: WAL_LIMIT_BYTES,
};
/** Room for the pages that a million rows are inserted into at random, the index over checksums; 64 MiB made it no quicker. */
const CACHE_KIB = 40 * 1024;
const BUSY_TIMEOUT_MS = 50;

// This room has some fifty statements, and Bun keeps twenty: the rest would be compiled anew at every call.
Database.MAX_QUERY_CACHE_SIZE = 200;

/** Opens a store, making or migrating it if need be. Throws `store_corrupt`, `store_newer` or `locked`. */
export async function openStore(file: string, options: StoreOptions = {}): Promise<Store> {
  const steps = options.migrations ?? migrations;
  makePrivateFile(file);
  checkHeader(file);
  const deadline = performance.now() + (options.waitMs ?? MIGRATION_WAIT_MS);
  for (;;) {
    const store = tryOpen(file, steps, options.cacheKib ?? CACHE_KIB);
    if (store !== undefined) return store;
    if (performance.now() > deadline) {
      throw new BsvError("locked", `The store ${file} must be migrated while another bsv uses it`, {
        hint: "Stop the other bsv (serve, scan …) and try again",
      });
    }
    await Bun.sleep(RETRY_MS * (0.5 + Math.random()));
  }
}

/** Uses a store as the only one, with nothing else open: for what rewrites the file. Throws `locked` while another bsv has it open. */
export async function aloneWith<T>(
  file: string,
  use: (database: Database) => T,
  waitMs = MIGRATION_WAIT_MS,
): Promise<T> {
  // Brought up to date first, so that what is rewritten is of this bsv's version.
  await (await openStore(file, { waitMs })).close();
  const deadline = performance.now() + waitMs;
  for (;;) {
    const done = tryAlone(file, use);
    if (done !== undefined) return done.result;
    if (performance.now() > deadline) {
      throw new BsvError("locked", `Another bsv has the store ${file} open`, {
        hint: "Stop it (serve, scan …) and try again",
      });
    }
    await Bun.sleep(RETRY_MS * (0.5 + Math.random()));
  }
}

// --- internal ---

/** Opens an up-to-date store under the shared lock, brings an old one up to date under the exclusive lock; undefined to try again. */
function tryOpen(file: string, steps: readonly Migration[], cacheKib: number): Store | undefined {
  const lock = tryLock(`${file}-lock`, "shared");
  if (lock === undefined) return undefined;
  const database = connect(file);
  try {
    if (checkIdentity(database, file, steps.length) === steps.length) {
      applyPragmas(database, file, cacheKib);
      checkSoundness(database);
      return new OpenStore(file, database, lock);
    }
  } catch (error) {
    database.close(true);
    lock.release();
    if (isBusy(error)) return undefined;
    throw storeError(error, file);
  }
  database.close(true);
  lock.release();
  // However long it took: what is up to date is opened, not waited for.
  return isBroughtUpToDate(file, steps) ? tryOpen(file, steps, cacheKib) : undefined;
}

/** False while somebody else has it. */
function isBroughtUpToDate(file: string, steps: readonly Migration[]): boolean {
  return tryAlone(file, (database) => migrate(database, file, steps)) !== undefined;
}

/** Undefined while somebody else has it. */
function tryAlone<T>(file: string, use: (database: Database) => T): { result: T } | undefined {
  const lock = tryLock(`${file}-lock`, "exclusive");
  if (lock === undefined) return undefined;
  const database = connect(file);
  try {
    applyPragmas(database, file, CACHE_KIB);
    return { result: use(database) };
  } catch (error) {
    throw storeError(error, file);
  } finally {
    database.close(true);
    lock.release();
  }
}

function connect(file: string): Database {
  const database = new Database(file, { readwrite: true, create: false, strict: true });
  database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}

/** Sets the pragmas and reads each back: SQLite ignores without a word what it does not know or can't do. */
function applyPragmas(database: Database, file: string, cacheKib: number): void {
  const pragmas = { ...PRAGMAS, cache_size: -cacheKib };
  for (const [name, wanted] of Object.entries(pragmas)) {
    database.run(`PRAGMA ${name} = ${wanted}`);
    const actual = database.query<[string | number], []>(`PRAGMA ${name}`).values()[0]?.[0];
    if (actual !== wanted) {
      throw new BsvError(
        "internal",
        `The store ${file} can't be used: ${name} is ${String(actual)}`,
        {
          hint: "Is it on a file system that SQLite's WAL does not work on (a network share)?",
        },
      );
    }
  }
}

class OpenStore implements Store {
  readonly file: string;
  readonly database: Database;
  readonly orm: BunSQLiteDatabase;
  readonly #lock: FileLock;
  #isClosed = false;

  constructor(file: string, database: Database, lock: FileLock) {
    this.file = file;
    this.database = database;
    this.orm = drizzle(database);
    this.#lock = lock;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    assert(!this.database.inTransaction, "a store is closed inside a transaction");
    try {
      // Apple's SQLite keeps the WAL otherwise. A checkpoint that others block is theirs to do when they close.
      this.database.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 0);
      this.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
      this.database.close(true);
    } catch (error) {
      throw storeError(error, this.file);
    } finally {
      this.#lock.release();
    }
  }
}
