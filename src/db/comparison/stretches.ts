// Two snapshots side by side, of whatever time, set or machine: every key at which they may differ, in the one order, stretch by
// stretch. What they are told to be is the caller's to say. Each stretch is read in a short transaction of its own; memory stays
// bounded however much differs.
import type { Database } from "bun:sqlite";
import { compareKeys, type EntryKey } from "#core/order.ts";
import type { RootMap } from "#core/root-map.ts";
import { view } from "#db/atomic.ts";
import { MOST_BYTES } from "#db/page.ts";
import { shortDifferences, walkDifferences, type Difference, type Span } from "./difference.ts";
import { mergePage } from "./merged.ts";
import { repeatedContents, type RepeatedContents } from "#db/search/repeated-contents.ts";
import type { Scope } from "#db/scope.ts";
import { sideOf, type Side } from "./side.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { WalkAhead } from "./walk-ahead.ts";

/** Both sides, as they stand in one transaction. */
export interface Between {
  readonly database: Database;
  readonly before: Side;
  readonly after: Side;
}

/** What there is to say of a difference; undefined where it is nothing. */
export type Tell<T> = (difference: Difference, between: Between) => T | undefined;

export class Stretches {
  readonly #scope: Scope;
  readonly #from: SnapshotRow;
  readonly #to: SnapshotRow;
  readonly #map: RootMap | undefined;
  /** Found once and kept: a snapshot never changes. */
  #short: Short | undefined;

  /** With a map, keys are those of the later side, and only what the map speaks of is compared. */
  constructor(scope: Scope, from: SnapshotRow, to: SnapshotRow, map?: RootMap) {
    this.#scope = scope;
    this.#from = from;
    this.#to = to;
    this.#map = map;
  }

  /** Before all is read: where much differs, one pass spares as many questions. Undefined where it would not. */
  async prepare(): Promise<RepeatedContents | undefined> {
    const setIds = await view(this.#scope, (database) => {
      const between = this.#between(database);
      const isFew = !this.#isMerged(between) && this.#shortOf(between) !== "walk";
      return isFew ? undefined : ([between.before.setId, between.after.setId] as const);
    });
    if (setIds === undefined) return undefined;
    return repeatedContents(this.#scope, setIds, this.#from.fileCount + this.#to.fileCount);
  }

  /** All that is told; `isAhead`: with a second thread, where much differs. Throws `gone` when one of the two is deleted meanwhile. */
  async *all<T>(tell: Tell<T>, isAhead = false): AsyncGenerator<T[]> {
    const ahead = isAhead ? await this.#walkAhead() : undefined;
    let after: EntryKey | undefined;
    try {
      do {
        const stretch = await ahead?.next();
        const { rows, next } = await (stretch === undefined
          ? this.page(tell, Infinity, after)
          : this.#told(tell, Infinity, () => stretch));
        if (rows.length > 0) yield rows;
        after = next;
        await Bun.sleep(0); // lets others in, and the collector
      } while (after !== undefined);
    } finally {
      await ahead?.close();
    }
  }

  /** What is told of the next stretch behind a key; maybe nothing, though it goes on at `next`. */
  page<T>(
    tell: Tell<T>,
    limit: number,
    place: EntryKey | undefined,
  ): Promise<{ rows: T[]; next: EntryKey | undefined }> {
    return this.#told(tell, limit, (between) => this.#stretch(between, place, limit === Infinity));
  }

  /** Whether a content stands at some key that it did not stand at before; false only where it certainly does not. */
  mayHaveCome(checksum: string): boolean {
    return this.#short?.came?.has(checksum) ?? true;
  }

  // --- internal ---

  #told<T>(
    tell: Tell<T>,
    limit: number,
    find: (between: Between) => Stretch,
  ): Promise<{ rows: T[]; next: EntryKey | undefined }> {
    return view(this.#scope, (database) => {
      const between = this.#between(database);
      const { differences, next } = find(between);
      const rows: T[] = [];
      let bytes = 0; // of their paths, which may be long
      for (const difference of differences) {
        const told = tell(difference, between);
        if (told === undefined) continue;
        rows.push(told);
        bytes += difference.key.folder.length + difference.key.name.length;
        if (rows.length < limit && (bytes < MOST_BYTES || limit === Infinity)) continue;
        const isLast = next === undefined && difference === differences.at(-1);
        return { rows, next: isLast ? undefined : difference.key };
      }
      return { rows, next };
    });
  }

  /** Undefined where there is little to walk through. */
  async #walkAhead(): Promise<WalkAhead | undefined> {
    const span = await view(this.#scope, (database) => {
      const between = this.#between(database);
      const isLong = !this.#isMerged(between) && this.#shortOf(between) === "walk";
      return isLong ? spanOf(between) : undefined;
    });
    return span && new WalkAhead(this.#scope.store.file, span, LONG_WALK);
  }

  #between(database: Database): Between {
    const [before, after] = [this.#from, this.#to].map((row) => sideOf(this.#scope, row));
    return { database, before: before!, after: after! };
  }

  #isMerged({ before, after }: Between): boolean {
    return before.setId !== after.setId || this.#map !== undefined;
  }

  #shortOf(between: Between): readonly Difference[] | "walk" {
    this.#short ??= shortOnce(between, `${this.#from.snapshotId} ${this.#to.snapshotId}`);
    return this.#short.differences;
  }

  #stretch(between: Between, place: EntryKey | undefined, isAll: boolean): Stretch {
    const { database, before, after } = between;
    if (this.#isMerged(between)) return mergePage(database, before, after, place, this.#map);
    const short = this.#shortOf(between);
    if (short === "walk") {
      return walkDifferences(database, spanOf(between), place, isAll ? LONG_WALK : undefined);
    }
    const start = place === undefined ? 0 : firstBehind(short, place);
    const differences = short.slice(start, start + STRETCH);
    const isEnd = start + STRETCH >= short.length;
    return { differences, next: isEnd ? undefined : differences.at(-1)!.key };
  }
}

// --- internal ---

/** Differences told at once: some milliseconds of work. */
const STRETCH = 1000;
/** Versions of the walk at once, for who wants all of it: beginning anew costs as much as some hundred of them. */
const LONG_WALK = 4000;

interface Stretch {
  readonly differences: readonly Difference[];
  readonly next: EntryKey | undefined;
}

interface Short {
  readonly key: string;
  readonly differences: readonly Difference[] | "walk";
  /** The contents of what stands on the later side only. */
  readonly came: ReadonlySet<string> | undefined;
}

/**
 * Whoever reads page by page asks for the same again and again: the last one is kept by store, some 30 MB at most. Ids are hashes of
 * what they name, so what was found stays true.
 */
const lastShort = new WeakMap<Database, Short>();

function shortOnce(between: Between, key: string): Short {
  const { database } = between;
  const last = lastShort.get(database);
  if (last?.key === key) return last;
  const differences = shortDifferences(database, spanOf(between));
  const came = differences?.flatMap(({ before, after }) =>
    before === null ? (after!.checksum ?? []) : [],
  );
  const short: Short = { key, differences: differences ?? "walk", came: came && new Set(came) };
  lastShort.set(database, short);
  return short;
}

const spanOf = ({ before, after }: Between): Span => ({
  setId: before.setId,
  beforeMs: before.atMs,
  afterMs: after.atMs,
});

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
