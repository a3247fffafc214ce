// Folders of one snapshot that stand for folders of another: the same files under other roots, on another machine or after a move.
// What lies below none of them is not compared.
import { BsvError } from "./errors.ts";
import { comparePaths, type EntryKey } from "./order.ts";
import { isExactPath } from "./path-bytes.ts";

export interface RootPair {
  /** Folders, with a slash at the end. */
  readonly before: string;
  readonly after: string;
}

export class RootMap {
  /** In the one order of the later side. None lies in another, on either side. */
  readonly pairs: readonly RootPair[];

  /** Throws `invalid_request` for what is no folder's path, and where one folder lies in another. */
  constructor(pairs: readonly (readonly [before: string, after: string])[]) {
    this.pairs = pairs
      .map(([before, after]) => ({ before: folderOf(before), after: folderOf(after) }))
      .toSorted((a, b) => comparePaths(a.after, b.after));
    refuseNested(this.pairs.map(({ before }) => before));
    refuseNested(this.pairs.map(({ after }) => after));
  }

  /** Where the later side has what stands at a key of the earlier; undefined where that is not compared. */
  toAfter({ folder, name }: EntryKey): EntryKey | undefined {
    const pair = this.pairs.find(({ before }) => folder.startsWith(before));
    return pair && { folder: pair.after + folder.slice(pair.before.length), name };
  }

  toBefore({ folder, name }: EntryKey): EntryKey | undefined {
    const pair = this.pairs.find(({ after }) => folder.startsWith(after));
    return pair && { folder: pair.before + folder.slice(pair.after.length), name };
  }
}

/** Both sides of `/home/me/photos=/srv/photos`; undefined where it can't be told where the second path begins. */
export function parseRootPair(text: string): [before: string, after: string] | undefined {
  const found = [...text.matchAll(/=(?=\/|[A-Za-z]:\/)/g)];
  if (found.length !== 1 || found[0]!.index === 0) return undefined;
  return [text.slice(0, found[0]!.index), text.slice(found[0]!.index + 1)];
}

/** So many at most: each costs a look of its own. */
export const MOST_ROOT_PAIRS = 64;

// --- internal ---

function folderOf(path: string): string {
  const isFolder = /^(\/|[A-Za-z]:\/)/.test(path) && isExactPath(path) && !path.includes("\0");
  if (isFolder) return path.endsWith("/") ? path : `${path}/`;
  throw new BsvError("invalid_request", `Not a folder's path: ${JSON.stringify(path)}`);
}

function refuseNested(folders: readonly string[]): void {
  for (const [nr, one] of folders.entries()) {
    const other = folders.find((folder, at) => at !== nr && folder.startsWith(one));
    if (other === undefined) continue;
    throw new BsvError(
      "invalid_request",
      `${other} lies in ${one}: which of them counts is not told`,
    );
  }
}
