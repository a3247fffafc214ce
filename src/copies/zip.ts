// A zip archive as a copy: stored and deflated entries, ZIP64, symlinks. The directory says what there is; every content is read and
// unpacked in memory, piece by piece, never to disk. What is packed otherwise, or encrypted and no password opens it, is unverifiable, and said to be.
import type { Entry } from "yauzl";
import { pathText } from "#core/path-bytes.ts";
import { mostExpanded, ofArchive } from "./archive-bytes.ts";
import { CopyCut, EntryTrouble, type Copy, type CopyEntry } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { ZipContents, type ZipWishes } from "./zip-contents.ts";
import { directoryPages } from "./zip-directory.ts";

export function zipCopy(file: string, { resolve, expectedBytes, password }: OpenOptions): Copy {
  const path = resolve(file);
  const wishes = { limitBytes: mostExpanded(expectedBytes), password };
  return {
    target: `zip:${path}`,
    keepsSymlinks: true,
    clockStepUs: DOS_CLOCK_US,
    entries: (signal) =>
      ofArchive(path, (fd, sizeBytes) => entriesIn(fd, sizeBytes, wishes, signal)),
  };
}

// --- internal ---

/** DOS counts every other second, the usual extra field every one. */
const DOS_CLOCK_US = 2_000_000;
const LONGEST_TARGET = 1 << 16;

async function* entriesIn(
  fd: number,
  sizeBytes: number,
  wishes: ZipWishes,
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  if (sizeBytes === 0) throw new CopyCut("unverifiable", "EMPTY: it has no byte");
  const contents = new ZipContents(fd, wishes);
  for await (const page of directoryPages(fd, sizeBytes)) {
    signal.throwIfAborted();
    for (const entry of page) {
      const told = entryOf(entry, contents);
      if (told !== undefined) yield told;
    }
  }
}

function entryOf(entry: Entry, contents: ZipContents): CopyEntry | undefined {
  const host = entry.versionMadeBy >> 8;
  const isUnix = host === 3 || host === 19;
  const kind = isUnix ? (entry.externalFileAttributes >>> 16) & 0xf000 : 0;
  const name = nameOf(entry, isUnix);
  if (name.endsWith("/") || kind === 0x4000) return undefined;
  const told = {
    name,
    target: null,
    sizeBytes: entry.uncompressedSize,
    mtimeUs: mtimeOf(entry),
    ctimeUs: null,
    content: null,
    trouble: null,
  };
  if (kind !== 0 && kind !== 0x8000 && kind !== 0xa000) return { ...told, type: "other" };
  const why = contents.whyNot(entry);
  if (why !== undefined) {
    const type = kind === 0xa000 ? "symlink" : "file";
    return { ...told, type, trouble: { kind: "unverifiable", why } };
  }
  if (kind === 0xa000) return symlinkOf(told, entry, contents);
  const read = (take: (piece: Uint8Array) => void) => contents.read(entry, take);
  return { ...told, type: "file", content: { kind: "bytes", read } };
}

/** A symlink's content is where it leads. */
function symlinkOf(told: Omit<CopyEntry, "type">, entry: Entry, contents: ZipContents): CopyEntry {
  const symlink = { ...told, type: "symlink" as const, sizeBytes: null };
  // By either size, as the directory has them: what is large is read later, and nobody here waits for that.
  if (Math.max(entry.compressedSize, entry.uncompressedSize) > LONGEST_TARGET) {
    return { ...symlink, trouble: { kind: "unverifiable", why: "DAMAGED: an endless symlink" } };
  }
  try {
    let target = "";
    void contents.read(entry, (bytes) => (target = pathText(bytes)));
    return { ...symlink, target };
  } catch (error) {
    if (!(error instanceof EntryTrouble)) throw error;
    return { ...symlink, trouble: error.trouble };
  }
}

/** As bytes; where the archiver keeps a second, Unicode name of the same bytes, that one. */
function nameOf({ fileNameRaw, extraFields }: Entry, isUnix: boolean): string {
  const unicode = extraFields.find(({ id, data }) => id === 0x7075 && data.length > 5)?.data;
  const isOfThisName = unicode?.readUInt32LE(1) === Bun.hash.crc32(fileNameRaw);
  const name = pathText(isOfThisName ? unicode!.subarray(5) : fileNameRaw);
  return isUnix ? name : name.replaceAll("\\", "/");
}

/** From the extra fields that know a time zone; DOS's own time is some place's, nobody knows which. */
function mtimeOf({ extraFields }: Entry): number | null {
  for (const { id, data } of extraFields) {
    if (id === 0x5455 && data.length >= 5 && (data[0]! & 1) === 1) return data.readInt32LE(1) * 1e6;
    if (id === 0x000a && data.length >= 16) {
      return Number(data.readBigUInt64LE(8) / 10n - NTFS_EPOCH_US);
    }
  }
  return null;
}

/** 1601 to 1970. */
const NTFS_EPOCH_US = 11_644_473_600_000_000n;
