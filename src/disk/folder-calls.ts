// What is asked of an open folder, each as one system call into one buffer: which names it has (getdents64), what stands at a name
// (statx, which is lstat here), to enter one (openat). They answer exactly as node:fs through /proc does, in a third of the time and,
// unlike readdir, leave the folder's atime alone. Where they cannot be asked, or fail, the caller asks the slow way, which also
// tells what the trouble is. See docs/decisions/0201-race-free-walk.md.
import { ptr } from "bun:ffi";
import { pathText } from "#core/path-bytes.ts";
import { cLibrary } from "./c-library.ts";
import { kindOf, withinLimit, type Facts } from "./facts.ts";

/** All give undefined if they have nothing to say. */
interface FolderCalls {
  names(folderFd: number): string[] | undefined;
  /** What stands at the name; the folder itself for the empty one. */
  look(folderFd: number, name: Uint8Array | string): Facts | undefined;
  open(folderFd: number, name: Uint8Array | string, flags: number): number | undefined;
}

let calls: FolderCalls | null | undefined;

/** Undefined where the C library cannot be called. */
export function folderCalls(): FolderCalls | undefined {
  if (calls === undefined) {
    const library = cLibrary(SYMBOLS);
    calls = library === undefined ? null : callsOf(library);
  }
  return calls ?? undefined;
}

// --- internal ---

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const LOOK_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
/** node:fs sets it by itself: no child process inherits a descriptor. */
const O_CLOEXEC = 0o2000000;
const STATX_BASIC_STATS = 0x7ff;
/** Longer than any name of any file system that Linux knows. */
const MAX_NAME_BYTES = 4096;
/** Names come in pieces of this size; a small folder needs one call, and one more to hear that it was all. */
const LIST_BYTES = 1 << 16;

const SYMBOLS = {
  statx: { args: ["i32", "ptr", "i32", "u32", "ptr"], returns: "i32" },
  openat: { args: ["i32", "ptr", "i32"], returns: "i32" },
  getdents64: { args: ["i32", "ptr", "u64"], returns: "i32" },
} as const;

function callsOf(library: NonNullable<ReturnType<typeof cLibrary<typeof SYMBOLS>>>): FolderCalls {
  const { statx, getdents64, openat } = library;
  // These live as long as the process, so that their addresses stay true.
  const name = Buffer.allocUnsafeSlow(MAX_NAME_BYTES);
  const answer = new DataView(new ArrayBuffer(256));
  const list = Buffer.allocUnsafeSlow(LIST_BYTES);
  const namePointer = ptr(name);
  const answerPointer = ptr(answer.buffer);
  const listPointer = ptr(list);

  /** Puts the name where the call reads it; false if it is too long to be one. */
  function setName(asked: Uint8Array | string): boolean {
    // A UTF-16 unit is at most three bytes of UTF-8, and a NUL follows.
    if (asked.length * 3 >= MAX_NAME_BYTES) return false;
    let length = asked.length;
    if (typeof asked === "string") length = name.write(asked, 0);
    else name.set(asked);
    name[length] = 0;
    return true;
  }

  return {
    names(folderFd) {
      const names: string[] = [];
      for (;;) {
        const length = getdents64(folderFd, listPointer, LIST_BYTES);
        if (length < 0) return undefined;
        if (length === 0) return names;
        addNames(list, length, names);
      }
    },

    look(folderFd, asked) {
      if (!setName(asked)) return undefined;
      if (statx(folderFd, namePointer, LOOK_FLAGS, STATX_BASIC_STATS, answerPointer) !== 0) {
        return undefined;
      }
      const isWhole = (answer.getUint32(0, true) & STATX_BASIC_STATS) === STATX_BASIC_STATS;
      return isWhole ? factsIn(answer) : undefined;
    },

    open(folderFd, asked, flags) {
      if (!setName(asked)) return undefined;
      const fd = openat(folderFd, namePointer, flags | O_CLOEXEC);
      return fd < 0 ? undefined : fd;
    },
  };
}

/** Reads `struct linux_dirent64` after `struct linux_dirent64`: the same on every architecture, as is `struct statx`. */
function addNames(list: Buffer, length: number, names: string[]): void {
  for (let at = 0; at < length; at += list[at + 16]! | (list[at + 17]! << 8)) {
    const start = at + 19;
    let end = start;
    while (list[end] !== 0) end++;
    const text = list.toString("utf8", start, end);
    if (text === "." || text === "..") continue;
    // Bytes that are no UTF-8 decode to this; so does the real U+FFFD, which then takes the long way too.
    names.push(text.includes("\ufffd") ? pathText(list.subarray(start, end)) : text);
  }
}

function factsIn(answer: DataView): Facts {
  const inode = unsigned64(answer, 32);
  return {
    kind: kindOf(answer.getUint16(28, true)),
    links: answer.getUint32(16, true),
    device: deviceNumber(answer.getUint32(136, true), answer.getUint32(140, true)),
    inode: Number.isSafeInteger(inode) ? inode : String(answer.getBigUint64(32, true)),
    sizeBytes: unsigned64(answer, 40),
    mtimeUs: time(answer, 112),
    ctimeUs: time(answer, 96),
    mtimeRestNs: answer.getUint32(120, true) % 1000,
    ctimeRestNs: answer.getUint32(104, true) % 1000,
  };
}

function unsigned64(answer: DataView, offset: number): number {
  return answer.getUint32(offset + 4, true) * 2 ** 32 + answer.getUint32(offset, true);
}

function time(answer: DataView, offset: number): number {
  const seconds = answer.getInt32(offset + 4, true) * 2 ** 32 + answer.getUint32(offset, true);
  return withinLimit(seconds * 1e6 + Math.floor(answer.getUint32(offset + 8, true) / 1000));
}

/** As `st_dev` has it. */
function deviceNumber(major: number, minor: number): number {
  const high = Math.floor(major / 2 ** 12) * 2 ** 44 + Math.floor(minor / 2 ** 8) * 2 ** 20;
  return high + (major % 2 ** 12) * 2 ** 8 + (minor % 2 ** 8);
}
