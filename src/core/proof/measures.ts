// What happened from one snapshot to the next, in numbers: all that anomalies are told from. Made from what differs, in the one
// order, in memory of a few bytes for each difference; names and contents of files are never kept.
import { isTelling } from "#core/changes.ts";
import type { Entry } from "#core/entry.ts";
import type { EntryKey } from "#core/order.ts";
import { extensionOf } from "#core/usage.ts";
import { Entropy } from "./entropy.ts";
import { NewSuffixes, type NewSuffix } from "./new-suffixes.ts";
import { RewrittenSizes } from "./rewritten-sizes.ts";
import { Twins } from "./twins.ts";

/** Numbers of files, unless said otherwise. Kept in the store beside each verdict: keys are only ever added. */
export interface Measures {
  /** In the snapshot before. */
  readonly filesBefore: number;
  readonly files: number;
  readonly added: number;
  /** Gone, where one could look, and not moved. */
  readonly removed: number;
  /** Gone from one path and come at another, with the same content. */
  readonly moved: number;
  /** Other content at the same path. */
  readonly modified: number;
  /** Other metadata only. */
  readonly touched: number;
  /** Where either snapshot could not look. */
  readonly unknown: number;
  /** Those of them that were known before, where the later one could not look. */
  readonly lost: number;
  /** Modified, and exactly as large as before. */
  readonly sizesKept: number;
  /** Modified though nobody had written to it for thirty days. */
  readonly cold: number;
  /** Modified or renamed in a way that shows in all sizes: all grew by one number of bytes, or became multiples of 16. */
  readonly uniform: number;
  /** Had a twin (one content at two paths), both were modified, and are no twins any more. */
  readonly parted: number;
  /** Had bytes, and has none. */
  readonly emptied: number;
  /** Came or was changed, with an mtime more than a day after the snapshot. */
  readonly future: number;
  /** Was changed or touched, with an mtime of the one second that most others have too. */
  readonly clustered: number;
  /** The suffix that most files got at the end of their names; null: none. */
  readonly suffix: NewSuffix | null;
  /** Shannon's entropy, in bits, of the extensions of what went and of what came. */
  readonly entropyGone: number;
  readonly entropyCome: number;
  /** Roots that the set had, and that are not looked at any more. */
  readonly rootsLost: number;
  /** More names left out by rules than before. */
  readonly leftOutMore: number;
}

/** A key at which two snapshots differ. */
interface Pair {
  readonly key: EntryKey;
  readonly before: Entry | null;
  readonly after: Entry | null;
}

/** What is known of the two snapshots beside what differs. */
export interface Frame {
  readonly filesBefore: number;
  readonly files: number;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly rootsLost: number;
  readonly leftOutMore: number;
  /** Whether a snapshot could not look at a key. */
  isUnseenBefore(key: EntryKey): boolean;
  isUnseenAfter(key: EntryKey): boolean;
}

/** Takes the differences in the one order, then says what they amount to. */
export class Measuring {
  readonly #frame: Frame;
  readonly #counts = { added: 0, removed: 0, modified: 0, touched: 0, unknown: 0, lost: 0 };
  readonly #marks = { sizesKept: 0, cold: 0, emptied: 0, future: 0 };
  readonly #gone: number[] = [];
  readonly #come: number[] = [];
  readonly #twins = new Twins();
  readonly #sizes = new RewrittenSizes();
  readonly #seconds: number[] = [];
  readonly #suffixes = new NewSuffixes();
  readonly #extensionsGone = new Entropy();
  readonly #extensionsCome = new Entropy();

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  /** So much of the set was rewritten, or could not be seen; whatever else comes, it grows no smaller. */
  get leastDamage(): number {
    return this.#counts.modified + this.#counts.unknown;
  }

  add({ key, before, after }: Pair): void {
    if (before === null) this.#came(key, after!);
    else if (after === null) this.#went(key, before);
    else this.#changed(before, after);
  }

