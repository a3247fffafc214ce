// The only pen: every write to a store is one synchronous transaction, begun with the writer's lock already held, so that
// it can't fail half-way for want of it. An async callback does not compile: it would commit at its first await.
import type { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";
import { mustStillBeIn } from "./owned.ts";
import { mustBeInPlace } from "./store/soundness.ts";
import { isBusy, storeError } from "./store/store-error.ts";
import type { Scope } from "./scope.ts";
import { stateChanged } from "./store-state.ts";

/** How long to wait for another process: a first snapshot of some million files holds the lock for so long. */
const LOCK_WAIT_MS = 120_000;
/** Pause between two tries, with jitter, so that waiting writers do not march in step. */
const RETRY_MS = 40;

export type NotPromise<T> = T extends PromiseLike<unknown> ? never : T;

/** Runs `write` in one transaction; whatever it throws undoes everything. */
export async function atomic<T>(
  scope: Scope,
  write: (database: Database) => NotPromise<T>,
): Promise<T> {
  const { database } = scope.store;
  await waiting(scope.store.file, () => database.run("BEGIN IMMEDIATE"));
  try {
    mustStillBeIn(scope);
    const result = write(database);
    mustBeInPlace(database, scope.store.file);
    database.run("COMMIT");
    stateChanged(database);
    return result;
  } catch (error) {
    rollBack(database);
    throw storeError(error, scope.store.file);
  }
}

/** Runs `read` in one read transaction: all it sees is one moment of the store. It may be run more than once. */
export async function view<T>(
  scope: Scope,
  read: (database: Database) => NotPromise<T>,
): Promise<T> {
  const { database, file } = scope.store;
  // Awaited here and not by the caller: a rejection is heard at once, and never looks as if nobody listened.
  return await waiting(file, () => {
    try {
      database.run("BEGIN");
      mustStillBeIn(scope);
      return read(database);
    } finally {
      rollBack(database);
    }
  });
}

// --- internal ---

/** Does it again for as long as another process holds the lock that it needs. */
async function waiting<T>(file: string, attempt: () => T): Promise<T> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw storeError(error, file);
      if (performance.now() > deadline) {
        throw new BsvError("store_busy", `Another bsv has been writing to ${file} for too long`, {
          hint: "Try again when it is done",
          cause: error,
        });
      }
    }
    await Bun.sleep(RETRY_MS * (0.5 + Math.random()));
  }
}

/** After some failures (full disk, I/O error) SQLite has rolled back by itself already. */
function rollBack(database: Database): void {
  if (database.inTransaction) database.run("ROLLBACK");
}
