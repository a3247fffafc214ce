// A folder as a copy: a mounted disk, the target of rsync, a file system's own snapshot. Walked as a scan walks, read by the hash threads,
// so that a torn read is never a good one. A folder that is not there, or suddenly empty, is offline and not empty.
import { lstatSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import type { ObservedTrouble } from "#core/proof/finding.ts";
import { systemPath } from "#disk/folder.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import { ROOT_EMPTY, RootWatch } from "#scan/root-watch.ts";
import type { LostRoot } from "#scan/roots.ts";
import { StandingTree } from "#scan/standing.ts";
import type { Sighting } from "#scan/sighting.ts";
import { CopyCut, type Copy, type CopyEntry } from "./copy.ts";

/** `path` is absolute and exact; `marker`, a name that must stand in it: without it the wrong disk is mounted, or none. */
export function folderCopy(path: string, marker: string | undefined): Copy {
  const tree = new StandingTree([path], {
    followRootSymlink: true,
    oneFileSystem: false,
    marker,
    rulesOf: () => undefined,
    ownData: undefined,
    fileRoots: new Set(),
  });
  if (tree.roots.some((root) => !root.isFolder)) {
    throw new BsvError("usage", `${JSON.stringify(path)} is no folder`, {
      hint: "An archive is tar:FILE or zip:FILE, a list of checksums sums:FILE",
    });
  }
  const start = path.endsWith("/") ? path.length : path.length + 1;
  const copy = treeCopy(tree, path, (whole) => whole.slice(start), `${path.slice(0, start - 1)}/`);
  return { ...copy, clockStepUs: FAT_CLOCK_US };
}

/** What is scanned, as it stands now. */
export function sourceCopy(tree: StandingTree): Copy {
  const target = [...tree.roots, ...tree.lost].map((root) => root.path).join(", ");
  return { ...treeCopy(tree, target, (path) => path, ""), hasOwnPaths: true, clockStepUs: 1 };
}

/** What a walk saw at one name. */
export function entryOfSighting({ entry, file }: Sighting, name: string): CopyEntry {
  const { type, target, sizeBytes, mtimeUs, error } = entry;
  return {
    name,
    type: type === "dir" ? "other" : type,
    target,
    sizeBytes,
    mtimeUs,
    ctimeUs: file?.facts.ctimeUs ?? null,
    content: file === undefined ? null : { kind: "file", file },
    trouble: error === null ? null : { kind: "unreadable", why: error },
  };
}

// --- internal ---

/** FAT counts every other second; whoever keeps finer times has odd ones and shows it. */
const FAT_CLOCK_US = 2_000_000;

function treeCopy(
  tree: StandingTree,
  target: string,
  nameOf: (path: string) => string,
  top: string,
): Omit<Copy, "clockStepUs"> {
  const counts = new Map(tree.roots.map(({ path, isFolder }) => [path, isFolder ? 0 : 1]));
  const watches = tree.roots.map((root) => new RootWatch(root));
  const isAtOrBelow = (path: string, root: string): boolean =>
    path === root || path.startsWith(below(root));
  const rootOf = (path: string) => tree.roots.find((root) => isAtOrBelow(path, root.path))?.path;
  return {
    target,
    keepsSymlinks: true,
    *entries(signal) {
      const [lost] = tree.lost;
      if (tree.roots.length === 0 && lost !== undefined)
        throw new CopyCut(lost.kind, lostText(lost));
      let count = 0;
      for (const sighting of tree.sightings()) {
        if (count++ % TURN === 0) signal.throwIfAborted();
        const { path, type } = sighting.entry;
        const root = rootOf(path)!;
        counts.set(root, counts.get(root)! + 1);
        if (type !== "dir") yield entryOfSighting(sighting, nameOf(path));
      }
    },
    whyUnseen(name): ObservedTrouble | undefined {
      const path = top + name;
      const why = tree.whyUnseen(path);
      if (why !== undefined) {
        return { kind: why.startsWith("ROOT_OFFLINE") ? "offline" : "unreadable", why };
      }
      const root = rootOf(path);
      if (root === undefined) return undefined;
      if (counts.get(root) !== 0) return whyNotMet(path);
      return { kind: "offline", why: ROOT_EMPTY };
    },
    check() {
      const gone = watches.find((watch) => watch.hasGone());
      if (gone === undefined) return;
      throw new CopyCut("offline", `ROOT_OFFLINE: ${gone.root.path} went away while it was read`);
    },
  };
}

const TURN = 1024;

/** For a name that the walk did not tell: is it really not there, or left out by a rule, or no file? */
function whyNotMet(path: string): ObservedTrouble | undefined {
  try {
    const stats = lstatSync(systemPath(path), { throwIfNoEntry: false });
    if (stats === undefined || stats.isDirectory()) return undefined;
    const why = "LEFT_OUT: it is there, but by today's rules or its kind a scan leaves it out";
    return { kind: "unverifiable", why };
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOTDIR" || code === "ELOOP") return undefined; // something else stands on the way to it
    return { kind: "unreadable", why: troubleText(error) };
  }
}

const below = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

const lostText = ({ kind, error }: LostRoot): string => `ROOT_${kind.toUpperCase()}: ${error}`;
