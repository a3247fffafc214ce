// Opens a regular file for reading, and nothing else: never a symlink, never a FIFO or a device, never waiting, and without
// touching atime where the kernel lets us.
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Facts } from "./facts.ts";
import { factsOfOpen, Folder, systemPath } from "./folder.ts";
import { systemCode } from "./trouble.ts";
import { withoutAtime } from "./without-atime.ts";

// What Windows does not define counts as 0 between the bars, and is right so.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

export interface Opened {
  readonly fd: number;
  /** As the file was when it was opened. */
  readonly facts: Facts;
}

/** What the walk saw: only this very inode is opened by path. */
export interface Expected {
  readonly device: number;
  readonly inode: number | string;
}

/** Quick: by path. Undefined if something else stands there now, or the path is too long; then `openStepwise` tells. */
export function openByPath(path: string, expected: Expected): Opened | undefined {
  let fd: number;
  try {
    fd = withoutAtime((flag) => openSync(systemPath(path), READ_FLAGS | flag));
  } catch (error) {
    // Whatever the trouble is, openStepwise meets it again, or proves that it is over.
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
  const opened = regular(fd);
  if (opened === undefined) return undefined;
  if (opened.facts.device === expected.device && opened.facts.inode === expected.inode)
    return opened;
  closeSync(fd);
  return undefined;
}

/** From the folder `root`, step by step, no link followed: whatever regular file stands there now. Undefined if another kind. */
export function openStepwise(root: string, relativePath: string): Opened | undefined {
  const steps = relativePath.split("/");
  const name = steps.pop()!;
  const folder = Folder.descend(root, steps);
  try {
    return openIn(folder, name);
  } finally {
    folder.close();
  }
}

/** A regular file of this folder; undefined if it is something else. */
export function openIn(folder: Folder, name: string): Opened | undefined {
  if (folder.look(name).kind !== "file") return undefined;
  return regular(withoutAtime((flag) => folder.openFile(name, READ_FLAGS | flag)));
}

/** The text of a small regular file; undefined if it is none, larger, or unreadable. */
export function readText(folder: Folder, name: string, maxBytes: number): string | undefined {
  let opened: Opened | undefined;
  try {
    opened = openIn(folder, name);
    if (opened === undefined || opened.facts.sizeBytes > maxBytes) return undefined;
    const bytes = Buffer.alloc(opened.facts.sizeBytes);
    return bytes.toString("utf8", 0, readSync(opened.fd, bytes, 0, bytes.length, 0));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined; // the walk meets the file itself, and says what is wrong with it
  } finally {
    if (opened !== undefined) closeSync(opened.fd);
  }
}

export function closeOpened({ fd }: Opened): void {
  closeSync(fd);
}

// --- internal ---

function regular(fd: number): Opened | undefined {
  let isWanted = false;
  try {
    const facts = factsOfOpen(fd);
    isWanted = facts.kind === "file";
    return isWanted ? { fd, facts } : undefined;
  } finally {
    if (!isWanted) closeSync(fd);
  }
}
