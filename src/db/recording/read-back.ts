// What was written, read from the store again inside the same transaction: the list that a snapshot is sealed from.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import { keyOfPath, pathOfKey, type EntryKey } from "#core/order.ts";
import { pathBytes } from "#core/path-bytes.ts";
import { listedRows } from "#db/listing.ts";
import { packed, type Located, type PackedRows } from "#db/packed-rows.ts";
import { covers, entryOf } from "#db/version.ts";
import { notInOrder } from "./content.ts";

/** A list in the one order, as entries or, where it comes from the store, as pages that another thread makes entries of. */
export interface SealedList extends Iterable<Entry> {
  packed?(): Iterable<PackedRows>;
}

/** The new list as the store gives it back, checked for a path that is both a file and a folder that could not be listed. */
export class ReadBack implements SealedList {
  isRead = false;
  readonly #database: Database;
  readonly #setId: number;
  readonly #atMs: number;

  constructor(database: Database, setId: number, atMs: number) {
    this.#database = database;
    this.#setId = setId;
    this.#atMs = atMs;
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const rows of this.#pages()) {
      for (const { version, folder } of rows) yield entryOf(version, folder);
    }
  }

  *packed(): Generator<PackedRows> {
    for (const rows of this.#pages()) yield packed(rows);
  }

  // --- internal ---

  *#pages(): Generator<Located[]> {
    for (const rows of listedRows(this.#database, this.#setId, this.#atMs)) {
      for (const { version, folder } of rows) {
        if (version.name.length === 0) this.#mustBeNoFile({ folder, name: "" });
      }
      yield rows;
    }
    this.isRead = true;
  }

  #mustBeNoFile(unlisted: EntryKey): void {
    const { folder, name } = keyOfPath(pathOfKey(unlisted.folder, unlisted.name), false);
    if (name === "") return; // `/` and `C:/` are nobody's file
    const file = this.#database
      .query(
        `SELECT 1 FROM folders f CROSS JOIN versions v ON v.folder_id = f.folder_id
         WHERE f.set_id = ?1 AND f.path = ?2 AND v.name = ?3 AND ${covers("?4")}`,
      )
      .get(this.#setId, pathBytes(folder), pathBytes(name), this.#atMs);
    if (file !== null) throw notInOrder(unlisted, true);
  }
}
