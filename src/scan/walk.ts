// Walks one root and says what stands at every name below it, in the one order: the files of a folder by name, then its
// subfolders. One lstat for each name, no link is followed, nothing is opened but folders and ignore files. What
// cannot be listed or asked is said as an entry with an error: no name the kernel gave is passed over in silence.
import type { EntryType } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import type { Facts } from "#disk/facts.ts";
import { Folder } from "#disk/folder.ts";
import { readText } from "#disk/open-regular.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import type { Rules } from "./leave-out.ts";
import type { FoundRoot } from "./roots.ts";
import type { LeftOut, Sighting } from "./sighting.ts";
import { sortNames } from "./sort-names.ts";

/** So many folders stay open on the way down; those above are found again from the root, step by step. */
const MAX_OPEN = 128;
/** An ignore file larger than this is no ignore file. */
const MAX_RULES_BYTES = 1 << 20;

export interface WalkOptions {
  readonly rules: Rules | undefined;
  readonly oneFileSystem: boolean;
  /** The folder where bsv keeps its own data: never scanned. */
  readonly ownData: { readonly device: number; readonly inode: number | string } | undefined;
}

/** A folder with subfolders yet to be walked. */
interface Level {
  /** Undefined while too many others are open. */
  folder: Folder | undefined;
  /** Below the root, `""` or ending with `/`. */
  readonly path: string;
  /** Names, the last one first. */
  pending: string[];
}

export class Walk {
  /** Whether the root itself could be listed. */
  isRootListed = true;
  readonly #root: FoundRoot;
  readonly #options: WalkOptions;
  readonly #leftOut: LeftOut;
  /** What the root's entries begin with. */
  readonly #prefix: string;
  readonly #levels: Level[] = [];
  readonly #hasInodes = new Map<number, boolean>();
  #rootDevice = 0;

  constructor(root: FoundRoot, options: WalkOptions, leftOut: LeftOut) {
    this.#root = root;
    this.#options = options;
    this.#leftOut = leftOut;
    this.#prefix = root.isFolder ? keyFolder(root.path) : root.key.folder;
  }

