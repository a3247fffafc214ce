// What stands below some roots now, name by name in the one order, and of what nothing can be said: below a root that is not there,
// a folder that cannot be listed, another file system that is not entered. For those who mean to change it.
import { compareKeys, keyOfPath } from "#core/order.ts";
import { isUnfinished, rescuedChecksum } from "#disk/restore-name.ts";
import { inFolder } from "#disk/folder.ts";
import { systemCode } from "#disk/trouble.ts";
import { findRoot, type FoundRoot, type LostRoot, type Root } from "./roots.ts";
import type { Rules } from "./leave-out.ts";
import { LeftOut, type Sighting } from "./sighting.ts";
import { Walk } from "./walk.ts";

export interface StandingOptions {
  readonly followRootSymlink: boolean;
  readonly oneFileSystem: boolean;
  readonly marker: string | undefined;
  readonly rulesOf: (rootPath: string) => Rules | undefined;
  readonly ownData: { readonly device: number; readonly inode: number | string } | undefined;
  /** Roots that were single files: such a one is not offline when it is gone, as long as its folder is there. */
  readonly fileRoots: ReadonlySet<string>;
}

/** A name in a root: the steps to its folder, and its own. */
export interface PlaceInRoot {
  readonly root: FoundRoot;
  readonly steps: readonly string[];
  readonly name: string;
}

export class StandingTree {
  /** In the one order. */
  readonly roots: readonly FoundRoot[];
  readonly lost: readonly LostRoot[];
  /** What killed rollbacks left behind, met so far: files of ours that never got their name. */
  readonly unfinished: string[] = [];
  readonly #options: StandingOptions;
  readonly #leftOut = new LeftOut();
  /** Single files that are gone: there is nothing to walk. */
  readonly #absent = new Set<string>();
  /** By folder with its slash: why nothing below it can be seen. */
  readonly #blind = new Map<string, string>();
  #mountCount = 0;

  constructor(rootPaths: readonly string[], options: StandingOptions) {
    this.#options = options;
    const { followRootSymlink: followSymlink, marker } = options;
    const found = [...new Set(rootPaths)].map((path) => {
      const root = findRoot(path, { followSymlink, marker });
      if (root.kind !== "offline" || !options.fileRoots.has(path)) return root;
      this.#absent.add(path);
      return absentFile(root);
    });
    this.roots = found
      .filter((root) => root.kind === "found")
      .sort((a, b) => compareKeys(a.key, b.key));
    this.lost = found.filter((root) => root.kind !== "found");
    for (const { path, kind, error } of this.lost) {
      this.#blind.set(below(path), `ROOT_${kind.toUpperCase()}: ${error}`);
    }
  }

  /** Everything but what is ours. */
  *sightings(): Generator<Sighting> {
    for (const root of this.roots) {
      if (this.#absent.has(root.path)) continue;
      const options = { ...this.#options, rules: this.#options.rulesOf(root.path) };
      for (const sighting of new Walk(root, options, this.#leftOut).sightings()) {
        const { entry, key } = sighting;
        if (entry.error !== null) {
          this.#blind.set(entry.type === "dir" ? key.folder : below(entry.path), entry.error);
        }
        if (isUnfinished(key.name)) this.unfinished.push(entry.path);
        else if (rescuedChecksum(key.name) === undefined) yield sighting;
      }
    }
  }

  /** By checksum, what rollbacks put aside into a root and did not fetch yet. */
  aside(): Map<string, FoundRoot> {
    const aside = new Map<string, FoundRoot>();
    for (const root of this.roots) {
      for (const name of namesIn(root.openPath)) {
        const checksum = rescuedChecksum(name);
        if (checksum !== undefined) aside.set(checksum, root);
      }
    }
    return aside;
  }

  /** Why nothing can be said of what stands at the path; asked in order, when the sightings have come as far. */
  whyUnseen(path: string): string | undefined {
    const { mounts } = this.#leftOut;
    for (; this.#mountCount < mounts.length; this.#mountCount++) {
      this.#blind.set(below(mounts[this.#mountCount]!), "MOUNT: another file system, not entered");
    }
    if (this.#blind.size === 0) return undefined;
    const whole = below(path);
    for (let slash = whole.indexOf("/"); slash >= 0; slash = whole.indexOf("/", slash + 1)) {
      const why = this.#blind.get(whole.slice(0, slash + 1));
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** Where a path of a snapshot is to be found; undefined below no root, or if no file can have such a path. */
  placeOf(path: string): PlaceInRoot | undefined {
    const root = this.roots.find(
      (one) => path === one.path || (one.isFolder && path.startsWith(below(one.path))),
    );
    if (root === undefined) return undefined;
    const steps =
      path === root.path ? [root.key.name] : path.slice(below(root.path).length).split("/");
    // A document of somebody else's may say anything: `..` would lead out of the root.
    if (steps.some((step) => step === "" || step === "." || step === "..")) return undefined;
    return { root, steps: steps.slice(0, -1), name: steps.at(-1)! };
  }
}

// --- internal ---

/** The place of a single file that is gone; still lost if its folder is gone too. */
function absentFile(root: LostRoot): Root {
  const { path } = root;
  const folder = findRoot(path.slice(0, Math.max(1, path.lastIndexOf("/"))), {
    followSymlink: true,
    marker: undefined,
  });
  if (folder.kind !== "found" || !folder.isFolder) return root;
  const { openPath } = folder;
  return { kind: "found", path, isFolder: false, openPath, key: keyOfPath(path, false) };
}

/** None where they can't be listed: the walk tells of that. */
function namesIn(path: string): string[] {
  try {
    return inFolder(path, (folder) => folder.names());
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return [];
  }
}

const below = (path: string): string => (path.endsWith("/") ? path : `${path}/`);
