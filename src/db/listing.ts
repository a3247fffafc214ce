// The list of entries at one moment of a set, in the one order.
import type { Database } from "bun:sqlite";
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import type { Located } from "./packed-rows.ts";
import { covers, entryOf, type EntryRow } from "./version.ts";
import { walkOf, walkPage, type WalkedPage, type WalkPlace } from "./walk.ts";

export interface Listed {
  key: EntryKey;
  entry: Entry;
}

/** One page of the moment `atMs`. */
export function listPage(database: Database, atMs: number, place: WalkPlace): WalkedPage<Listed> {
  return walkPage(database, LISTING, place, [atMs], listed);
}

/** The whole list, inside one transaction; reads by pages, so that the reader may write at keys already passed. */
export function* listing(database: Database, setId: number, atMs: number): Generator<Listed> {
  for (const rows of listedRows(database, setId, atMs)) {
    for (const { version, folder } of rows) yield listed(version, folder);
  }
}

/** The same as the store's own rows, in pages that are never empty: for who makes entries of them elsewhere. */
export function* listedRows(database: Database, setId: number, atMs: number): Generator<Located[]> {
  let after: EntryKey | undefined;
  for (;;) {
    const place = { setId, after, limit: PAGE_SIZE };
    const { rows, isEnd } = walkPage(database, LISTING, place, [atMs], (version, folder) => ({
      version,
      folder,
    }));
    if (rows.length > 0) yield rows;
    if (isEnd) return;
    const { version, folder } = rows.at(-1)!;
    after = { folder, name: pathText(version.name) };
  }
}

export const LISTING = walkOf(covers("?6"));

// --- internal ---

/** Beginning anew costs as much as some hundred entries; all is inside a transaction anyway. */
const PAGE_SIZE = 4000;

function listed(row: EntryRow, folder: string): Listed {
  const name = pathText(row.name);
  return { key: { folder, name }, entry: entryOf(row, folder, name) };
}
