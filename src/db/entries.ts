// The entries of a snapshot, read in pages of the one order. Each page is one short read transaction, so that a slow
// reader holds nothing up; a snapshot deleted meanwhile ends the reading with `gone` instead of a short list.
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { view } from "./atomic.ts";
import { listPage, type Listed } from "./listing.ts";
import { momentOf } from "./owned.ts";
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
    const { rows, isEnd } = await view(scope, (database) => {
      const { setId, atMs } = momentOf(scope, snapshotId, isFirst ? "not_found" : "gone");
      return listPage(database, atMs, { setId, after, limit });
    });
    if (rows.length > 0) yield rows;
    if (isEnd) return;
    after = rows.at(-1)!.key;
  }
}
