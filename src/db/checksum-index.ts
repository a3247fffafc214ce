// The index of versions by checksum while many come in. Checksums are random, so keeping it row by row costs as much as all the
// rest of a row; once a snapshot has brought more rows than there were, building it anew from sorted rows is cheaper.
// Dropped and built inside one transaction: nobody else ever sees a store without it.
import type { Database } from "bun:sqlite";
import { assert } from "#core/errors.ts";

/** Below this many rows neither way takes time. */
const MIN_ROWS = 10_000;

export class ChecksumIndex {
  readonly #database: Database;
  readonly #dropAt: number;
  #addedCount = 0;
  /** How to build it again, once it is dropped. */
  #definition: string | undefined;

  constructor(database: Database) {
    this.#database = database;
    const { last } = database
      .query<{ last: number | null }, []>("SELECT max(version_id) last FROM versions")
      .get()!;
    this.#dropAt = Math.max(MIN_ROWS, last ?? 0);
  }

  /** Call for each row that is added. */
  added(): void {
    if (++this.#addedCount === this.#dropAt) this.#drop();
  }

  /** Call once all rows are there, in the transaction that added them. */
  finish(): void {
    if (this.#definition !== undefined) this.#database.run(this.#definition);
    this.#definition = undefined;
  }

  // --- internal ---

  #drop(): void {
    const known = this.#database
      .query<{ sql: string }, []>(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = 'versions_by_checksum'",
      )
      .get();
    assert(known, "the store has its index by checksum");
    this.#database.run("DROP INDEX versions_by_checksum");
    this.#definition = known.sql;
  }
}
