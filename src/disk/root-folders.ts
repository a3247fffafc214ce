// The folders below a root, for writing: reached step by step, following no link, so that nothing is written outside the root
// whatever stands there or is put there meanwhile. The last one stays open, for what is asked comes folder by folder.
import { chmodSync, fsyncSync, mkdirSync, rmdirSync } from "node:fs";
import { Folder } from "./folder.ts";
import { systemCode } from "./trouble.ts";

/** The mode of a folder that has to be made, by its steps from the root; undefined for the user's default. */
export type ModeOf = (steps: readonly string[]) => number | undefined;

export class RootFolders {
  readonly #rootPath: string;
  #open: { path: string; folder: Folder } | undefined;
  #isDirty = false;

  /** `rootPath`: no symlink in it. */
  constructor(rootPath: string) {
    this.#rootPath = rootPath;
  }

  /** The folder at `steps`, until the next is asked for. Made where it is missing, if `modeOf` is given. */
  folder(steps: readonly string[], modeOf?: ModeOf): Folder {
    const path = steps.join("/");
    if (this.#open?.path === path) return this.#open.folder;
    this.close();
    const folder =
      modeOf === undefined ? Folder.descend(this.#rootPath, steps) : this.#make(steps, modeOf);
    this.#open = { path, folder };
    return folder;
  }

  /** Something was done in the open folder: it is made durable before the next is opened. */
  written(): void {
    this.#isDirty = true;
  }

  sync(): void {
    if (this.#isDirty && this.#open !== undefined) syncFolder(this.#open.folder);
    this.#isDirty = false;
  }

  close(): void {
    try {
      this.sync();
    } finally {
      this.#open?.folder.close();
      this.#open = undefined;
      this.#isDirty = false;
    }
  }

  // --- internal ---

  #make(steps: readonly string[], modeOf: ModeOf): Folder {
    let folder = Folder.open(this.#rootPath);
    for (const [depth, step] of steps.entries()) {
      const parent = folder;
      try {
        folder = enterOrMake(parent, step, () => modeOf(steps.slice(0, depth + 1)));
      } finally {
        parent.close();
      }
    }
    return folder;
  }
}

/** Takes away a folder in which nothing stands, and those above it that are empty then; never the root. */
export function removeEmptied(folders: RootFolders, steps: readonly string[]): void {
  for (let depth = steps.length; depth > 0; depth--) {
    if (!removedIfEmpty(folders.folder(steps.slice(0, depth - 1)), steps[depth - 1]!)) return;
    folders.written();
  }
}

/** Whether an empty folder stood at the name and was taken away. */
export function removedIfEmpty(folder: Folder, name: string): boolean {
  try {
    rmdirSync(folder.at(name));
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false; // it is not empty, or not ours to remove: it stays, which loses nothing
  }
}

// --- internal ---

function enterOrMake(parent: Folder, name: string, mode: () => number | undefined): Folder {
  try {
    return parent.enter(name);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  const wanted = mode();
  // Nobody else looks in before it has its own mode.
  mkdirSync(parent.at(name), wanted === undefined ? {} : { mode: 0o700 });
  const made = parent.enter(name);
  if (wanted !== undefined) chmodSync(made.at("."), wanted);
  syncFolder(parent);
  return made;
}

/** Windows has no such call and needs none. */
function syncFolder(folder: Folder): void {
  if (process.platform !== "win32") fsyncSync(folder.fd);
}
