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
