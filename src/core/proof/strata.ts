// A stratified sample of files: of each size class and kind some, however rare it is, so that a restore test meets the one large disk
// image among a million letters. What may be said of all files from it is less than of as many drawn blindly, and it is said exactly.
import type { Entry } from "#core/entry.ts";
import { kindOf } from "./probe.ts";

export class Strata {
  readonly #wish: number;
  readonly #maxBytes: number;
  readonly #below: (limit: number) => number;
  readonly #strata = new Map<string, Stratum>();
  fileCount = 0;
  sizeBytes = 0;

  /** `wish`: so many files; `maxBytes`: none of them together larger; `below`: a random integer of `[0, limit)`. */
  constructor(wish: number, maxBytes: number, below: (limit: number) => number) {
    this.#wish = wish;
    this.#maxBytes = maxBytes;
    this.#below = below;
  }

  /** Each file with a checksum, once. Vitter's reservoir (algorithm R) in each stratum: all are equally likely to stay. */
  add(entry: Entry): void {
    this.fileCount++;
    this.sizeBytes += entry.sizeBytes!;
    const key = `${sizeClass(entry.sizeBytes!)}/${kindOf(entry.path) ?? ""}`;
    let stratum = this.#strata.get(key);
    if (stratum === undefined) this.#strata.set(key, (stratum = { count: 0, kept: [] }));
    const place = this.#below(++stratum.count);
    if (stratum.kept.length < this.#wish) stratum.kept.push(entry);
    else if (place < this.#wish) stratum.kept[place] = entry;
  }

  /** The sample, and how large one drawn blindly from all would have to be to say as much. */
  draw(): Drawn {
    const strata = [...this.#strata.values()].sort((a, b) => b.count - a.count);
    for (const stratum of strata) shuffle(stratum.kept, this.#below);
    const shares = allot(strata, Math.min(this.#wish, this.fileCount));
    const entries: Entry[] = [];
    let sizeBytes = 0;
    // What is drawn from a stratum is as good as blind there; the weakest stratum decides what is known of all:
    // with weights w and samples n, no share of bad ones above 1 - 0.05^(1/r) survives, r being the smallest n/w.
    let weakest = Infinity;
    strata.forEach(({ count, kept }, nr) => {
      let drawn = 0;
      for (const entry of kept.slice(0, shares[nr])) {
        if (sizeBytes + entry.sizeBytes! > this.#maxBytes) break;
        sizeBytes += entry.sizeBytes!;
        entries.push(entry);
        drawn++;
      }
      if (drawn < count) weakest = Math.min(weakest, (drawn / count) * this.fileCount);
    });
    return { entries, sizeBytes, tellsAs: Math.floor(Math.min(weakest, this.fileCount)) };
  }
}

export interface Drawn {
  readonly entries: readonly Entry[];
  readonly sizeBytes: number;
  readonly tellsAs: number;
}

// --- internal ---

interface Stratum {
  count: number;
  readonly kept: Entry[];
}

/** 0, up to 4 KiB, 64 KiB, 1 MiB, 16 MiB, 256 MiB, and more. */
const sizeClass = (bytes: number): number =>
  bytes === 0 ? 0 : Math.min(6, Math.max(1, Math.ceil(Math.log2(bytes / 4096) / 4) + 1));

/** One of each, the largest strata first, then by their shares. */
function allot(strata: readonly Stratum[], wish: number): number[] {
  const shares = strata.map((_, nr) => (nr < wish ? 1 : 0));
  const total = strata.reduce((sum, { count }) => sum + count, 0);
  let left = wish - shares.filter((share) => share === 1).length;
  strata.forEach(({ count }, nr) => {
    const more = Math.min(left, count - shares[nr]!, Math.floor((count / total) * wish));
    shares[nr]! += Math.max(0, more);
    left -= Math.max(0, more);
  });
  strata.forEach(({ count }, nr) => {
    const more = Math.min(left, count - shares[nr]!);
    shares[nr]! += more;
    left -= more;
  });
  return shares;
}

function shuffle<T>(list: T[], below: (limit: number) => number): void {
  for (let nr = list.length - 1; nr > 0; nr--) {
    const other = below(nr + 1);
    [list[nr], list[other]] = [list[other]!, list[nr]!];
  }
}
