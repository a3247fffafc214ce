// What somebody wants to delete, by the identities of its folders and files: whatever shares one with it is no copy of it.
import { BsvError } from "#core/errors.ts";
import { isAtOrBelow } from "#core/order.ts";
import type { Run } from "#core/run.ts";
import { borrowers } from "#disk/borrowed-files.ts";
import type { Facts } from "#disk/facts.ts";
import { keepsInodes, ListedPaths } from "#disk/listed-path.ts";
import { factsAt } from "#disk/place.ts";
import { identityText, tree, type Met } from "#disk/tree.ts";
import { Sizes } from "./sizes.ts";

/** What is to be deleted: which folders and files it is, by identity, and on which disks. */
export interface Ground {
  readonly itself: Met;
  /** The path as it is listed, and how others are; undefined where that cannot be said. */
  readonly listed: string | undefined;
  readonly paths: ListedPaths;
  /** Whether inodes tell its files from all others: where they do not, only paths do. */
  readonly hasInodes: boolean;
  readonly isFolder: boolean;
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  readonly sizes: Sizes;
  readonly devices: ReadonlySet<number>;
  /** Of the folders alone: on an overlay files have others. */
  readonly folderDevices: ReadonlySet<number>;
  readonly borrowerOf: (device: number) => string | undefined;
}

/** Throws `not_found`, and `usage` for a link. */
export function survey(path: string, run: Run): Ground {
  const facts = factsAt(path);
  if (facts === undefined) {
    throw new BsvError("not_found", `There is nothing at ${path}`, { details: { path } });
  }
  if (facts.kind === "symlink") {
    throw new BsvError("usage", `${path} is a link: deleting it deletes no byte`, {
      hint: "Say the path that it points to",
    });
  }
  const folders = new Set<string>();
  const files = new Set<string>();
  const devices = new Set<number>([facts.device]);
  const isFolder = facts.kind === "folder";
  const sizes = new Sizes();
  const addFile = (one: Facts): void => {
    files.add(identityText(one));
    if (one.kind === "file") sizes.add(one.sizeBytes);
  };
  if (!isFolder) addFile(facts);
  const folderDevices = new Set<number>([isFolder ? facts.device : folderDevice(path)]);
  for (const met of isFolder ? tree(path) : []) {
    run.signal.throwIfAborted();
    if (met.facts === null) continue; // told when it is met again
    devices.add(met.facts.device);
    if (met.facts.kind === "folder") {
      folders.add(identityText(met.facts));
      folderDevices.add(met.facts.device);
    } else addFile(met.facts);
  }
  const itself = { path, facts, error: null };
  const borrowerOf = borrowers();
  const paths = new ListedPaths();
  const listed = paths.of(path);
  const hasInodes = keepsInodes(isFolder ? path : folderOf(path));
  return {
    itself,
    listed,
    paths,
    hasInodes,
    isFolder,
    folders,
    files,
    sizes,
    devices,
    folderDevices,
    borrowerOf,
  };
}

/** Whether what is at or below one of the two may be at or below the other, under whatever name; `listed` as the ground's `paths` say. */
export function mayOverlap(listed: string | undefined, ground: Ground): boolean {
  if (listed === undefined || ground.listed === undefined) return true;
  return isAtOrBelow(listed, ground.listed) || isAtOrBelow(ground.listed, listed);
}

/** Whether a file may be one of those that are to be deleted. */
export function mayBeOfIt(path: string, facts: Facts, ground: Ground): boolean {
  if (ground.files.has(identityText(facts))) return true;
  return !ground.hasInodes && mayOverlap(ground.paths.of(path), ground);
}

/** Of the folder that a file stands in. */
export const folderDevice = (path: string): number => factsAt(folderOf(path), "follow")!.device;

/** Why identities on this device say nothing about the path's files; undefined where they do. */
export function whyBlurred(
  device: number,
  { folderDevices, borrowerOf }: Ground,
): string | undefined {
  for (const other of folderDevices) {
    const type = device === other ? undefined : (borrowerOf(device) ?? borrowerOf(other));
    if (type !== undefined) return `its files may be those of the path, seen through ${type}`;
  }
  return undefined;
}

/** Whether bsv's own records are below it. */
export function holdsOwnData(dataDir: string, ground: Ground): boolean {
  const facts = factsAt(dataDir, "follow");
  if (facts === undefined) return false;
  const listed = ground.paths.of(dataDir);
  const isBelow =
    listed !== undefined && ground.listed !== undefined && isAtOrBelow(listed, ground.listed);
  return isBelow || ground.folders.has(identityText(facts));
}

// --- internal ---

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
