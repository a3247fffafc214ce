// An open folder, and what can be asked about the names in it without ever following a symlink. On Linux every question goes
// through the folder's own descriptor (/proc/self/fd/N/name, what openat is in C): it stays this folder whatever
// happens to the path meanwhile, and paths may be longer than PATH_MAX. Elsewhere questions go by path.
// See docs/decisions/0201-race-free-walk.md.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { factsOf, type Facts } from "./facts.ts";
import { folderCalls } from "./folder-calls.ts";
import { systemCode } from "./trouble.ts";
import { O_NOATIME, withoutAtime } from "./without-atime.ts";

// What Windows does not define counts as 0 between the bars, and is right so.
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
const OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const BIGINT = { bigint: true } as const;

/** Whether folders are asked through their descriptors. */
export const IS_BY_DESCRIPTOR = process.platform === "linux" && existsSync("/proc/self/fd");

export class Folder {
  readonly fd: number;
  /** What a name is put behind, to be asked about. */
  readonly #prefix: string;
  readonly #calls = IS_BY_DESCRIPTOR ? folderCalls() : undefined;

  private constructor(fd: number, path: string) {
    this.fd = fd;
    this.#prefix = IS_BY_DESCRIPTOR
      ? `/proc/self/fd/${fd}/`
      : path.endsWith("/")
        ? path
        : `${path}/`;
  }

  /** Opens by path, and so only for roots: links on the way are followed, the last name is not. */
  static open(path: string): Folder {
    return new Folder(openFolder(path), path);
  }

  /** Opens the folder at `steps` below `path`, one by one, following no link. */
  static descend(path: string, steps: readonly string[]): Folder {
    const top = Folder.open(path);
    if (steps.length === 0) return top;
    try {
      return top.reach(steps);
    } finally {
      top.close();
    }
  }

  /** The folder at `steps` (at least one) below this one, which stays open. */
  reach(steps: readonly string[]): Folder {
    let folder = this.enter(steps[0]!);
    for (const step of steps.slice(1)) {
      const parent = folder;
      try {
        folder = parent.enter(step);
      } finally {
        parent.close();
      }
    }
    return folder;
  }

  enter(name: string): Folder {
    const path = this.#prefix + name;
    const quick = this.#calls?.open(this.fd, systemPath(name), OPEN_FOLDER | O_NOATIME);
    return new Folder(quick ?? openFolder(path), path);
  }

  /** Every name, in no order; exact. Call once: the quick way reads on where it ended. */
  names(): string[] {
    const quick = this.#calls?.names(this.fd);
    return quick ?? this.namesSlowly();
  }

  namesSlowly(): string[] {
    const path = systemPath(this.#prefix);
    return readdirSync(path, { encoding: "buffer" }).map((name) => pathText(name));
  }

  /** lstat. */
  look(name: string): Facts {
    const quick = this.#calls?.look(this.fd, systemPath(name));
    return quick ?? this.lookSlowly(name);
  }

  lookSlowly(name: string): Facts {
    return factsOf(lstatSync(systemPath(this.#prefix + name), BIGINT));
  }

  lookAtItself(): Facts {
    return factsOfOpen(this.fd);
  }

  symlinkTarget(name: string): string {
    return pathText(readlinkSync(systemPath(this.#prefix + name), { encoding: "buffer" }));
  }

  /** Its own mode, without what is said of users and groups. */
  permissions(): number {
    return fstatSync(this.fd).mode & 0o777;
  }

  /** What the fs functions take to reach a name in this folder, and no other: for those who write. */
  at(name: string): string | Buffer {
    return systemPath(this.#prefix + name);
  }

  openFile(name: string, flags: number): number {
    return openSync(systemPath(this.#prefix + name), flags);
  }

  /** Whether the file system keeps inodes that identify a file. */
  hasInodes(): boolean {
    return !INODELESS.has(statfsSync(systemPath(this.#prefix)).type);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Uses a folder, and closes it. Throws what opening it throws, and `use`. */
export function inFolder<T>(path: string, use: (folder: Folder) => T): T {
  const folder = Folder.open(path);
  try {
    return use(folder);
  } finally {
    folder.close();
  }
}

/** fstat. */
export function factsOfOpen(fd: number): Facts {
  return folderCalls()?.look(fd, "") ?? factsOf(fstatSync(fd, BIGINT));
}

/** What the fs functions take: a string where it says the bytes exactly, else the bytes. */
export function systemPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : pathBytes(path);
}

/**
 * What tells a folder or file from all others while it exists; undefined where there is none, or none can be seen: a lost server or a
 * closed folder on the way answers with an error, and that is no identity either.
 */
export function identityOf(path: string): { device: number; inode: number | string } | undefined {
  try {
    return factsOf(statSync(systemPath(path), { bigint: true }));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

// --- internal ---

function openFolder(path: string): number {
  return withoutAtime((flag) => openSync(systemPath(path), OPEN_FOLDER | flag));
}

/** Linux's magic numbers of file systems whose inodes mean nothing (design §3): they may change between two mounts. */
const INODELESS = new Set([
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x65735546, // FUSE
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x01021997, // 9p
]);