  measures(): Measures {
    const { filesBefore, files, rootsLost, leftOutMore } = this.#frame;
    const moved = inBoth(this.#gone, this.#come);
    const { added, removed, ...counts } = this.#counts;
    return {
      filesBefore,
      files,
      added: added - moved,
      removed: removed - moved,
      moved,
      ...counts,
      ...this.#marks,
      uniform: this.#sizes.uniform(),
      parted: this.#twins.parted(),
      clustered: longestRun(this.#seconds),
      suffix: this.#suffixes.most(),
      entropyGone: this.#extensionsGone.bits(),
      entropyCome: this.#extensionsCome.bits(),
      rootsLost,
      leftOutMore,
    };
  }

  // --- internal ---

  #came(key: EntryKey, after: Entry): void {
    if (after.type === "dir" || this.#frame.isUnseenBefore(key)) {
      this.#counts.unknown++;
      return;
    }
    this.#counts.added++;
    if (isTelling(after)) this.#come.push(contentNumber(after));
    this.#extensionsCome.add(extensionOf(key.name));
    this.#dated(after);
    const origin = this.#suffixes.came(key);
    if (origin !== undefined) this.#rewritten(origin, after);
  }

  #went(key: EntryKey, before: Entry): void {
    if (before.type === "dir" || this.#frame.isUnseenAfter(key)) {
      this.#counts.unknown++;
      if (before.type !== "dir") this.#counts.lost++;
      return;
    }
    this.#counts.removed++;
    if (isTelling(before)) this.#gone.push(contentNumber(before));
    this.#extensionsGone.add(extensionOf(key.name));
    this.#suffixes.went(key, before);
  }

  #changed(before: Entry, after: Entry): void {
    if (before.error !== null || after.error !== null) {
      this.#counts.unknown++;
      return;
    }
    this.#dated(after);
    if (after.mtimeUs !== null && after.mtimeUs !== before.mtimeUs) {
      this.#seconds.push(Math.floor(after.mtimeUs / 1e6));
    }
    const isSame =
      before.type === after.type &&
      before.checksum === after.checksum &&
      before.sizeBytes === after.sizeBytes &&
      before.target === after.target;
    if (isSame) {
      this.#counts.touched++;
      return;
    }
    this.#counts.modified++;
    if (before.type !== "file" || after.type !== "file") return;
    if ((before.sizeBytes ?? 0) > 0) {
      if (after.sizeBytes === before.sizeBytes) this.#marks.sizesKept++;
      else if (after.sizeBytes === 0) this.#marks.emptied++;
    }
    if ((before.mtimeUs ?? Infinity) / 1000 < this.#frame.beforeMs - COLD_MS) this.#marks.cold++;
    this.#rewritten(before, after);
  }

  /** One content became another, in place or under a longer name. */
  #rewritten(before: Entry, after: Entry): void {
    if (!isTelling(before) || !isTelling(after) || before.checksum === after.checksum) return;
    this.#twins.add(contentNumber(before), contentNumber(after));
    this.#sizes.add(before.sizeBytes!, after.sizeBytes!);
  }

  #dated({ mtimeUs }: Entry): void {
    if (mtimeUs !== null && mtimeUs / 1000 > this.#frame.afterMs + DAY_MS) this.#marks.future++;
  }
}

// --- internal ---

const DAY_MS = 24 * 3_600_000;
const COLD_MS = 30 * DAY_MS;

/** 52 bits of the checksum: a million files have two alike by chance once in ten thousand times. */
const contentNumber = ({ checksum }: Entry): number => Number.parseInt(checksum!.slice(0, 13), 16);

/** How many numbers are in both lists, each as often as in the list that has fewer of it. */
function inBoth(some: readonly number[], others: readonly number[]): number {
  const [a, b] = [Float64Array.from(some).sort(), Float64Array.from(others).sort()];
  let common = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i]! < b[j]!) i++;
    else if (a[i]! > b[j]!) j++;
    else {
      common++;
      i++;
      j++;
    }
  }
  return common;
}

function longestRun(list: readonly number[]): number {
  const sorted = Float64Array.from(list).sort();
  let [longest, run] = [0, 0];
  sorted.forEach((value, nr) => {
    run = nr > 0 && value === sorted[nr - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  });
  return longest;
}
