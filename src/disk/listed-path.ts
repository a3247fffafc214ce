// One path for what stands at many. Where a file system takes several spellings of a name for one (exFAT knows no case, Apple's no form
// of Unicode), a path resolves under each, realpath keeps the one it was given, and inodes may tell them apart that are one (FUSE).
import { realpathSync } from "node:fs";
import { foldName } from "#core/proof/name-collisions.ts";
import { pathText } from "#core/path-bytes.ts";
import type { Facts } from "./facts.ts";
import { inFolder, systemPath, type Folder } from "./folder.ts";
import { identityText } from "./tree.ts";
import { systemCode } from "./trouble.ts";

/** Finds paths as their folders list them; what it learned of folders is kept. */
export class ListedPaths {
  /** By path, links resolved: how it is listed. */
  readonly #folders = new Map<string, string | undefined>();
  /** Of the last folder: whose files are asked for one after another. */
  #last: { readonly path: string; readonly names: Names | undefined } | undefined;

  /**
   * The path with its links resolved and each name as its folder lists it; undefined where nothing stands there, or nobody can say how
   * a name on the way is listed.
   */
  of(path: string): string | undefined {
    try {
      return this.#listed(pathText(realpathSync.native(systemPath(path), { encoding: "buffer" })));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return undefined;
    }
  }

  // --- internal ---

  #listed(real: string): string | undefined {
    const slash = real.lastIndexOf("/");
    if (real === "/" || slash < 0) return real; // on Windows it has none, and its inodes tell
    const above = real.slice(0, slash) || "/";
    if (!this.#folders.has(above)) this.#folders.set(above, this.#listed(above));
    const folder = this.#folders.get(above);
    if (folder === undefined) return undefined;
    const name = spelled(this.#namesOf(above), real.slice(slash + 1));
    return name === undefined ? undefined : `${folder === "/" ? "" : folder}/${name}`;
  }

  #namesOf(path: string): Names | undefined {
    if (this.#last?.path !== path) this.#last = { path, names: namesOf(path) };
    return this.#last.names;
  }
}

/** Whether the file system of a folder is known to have inodes that tell its files apart. */
export function keepsInodes(path: string): boolean {
  const start = path.endsWith("/") ? path : `${path}/.`; // the dot: a link to it is followed
  return ask(start, (folder) => folder.hasInodes()) ?? false;
}

/** What tells a folder or file from all others while it stands there: its inode or, where those are made up, its path as it is listed. */
export function identityAt(path: string, facts: Facts): string {
  const folder = facts.kind === "folder" ? path : path.slice(0, path.lastIndexOf("/")) || "/";
  const listed = keepsInodes(folder) ? undefined : new ListedPaths().of(path);
  return listed ?? identityText(facts);
}

// --- internal ---

interface Names {
  readonly names: ReadonlySet<string>;
  readonly hasInodes: boolean;
}

const namesOf = (path: string): Names | undefined =>
  ask(path, (folder) => ({ names: new Set(folder.names()), hasInodes: folder.hasInodes() }));

/** A folder that may be entered and not listed is taken at its word, and so is one that has names it does not list (`.zfs`). */
function spelled(listed: Names | undefined, name: string): string | undefined {
  if (listed === undefined || listed.names.has(name)) return name;
  const folded = foldName(name);
  for (const one of listed.names) if (foldName(one) === folded) return one;
  // FAT has short names, too: they are of files that are listed by a long one.
  return listed.hasInodes ? name : undefined;
}

/** Undefined where nobody may look. */
function ask<T>(path: string, question: (folder: Folder) => T): T | undefined {
  try {
    return inFolder(path, question);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
