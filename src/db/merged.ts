// What differs between moments of two sets: both lists read side by side in the one order, page by page.
import type { Database } from "bun:sqlite";
import { compareKeys, type EntryKey } from "#core/order.ts";
import type { Difference } from "./difference.ts";
import { listPage, type Listed } from "./listing.ts";
import type { Side } from "./side.ts";

/** Both entries of each key of the next stretch, equal ones too: what equality means is the caller's to say. */
export function mergePage(
  database: Database,
  before: Side,
  after: Side,
  place: EntryKey | undefined,
): { differences: Difference[]; next: EntryKey | undefined } {
  const [left, right] = [before, after].map(({ setId, atMs }) =>
    listPage(database, atMs, { setId, after: place, limit: PAGE_SIZE }),
  ) as [Listed[], Listed[]];
  const differences: Difference[] = [];
  let [i, j] = [0, 0];
  // A full page may go on: beyond its last key only the other list is known.
  while (i < left.length || j < right.length) {
    if (i === left.length && left.length === PAGE_SIZE) break;
    if (j === right.length && right.length === PAGE_SIZE) break;
    const order = compared(left[i], right[j]);
    const old = order <= 0 ? left[i++] : undefined;
    const now = order >= 0 ? right[j++] : undefined;
    const { key } = (old ?? now)!;
    differences.push({ key, before: old?.entry ?? null, after: now?.entry ?? null });
  }
  const isEnd = left.length < PAGE_SIZE && right.length < PAGE_SIZE;
  return { differences, next: isEnd ? undefined : differences.at(-1)!.key };
}

// --- internal ---

const PAGE_SIZE = 1000;

function compared(left: Listed | undefined, right: Listed | undefined): number {
  if (left === undefined) return 1;
  return right === undefined ? -1 : compareKeys(left.key, right.key);
}
