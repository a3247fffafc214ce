// The changes from one snapshot to another, of whatever time, set or machine: what differs, in the one order, each told for what it
// is. Read in pages, each in a short transaction of its own; memory stays flat however much has changed.
import type { Database } from "bun:sqlite";
import type { FileChange } from "#core/changes.ts";
import { compareKeys, type EntryKey } from "#core/order.ts";
import { tellChange, type Evidence } from "#core/tell-change.ts";
import { view } from "./atomic.ts";
import { BlindSpots } from "./blind-spots.ts";
import { Contents } from "./contents.ts";
import { shortDifferences, walkDifferences, type Difference, type Span } from "./difference.ts";
import { cursorOfKey, keyOfCursor } from "./key-cursor.ts";
import { mergePage } from "./merged.ts";
import type { Page, Paged } from "./page.ts";
import { repeatedContents, type RepeatedContents } from "./repeated-contents.ts";
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
  await comparison.prepare();
  let after: EntryKey | undefined;
  do {
    const page = await comparison.page(after, Infinity, isWanted);
    if (page.changes.length > 0) yield page.changes;
    after = page.next;
    await Bun.sleep(0); // lets others in, and the collector
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

/** By store: ids are hashes of what they name, so what was found stays true. */
const lastShort = new WeakMap<Database, { key: string; short: readonly Difference[] | "walk" }>();

interface Stretch {
  differences: readonly Difference[];
  next: EntryKey | undefined;
}

class Comparison {
  readonly #scope: Scope;
  readonly #from: SnapshotRow;
  readonly #to: SnapshotRow;
  /** Found at the first page and kept: a snapshot never changes. */
  #evidence: Evidence | undefined;
  #repeated: RepeatedContents | undefined;
  #short: readonly Difference[] | "walk" | undefined;

  constructor(scope: Scope, from: SnapshotRow, to: SnapshotRow) {
    this.#scope = scope;
    this.#from = from;
    this.#to = to;
  }

  /** Before all pages are read: where there are many, a pass over the contents spares as many questions. */
  async prepare(): Promise<void> {
    const sides = await view(this.#scope, (database) => {
      const [before, later] = [sideOf(this.#scope, this.#from), sideOf(this.#scope, this.#to)];
      this.#stretch(database, before, later, undefined);
      return Array.isArray(this.#short) ? undefined : { before, later };
    });
    if (sides === undefined) return;
    const setIds = [sides.before.setId, sides.later.setId] as const;
    const fileCount = this.#from.fileCount + this.#to.fileCount;
    this.#repeated = await repeatedContents(this.#scope, setIds, fileCount);
  }

  page(
    after: EntryKey | undefined,
    limit: number,
    isWanted: IsWanted,
  ): Promise<{ changes: FileChange[]; next: EntryKey | undefined }> {
    return view(this.#scope, (database) => {
      const [before, later] = [sideOf(this.#scope, this.#from), sideOf(this.#scope, this.#to)];
      this.#evidence ??= evidenceOf(database, before, later, this.#repeated);
      const { differences, next } = this.#stretch(database, before, later, after);
      const changes: FileChange[] = [];
      for (const difference of differences) {
        const change = tellChange(difference, this.#evidence);
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

  /** Whoever reads page by page asks for the same again and again: the last one is kept, some 30 MB at most. */
  #shortOnce(database: Database, span: Span): readonly Difference[] | "walk" {
    const key = `${this.#from.snapshotId} ${this.#to.snapshotId}`;
    const last = lastShort.get(database);
    if (last?.key === key) return last.short;
    const short = shortDifferences(database, span) ?? "walk";
    lastShort.set(database, { key, short });
    return short;
  }

  #stretch(database: Database, before: Side, after: Side, place: EntryKey | undefined): Stretch {
    if (before.setId !== after.setId) return mergePage(database, before, after, place);
    const span = { setId: before.setId, beforeMs: before.atMs, afterMs: after.atMs };
    this.#short ??= this.#shortOnce(database, span);
    if (this.#short === "walk") return walkDifferences(database, span, place);
    const start = place === undefined ? 0 : firstBehind(this.#short, place);
    const differences = this.#short.slice(start, start + STRETCH);
    const isEnd = start + STRETCH >= this.#short.length;
    return { differences, next: isEnd ? undefined : differences.at(-1)!.key };
  }
}

/** What the store knows of both sides. */
function evidenceOf(
  database: Database,
  before: Side,
  after: Side,
  repeated: RepeatedContents | undefined,
): Evidence {
  const isSameSet = before.setId === after.setId;
  const beforeSpots = new BlindSpots(database, before, isSameSet);
  const afterSpots = new BlindSpots(database, after, isSameSet);
  const contents = new Contents(database, [before, beforeSpots], [after, afterSpots], repeated);
  return {
    isSameSet,
    whyNotBefore: (key) => beforeSpots.why(key),
    whyNotAfter: (key) => afterSpots.why(key),
    originOf: (key, entry) => contents.originOf(key, entry),
    isMoved: (key, entry) => contents.isMoved(key, entry),
  };
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
