// What differs between moments of two sets: both lists read side by side in the one order, page by page. Where roots are mapped,
// root after root.
import type { Database } from "bun:sqlite";
import { compareKeys, type EntryKey } from "#core/order.ts";
import type { RootMap, RootPair } from "#core/root-map.ts";
import type { Difference } from "./difference.ts";
import { listPage, type Listed } from "#db/listing.ts";
import type { Side } from "./side.ts";

/** Both entries of each key of the next stretch, equal ones too: what equality means is the caller's to say. Keys are the later side's. */
export function mergePage(
  database: Database,
  before: Side,
  after: Side,
  place: EntryKey | undefined,
  map: RootMap | undefined,
): { differences: Difference[]; next: EntryKey | undefined } {
  const pairs = map?.pairs ?? [EVERYTHING];
  const isAt = (pair: RootPair): boolean => place?.folder.startsWith(pair.after) === true;
  const first = Math.max(0, pairs.findIndex(isAt));
  const differences: Difference[] = [];
  for (const [nr, pair] of pairs.slice(first).entries()) {
    const start = nr === 0 ? place : undefined;
    const oldStart = start && rebased(start, pair.after, pair.before);
    const left = listBelow(database, before, pair.before, oldStart);
    for (const listed of left.page) listed.key = rebased(listed.key, pair.before, pair.after);
    const right = listBelow(database, after, pair.after, start);
    for (const difference of merged(left, right)) differences.push(difference);
    if (!left.isEnd || !right.isEnd) return { differences, next: differences.at(-1)!.key };
  }
  return { differences, next: undefined };
}

/** Whether the snapshot lists anything below a folder. */
export function hasBelow(database: Database, { setId, atMs }: Side, root: string): boolean {
  const place = { setId, after: startOf(root), limit: 1 };
  return listPage(database, atMs, place).rows[0]?.key.folder.startsWith(root) === true;
}

// --- internal ---

const PAGE_SIZE = 1000;
const EVERYTHING: RootPair = { before: "", after: "" };

interface Part {
  readonly page: Listed[];
  /** Whether nothing of the list comes behind it. */
  readonly isEnd: boolean;
}

const rebased = ({ folder, name }: EntryKey, from: string, to: string): EntryKey =>
  from === to ? { folder, name } : { folder: to + folder.slice(from.length), name };

/** Before all that lies below a folder. */
const startOf = (root: string) =>
  root === "" ? undefined : { folder: root, name: "", fromMs: -1 };

function listBelow(
  database: Database,
  { setId, atMs }: Side,
  root: string,
  place: EntryKey | undefined,
): Part {
  const after = place ?? startOf(root);
  const { rows: page, isEnd } = listPage(database, atMs, { setId, after, limit: PAGE_SIZE });
  const end = page.findIndex(({ key }) => !key.folder.startsWith(root));
  return end < 0 ? { page, isEnd } : { page: page.slice(0, end), isEnd: true };
}

function* merged(left: Part, right: Part): Generator<Difference> {
  let [i, j] = [0, 0];
  while (i < left.page.length || j < right.page.length) {
    // Of a list that goes on nothing is known beyond its last key.
    if (i === left.page.length && !left.isEnd) return;
    if (j === right.page.length && !right.isEnd) return;
    const order = compared(left.page[i], right.page[j]);
    const old = order <= 0 ? left.page[i++] : undefined;
    const now = order >= 0 ? right.page[j++] : undefined;
    const { key } = (old ?? now)!;
    yield { key, before: old?.entry ?? null, after: now?.entry ?? null };
  }
}

function compared(left: Listed | undefined, right: Listed | undefined): number {
  if (left === undefined) return 1;
  return right === undefined ? -1 : compareKeys(left.key, right.key);
}
