// Totals by folder, each with all that lies below it, so many levels deep below the roots: what it holds grows with the folders that
// are told, never with the files.
import { comparePaths } from "./order.ts";

export class FolderRollUp<T> {
  /** With a slash each, the longest first: one root may lie in another. */
  readonly #roots: readonly string[];
  readonly #depth: number;
  readonly #make: () => T;
  readonly #totals = new Map<string, T>();
  #last: { folder: string; totals: readonly T[] } = { folder: "\0", totals: [] };

  constructor(roots: readonly string[], depth: number, make: () => T) {
    this.#roots = roots
      .map((root) => (root.endsWith("/") ? root : `${root}/`))
      .toSorted((a, b) => b.length - a.length);
    this.#depth = depth;
    this.#make = make;
  }

  /** The totals that something in this folder (its path with a slash) counts for, the root's first. */
  totalsOf(folder: string): readonly T[] {
    if (folder !== this.#last.folder) {
      const totals = this.#folders(folder).map((path) => this.#total(path));
      this.#last = { folder, totals };
    }
    return this.#last.totals;
  }

  /** All folders, in order. */
  rows(): { folder: string; total: T }[] {
    return [...this.#totals]
      .toSorted(([a], [b]) => comparePaths(a, b))
      .map(([folder, total]) => ({ folder, total }));
  }

  // --- internal ---

  #folders(folder: string): string[] {
    const root = this.#roots.find((path) => folder.startsWith(path)) ?? firstOf(folder);
    const folders = [root];
    let end = root.length;
    for (let level = 0; level < this.#depth; level++) {
      end = folder.indexOf("/", end) + 1;
      if (end === 0) break;
      folders.push(folder.slice(0, end));
    }
    return folders;
  }

  #total(folder: string): T {
    let total = this.#totals.get(folder);
    if (total === undefined) this.#totals.set(folder, (total = this.#make()));
    return total;
  }
}

// --- internal ---

/** `/` or, of a path that begins otherwise, its first part. */
const firstOf = (folder: string): string => folder.slice(0, folder.indexOf("/") + 1);
