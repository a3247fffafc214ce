// The short way to read an entry's canonical line. Nearly every line there is has this one form: a file that could be read, with
// nothing in its path that needs an escape. One match tells that the line is canonical to the byte, and so also possible; any
// other line takes the long way (entry-json.ts), which judges and explains.
import { MTIME_LIMIT_US, type Entry } from "./entry.ts";

/** The entry of such a line; undefined for all others. */
export function readPlainEntry(line: string): Entry | undefined {
  const match = PLAIN.exec(line);
  if (match === null) return undefined;
  const [, path, size, mtime, inode, checksum] = match as unknown as [string, ...Five];
  const seconds = Number(mtime);
  const mtimeUs = Math.round(seconds * 1e6);
  const isExact =
    String(mtimeUs / 1e6) === mtime && Math.abs(mtimeUs) <= MTIME_LIMIT_US && path.isWellFormed();
  if (!isExact) return undefined;
  return {
    path,
    type: "file",
    target: null,
    sizeBytes: Number(size),
    mtimeUs,
    inode: Number(inode),
    checksum,
    error: null,
  };
}

// --- internal ---

type Five = [path: string, size: string, mtime: string, inode: string, checksum: string];

/** Of printable characters all but `"` and `\\`, and no `/` at the end; of digits fifteen, which is a safe integer. */
const PLAIN =
  /^\{"path":"([ !#-[\]-~\u0080-\uffff]*[ !#-.0-[\]-~\u0080-\uffff])","size":(0|[1-9]\d{0,14}),"mtime":(-?\d{1,10}(?:\.\d{1,6})?),"inode":(0|[1-9]\d{0,14}),"checksum":"([0-9a-f]{4,128})","error":null\}$/;