  *sightings(): Generator<Sighting, void, void> {
    try {
      if (!this.#root.isFolder) return yield* this.#single();
      yield* this.#list("", () => Folder.open(this.#root.openPath));
      let level: Level | undefined;
      while ((level = this.#levels.at(-1)) !== undefined) yield* this.#next(level);
    } finally {
      for (const level of this.#levels) level.folder?.close();
    }
  }

  // --- internal ---

  *#single(): Generator<Sighting, void, void> {
    const { openPath, key } = this.#root;
    let folder: Folder;
    try {
      folder = Folder.open(openPath);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      // It may be entered and not be listed: the other roots are scanned all the same.
      return yield failure(this.#prefix, key.name, "other", troubleText(error));
    }
    try {
      const sighting = this.#look(folder, "", key.name);
      if (typeof sighting === "object") yield sighting;
    } finally {
      folder.close();
    }
  }

  *#next(level: Level): Generator<Sighting, void, void> {
    const name = level.pending.pop()!;
    const open = () => {
      const folder = (level.folder ?? this.#reopen(level)).enter(name);
      // The last one: nothing is asked of the parent any more, so that a chain of any depth needs two descriptors.
      if (level.pending.length === 0) this.#leave(level);
      return folder;
    };
    yield* this.#list(`${level.path}${name}/`, open);
    if (level.pending.length === 0) this.#leave(level);
  }

  /** Finds a level again, and those above it that will be asked next. */
  #reopen(level: Level): Folder {
    const above = this.#levels.slice(-MAX_OPEN, this.#levels.indexOf(level));
    let from: Level | undefined;
    for (const next of [...above, level]) {
      const steps = stepsOf(next.path.slice(from?.path.length ?? 0));
      next.folder ??= from?.folder?.reach(steps) ?? Folder.descend(this.#root.openPath, steps);
      from = next;
    }
    return level.folder!;
  }

  #leave(level: Level): void {
    const index = this.#levels.lastIndexOf(level);
    if (index < 0) return;
    this.#levels.splice(index, 1);
    level.folder?.close();
  }

  /** Says the files of one folder and remembers its subfolders. */
  *#list(path: string, open: () => Folder): Generator<Sighting, void, void> {
    let folder: Folder | undefined;
    let names: string[];
    try {
      folder = open();
      names = sortNames(folder.names());
      this.#arrive(folder, path);
    } catch (error) {
      folder?.close();
      if (path === "") this.isRootListed = false;
      return yield failure(this.#prefix + path, "", "dir", troubleText(error));
    }
    const level: Level = { folder, path, pending: [] };
    this.#levels.push(level);
    const overdue = this.#levels.at(-1 - MAX_OPEN);
    if (overdue !== undefined) {
      overdue.folder?.close();
      overdue.folder = undefined;
    }
    if (this.#isWhollyLeftOut(folder, path, names)) return this.#leave(level);
    for (const name of names) {
      const seen = this.#look(folder, path, name);
      if (seen === "folder") level.pending.push(name);
      else if (seen !== "left out") yield seen;
    }
    level.pending = sortFolders(level.pending).reverse();
    if (level.pending.length === 0) this.#leave(level);
  }

  #arrive(folder: Folder, path: string): void {
    const { device } = folder.lookAtItself();
    if (path === "") this.#rootDevice = device;
    if (!this.#hasInodes.has(device)) this.#hasInodes.set(device, folder.hasInodes());
  }

  #isWhollyLeftOut(folder: Folder, path: string, names: string[]): boolean {
    const read = (name: string) => readText(folder, name, MAX_RULES_BYTES);
    const reason = this.#options.rules?.enter(path.slice(0, -1), names, read);
    if (reason === undefined) return false;
    this.#leftOut.count(reason.kind);
    return true;
  }

  #look(folder: Folder, path: string, name: string): Sighting | "folder" | "left out" {
    let facts: Facts;
    try {
      facts = folder.look(name);
    } catch (error) {
      return failure(this.#prefix + path, name, "other", troubleText(error));
    }
    const { kind } = facts;
    const reason = this.#reasonToLeaveOut(path + name, facts);
    if (reason !== undefined) {
      this.#leftOut.count(reason);
      if (reason === "mount") this.#leftOut.mounts.push(this.#prefix + path + name);
      return "left out";
    }
    if (kind === "folder") return "folder";
    return kind === "symlink"
      ? this.#symlink(folder, path, name, facts)
      : this.#file(path, name, facts);
  }

  #reasonToLeaveOut(path: string, facts: Facts): string | undefined {
    const { kind, device, inode } = facts;
    const isFolder = kind === "folder";
    const { rules, ownData, oneFileSystem } = this.#options;
    if (isFolder && inode === ownData?.inode && device === ownData.device) return "own_data";
    const reason = this.#root.isFolder ? rules?.skips(path, isFolder) : undefined;
    if (reason !== undefined) return reason.kind;
    if (oneFileSystem && this.#root.isFolder && device !== this.#rootDevice) return "mount";
    return isFolder || kind === "file" || kind === "symlink" ? undefined : kind;
  }

  #file(path: string, name: string, facts: Facts): Sighting {
    const hasInodes = this.#hasInodes.get(facts.device) ?? true;
    const folder = this.#prefix + path;
    return {
      key: { folder, name },
      entry: {
        path: folder + name,
        type: "file",
        target: null,
        sizeBytes: facts.sizeBytes,
        mtimeUs: facts.mtimeUs,
        inode: hasInodes ? facts.inode : 0,
        checksum: null,
        error: null,
      },
      file: {
        facts,
        base: this.#root.openPath,
        path: path + name,
        prefix: this.#prefix,
        hasInodes,
      },
    };
  }

  #symlink(folder: Folder, path: string, name: string, facts: Facts): Sighting {
    const sighting = this.#file(path, name, facts);
    try {
      const target = folder.symlinkTarget(name);
      return {
        ...sighting,
        entry: { ...sighting.entry, type: "symlink", target },
        file: undefined,
      };
    } catch (error) {
      const entry = { ...sighting.entry, type: "symlink" as const, error: troubleText(error) };
      return { ...sighting, entry, file: undefined };
    }
  }
}

/** An entry that says only that there is trouble; `name` is empty for a folder that could not be listed. */
export function failure(folder: string, name: string, type: EntryType, error: string): Sighting {
  const path = pathOfKey(folder, name);
  return {
    key: { folder, name },
    entry: {
      path,
      type,
      target: null,
      sizeBytes: null,
      mtimeUs: null,
      inode: null,
      checksum: null,
      error,
    },
    file: undefined,
  };
}

// --- internal ---

/** The names in a path that is empty or ends with a slash. */
const stepsOf = (path: string): string[] => path.split("/").slice(0, -1);

const keyFolder = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

/** Subfolders come in the order of what stands in them: by name with a slash. */
function sortFolders(names: string[]): string[] {
  return sortNames(names.map((name) => `${name}/`)).map((name) => name.slice(0, -1));
}
