// The entries of a snapshot, read in pages of the one order. Each page is one short read transaction, so that a slow
// reader holds nothing up; a snapshot deleted meanwhile ends the reading with `gone` instead of a short list.
import type { Database } from "bun:sqlite";
import { BsvError } from "#core/errors.ts";
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { view } from "./atomic.ts";
import { listPage, type Listed } from "./listing.ts";
import type { Scope } from "./scope.ts";

/** Small enough for an HTTP thread that must stay responsive: about 2 ms. */
const PAGE_SIZE = 1000;

export interface EntryPagesOptions {
  /** Start after this key. */
  after?: EntryKey | undefined;
  pageSize?: number | undefined;
}

/** All entries of a snapshot. Throws `not_found` at once, `gone` when it is deleted while being read. */
export async function* entryPages(
  scope: Scope,
  snapshotId: string,
  options: EntryPagesOptions = {},
): AsyncGenerator<Entry[]> {
  for await (const page of listedPages(scope, snapshotId, options)) {
    yield page.map((listed) => listed.entry);
  }
}

/** For this room: as `entryPages`, with keys and version ids. */
export async function* listedPages(
  scope: Scope,
  snapshotId: string,
  { after, pageSize: limit = PAGE_SIZE }: EntryPagesOptions,
): AsyncGenerator<Listed[]> {
  for (let isFirst = true; ; isFirst = false) {
    const page = await view(scope, (database) => {
      const { setId, atMs } = momentOf(database, snapshotId, isFirst ? "not_found" : "gone");
      return listPage(database, atMs, { setId, after, limit });
    });
    if (page.length > 0) yield page;
    if (page.length < limit) return;
    after = page.at(-1)!.key;
  }
}

/** For this room: the set and the time of a snapshot, or `code`. Call inside a transaction. */
export function momentOf(
  database: Database,
  snapshotId: string,
  code: "not_found" | "gone" | "base_missing",
): { setId: number; atMs: number } {
  const row = database
    .query<{ set_id: number; timestamp_ms: number }, [string]>(
      "SELECT set_id, timestamp_ms FROM snapshots WHERE snapshot_id = ?",
    )
    .get(snapshotId);
  if (row === null) {
    const text = code === "gone" ? "was deleted while it was being read" : "is not in this store";
    throw new BsvError(code, `Snapshot ${snapshotId} ${text}`, {
      details: { snapshot_id: snapshotId },
    });
  }
  return { setId: row.set_id, atMs: row.timestamp_ms };
}
