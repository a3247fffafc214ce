// Puts content at a name of a folder so that there is never half of it: copied to a file beside its place while it is hashed, made
// durable, read again and hashed again, and only then given its name. What stood there is checked once more just before.
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsync,
  futimesSync,
  linkSync,
  lutimesSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { BsvError } from "#core/errors.ts";
import { isUnchanged, type Facts } from "./facts.ts";
import { factsOfOpen, systemPath, type Folder } from "./folder.ts";
import { openIn, type Opened } from "./open-regular.ts";
import { unfinishedName } from "./restore-name.ts";
import { systemCode } from "./trouble.ts";
import { writeAll } from "./write-error.ts";

/** What must stand at a name for it to be replaced; null where nothing may. */
export type Standing = Pick<Facts, "kind" | "inode" | "sizeBytes" | "mtimeUs"> | null;

export interface WantedContent {
  /** SHA-256, in hex. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly mtimeUs: number;
}

/** A reason why one item was not done; the run goes on. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Whether to stop; asked between pieces, and may wait. */
export type OnPiece = (bytes: number) => Promise<void>;

/** Copies what the source holds into a new file of the folder; gives its name. Throws a Refusal where the bytes are not the wanted ones. */
export async function copyVerified(
  source: Opened | undefined,
  folder: Folder,
  wanted: WantedContent,
  onPiece: OnPiece,
): Promise<string> {
  const name = unfinishedName();
  const fd = openSync(folder.at(name), "wx+", source === undefined ? 0o666 : 0o600);
  try {
    if (source !== undefined) await copy(source, fd, wanted, onPiece);
    // No set-user-id from a copy: it may not be ours to give.
    if (source !== undefined) fchmodSync(fd, fstatSync(source.fd).mode & 0o777);
    setTime((time) => futimesSync(fd, time, time), wanted.mtimeUs);
    await durable(fd);
    await rereadWritten(fd, wanted, onPiece);
    closeSync(fd);
    return name;
  } catch (error) {
    closeSync(fd);
    rmSync(folder.at(name), { force: true });
    throw error;
  }
}

/** Makes a symlink of its own name in the folder; gives that name. */
export function makeSymlink(folder: Folder, target: string, mtimeUs: number): string {
  const name = unfinishedName();
  symlinkSync(systemPath(target), folder.at(name));
  try {
    setTime((time) => lutimesSync(folder.at(name), time, time), mtimeUs);
  } catch (error) {
    rmSync(folder.at(name), { force: true });
    throw error;
  }
  return name;
}

/** Gives a finished file its name, if there still stands what is expected; else the finished file is taken away. */
export function putInPlace(
  folder: Folder,
  finished: string,
  name: string,
  expected: Standing,
): void {
  try {
    if (expected !== null) {
      mustStand(folder, name, expected);
      renameSync(folder.at(finished), folder.at(name));
      return;
    }
    // A link is never made over something, which a rename cannot promise.
    if (!linkedNew(folder, finished, name)) {
      mustStand(folder, name, null);
      renameSync(folder.at(finished), folder.at(name));
      return;
    }
  } catch (error) {
    rmSync(folder.at(finished), { force: true });
    throw error;
  }
  rmSync(folder.at(finished));
}

/** Sets the time of what is expected there, and of nothing else. False if other names share the file, and so its time. */
export function setTimeOf(
  folder: Folder,
  name: string,
  expected: Standing,
  mtimeUs: number,
): boolean {
  if (expected?.kind === "symlink") {
    mustStand(folder, name, expected);
    setTime((time) => lutimesSync(folder.at(name), time, time), mtimeUs);
    return true;
  }
  const opened = openIn(folder, name);
  if (opened === undefined) throw changed();
  try {
    if (!isSame(opened.facts, expected)) throw changed();
    if (opened.facts.links > 1) return false;
    setTime((time) => futimesSync(opened.fd, time, time), mtimeUs);
    return true;
  } finally {
    closeSync(opened.fd);
  }
}

/** Takes away what is expected there, and nothing else. */
export function removeStanding(folder: Folder, name: string, expected: Standing): void {
  mustStand(folder, name, expected);
  rmSync(folder.at(name));
}

/** Whether the file system kept the time: some know only seconds, or none so far away. */
export const hasTime = (folder: Folder, name: string, mtimeUs: number): boolean =>
  folder.look(name).mtimeUs === mtimeUs;

/** Keeps content from being lost when its own name is overwritten: a second name for it, if the file system can give one. */
export function linkedNew(folder: Folder, from: string, to: string, toFolder = folder): boolean {
  try {
    linkSync(folder.at(from), toFolder.at(to));
    return true;
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (code === "EEXIST") throw changed();
    if (NO_LINKS.has(code)) return false;
    throw error;
  }
}

// --- internal ---

const changed = () => new Refusal("CHANGED: something else stands there by now");

/** Waits on another thread: several files become durable in the time of one. */
const durable = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });

const PIECE_BYTES = 1 << 20;
/** Filled and emptied without waiting in between, so that one is enough for all. */
const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** FAT and some network shares have none; a file may have all it can have. */
const NO_LINKS = new Set(["EPERM", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "EMLINK", "EXDEV", "EACCES"]);

async function copy(
  { fd: from, facts: before }: Opened,
  to: number,
  { checksum, sizeBytes }: WantedContent,
  onPiece: OnPiece,
): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  let total = 0;
  for (;;) {
    const count = readSync(from, buffer, 0, PIECE_BYTES, null);
    if (count === 0) break;
    total += count;
    if (total > sizeBytes) break;
    const piece = buffer.subarray(0, count);
    hasher.update(piece);
    writeAll(to, piece, "a file that is being restored");
    await onPiece(count);
  }
  if (total !== sizeBytes || !isUnchanged(before, factsOfOpen(from))) {
    throw new Refusal("UNSTABLE: changed while being read");
  }
  if (hasher.digest("hex") !== checksum) throw new Refusal("MISMATCH: the bytes are other ones");
}

/** What the disk gives back is what counts. */
async function rereadWritten(
  fd: number,
  { checksum, sizeBytes }: WantedContent,
  onPiece: OnPiece,
): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  let at = 0;
  for (;;) {
    const count = readSync(fd, buffer, 0, PIECE_BYTES, at);
    if (count === 0) break;
    at += count;
    hasher.update(buffer.subarray(0, count));
    await onPiece(0);
  }
  if (at === sizeBytes && hasher.digest("hex") === checksum) return;
  throw new BsvError("internal", "What was written cannot be read back as it was", {
    hint: "The disk or the memory is failing: trust neither, and check both before anything else",
  });
}

function mustStand(folder: Folder, name: string, expected: Standing): void {
  if (isSame(standing(folder, name), expected)) return;
  throw changed();
}

function standing(folder: Folder, name: string): Standing {
  try {
    return folder.look(name);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

function isSame(now: Standing, expected: Standing): boolean {
  if (now === null || expected === null) return now === expected;
  return (
    now.kind === expected.kind &&
    now.sizeBytes === expected.sizeBytes &&
    now.mtimeUs === expected.mtimeUs &&
    (expected.inode === 0 || now.inode === expected.inode)
  );
}

/** Half a microsecond more, so that a double rounds to the right one. Numbers before 1970 mean "now" to Node; dates do not. */
function setTime(set: (time: number | Date) => void, mtimeUs: number): void {
  set(mtimeUs >= 0 ? (mtimeUs + 0.5) / 1e6 : new Date(Math.floor(mtimeUs / 1000)));
}
