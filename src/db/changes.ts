// The changes from one snapshot to another, of whatever time, set or machine: what differs, in the one order, each told for what it
// is. Read in pages, each in a short transaction of its own; memory stays flat however much has changed.
import type { Database } from "bun:sqlite";
import { compareEntries, isTelling, type FileChange } from "#core/changes.ts";
import type { Entry } from "#core/entry.ts";
import { compareKeys, type EntryKey } from "#core/order.ts";
import { view } from "./atomic.ts";
import { BlindSpots } from "./blind-spots.ts";
import { Contents } from "./contents.ts";
import { isShort, shortDifferences, walkDifferences, type Difference } from "./difference.ts";
import { cursorOfKey, keyOfCursor } from "./key-cursor.ts";
import { mergePage } from "./merged.ts";
import type { Page, Paged } from "./page.ts";
import type { Scope } from "./scope.ts";
import { sideOf, type Side } from "./side.ts";
import type { SnapshotRow } from "./snapshots.ts";

/** Which changes are wanted; all, if not given. */
export type IsWanted = (change: FileChange) => boolean;

/** All changes from one snapshot to the other. Throws `gone` when one is deleted meanwhile. */
export async function* changePages(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  isWanted: IsWanted = () => true,
): AsyncGenerator<FileChange[]> {
  const comparison = new Comparison(scope, from, to);
  let after: EntryKey | undefined;
  do {
    const page = await comparison.page(after, Infinity, isWanted);
    if (page.changes.length > 0) yield page.changes;
    after = page.next;
  } while (after !== undefined);
}

/** One page. Where few changes are wanted it may be shorter than its limit, even empty, though the list goes on. */
export async function changePage(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  { limit, cursor }: Page,
  isWanted: IsWanted = () => true,
): Promise<Paged<FileChange>> {
  const after = cursor === undefined ? undefined : keyOfCursor(cursor);
  const { changes, next } = await new Comparison(scope, from, to).page(after, limit, isWanted);
  return { rows: changes, nextCursor: next === undefined ? null : cursorOfKey(next) };
}

// --- internal ---

/** Differences told at once: some milliseconds of work. */
const STRETCH = 1000;

interface Stretch {
  differences: readonly Difference[];
  next: EntryKey | undefined;
}

class Comparison {
  readonly #scope: Scope;
  readonly #from: SnapshotRow;
  readonly #to: SnapshotRow;
  /** Found at the first page and kept: a snapshot never changes. */
  #teller: Teller | undefined;
  #short: readonly Difference[] | null | undefined;

  constructor(scope: Scope, from: SnapshotRow, to: SnapshotRow) {
    this.#scope = scope;
    this.#from = from;
    this.#to = to;
  }

  page(
    after: EntryKey | undefined,
    limit: number,
    isWanted: IsWanted,
  ): Promise<{ changes: FileChange[]; next: EntryKey | undefined }> {
    return view(this.#scope, (database) => {
      const [before, later] = [sideOf(database, this.#from), sideOf(database, this.#to)];
      this.#teller ??= new Teller(database, before, later);
      const { differences, next } = this.#stretch(database, before, later, after);
      const changes: FileChange[] = [];
      for (const difference of differences) {
        const change = this.#teller.tell(difference);
        if (change === undefined || !isWanted(change)) continue;
        changes.push(change);
        if (changes.length === limit) {
          const isLast = next === undefined && difference === differences.at(-1);
          return { changes, next: isLast ? undefined : difference.key };
        }
      }
      return { changes, next };
    });
  }

  #stretch(database: Database, before: Side, after: Side, place: EntryKey | undefined): Stretch {
    if (before.setId !== after.setId) return mergePage(database, before, after, place);
    const span = { setId: before.setId, beforeMs: before.atMs, afterMs: after.atMs };
    this.#short ??= isShort(database, span) ? shortDifferences(database, span) : null;
    if (this.#short === null) return walkDifferences(database, span, place);
    const start = place === undefined ? 0 : firstBehind(this.#short, place);
    const differences = this.#short.slice(start, start + STRETCH);
    const isEnd = start + STRETCH >= this.#short.length;
    return { differences, next: isEnd ? undefined : differences.at(-1)!.key };
  }
}

/** Says what a difference is. */
class Teller {
  readonly #isSameSet: boolean;
  readonly #beforeSpots: BlindSpots;
  readonly #afterSpots: BlindSpots;
  readonly #contents: Contents;

  constructor(database: Database, before: Side, after: Side) {
    this.#isSameSet = before.setId === after.setId;
    this.#beforeSpots = new BlindSpots(database, before, this.#isSameSet);
    this.#afterSpots = new BlindSpots(database, after, this.#isSameSet);
    this.#contents = new Contents(database, [before, this.#beforeSpots], [after, this.#afterSpots]);
  }

  /** Undefined where nothing is to be told: equal entries of two sets, the place a file was moved from. */
  tell({ key, before, after }: Difference): FileChange | undefined {
    if (before === null) return this.#came(key, after!);
    if (after === null) return this.#went(key, before);
    const compared = compareEntries(before, after, this.#isSameSet);
    return compared && { ...compared, path: after.path, from: null, before, after };
  }

  #came(key: EntryKey, after: Entry): FileChange {
    const change = { path: after.path, from: null, why: null, before: null, after };
    const why = after.type === "dir" ? after.error : this.#beforeSpots.why(key);
    if (why !== null && why !== undefined) return { ...change, kind: "unknown", why };
    const origin = isTelling(after) ? this.#contents.originOf(key, after) : undefined;
    if (origin === undefined) return { ...change, kind: "added" };
    const { kind, entry } = origin;
    return { ...change, kind, from: entry.path, before: kind === "moved" ? entry : null };
  }

  #went(key: EntryKey, before: Entry): FileChange | undefined {
    const change = { path: before.path, from: null, why: null, before, after: null };
    const why = before.type === "dir" ? before.error : this.#afterSpots.why(key);
    if (why !== null && why !== undefined) return { ...change, kind: "unknown", why };
    const isMoved = isTelling(before) && this.#contents.isMoved(key, before);
    return isMoved ? undefined : { ...change, kind: "removed" };
  }
}

/** Where in the order what is behind the key begins. */
function firstBehind(differences: readonly Difference[], key: EntryKey): number {
  let [low, high] = [0, differences.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(differences[middle]!.key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
