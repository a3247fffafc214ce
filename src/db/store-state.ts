// Whether a store is still what it was: for whoever keeps between two transactions what he has found in it.
import type { Database } from "bun:sqlite";

/** The same only while nobody has written: neither through another connection nor through this one. Inside a transaction. */
export function storeState(database: Database): string {
  const { data_version: others } = database
    .query<{ data_version: number }, []>("PRAGMA data_version") // half the price of selecting it
    .get()!;
  const { own } = database.query<{ own: number }, []>("SELECT total_changes() AS own").get()!;
  return `${others}/${own}`;
}

/**
 * The same, looked up once in a turn of the event loop, for what is asked at every request: of a hundred that come at once, the last
 * is told what was so when the first was read. Not inside a transaction.
 */
export function stateThisTurn(database: Database): string {
  const known = thisTurn.get(database);
  if (known !== undefined) return known;
  const state = storeState(database);
  thisTurn.set(database, state);
  setImmediate(() => thisTurn.delete(database));
  return state;
}

/** For the pen: this connection has written. */
export function stateChanged(database: Database): void {
  thisTurn.delete(database);
}

// --- internal ---

const thisTurn = new WeakMap<Database, string>();
