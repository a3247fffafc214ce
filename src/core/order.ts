// The one order of entries: by (folder's path with a trailing `/`, name), raw bytes, as git sorts trees. A folder that is an
// entry itself (it could not be listed) sorts as (its path + `/`, ""). Walk, store and wire all speak this
// order, so that comparing is always a merge of two streams.
import { pathBytes } from "./path-bytes.ts";

/** Where an entry stands in the order: `folder` ends with `/` (or is empty for a bare name). */
export interface EntryKey {
  readonly folder: string;
  readonly name: string;
}

/** The key of a path; `isFolder` for an entry of type `dir`. Inverse: `pathOfKey`. */
export function keyOfPath(path: string, isFolder: boolean): EntryKey {
  if (isFolder) return { folder: path.endsWith("/") ? path : `${path}/`, name: "" };
  const slash = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, slash), name: path.slice(slash) };
}

/** The path of a key. `/` and a Windows drive's root `C:/` keep their slash. */
export function pathOfKey(folder: string, name: string): string {
  if (name !== "") return folder + name;
  return folder === "/" || /^[A-Za-z]:\/$/.test(folder) ? folder : folder.slice(0, -1);
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function compareKeys(a: EntryKey, b: EntryKey): number {
  return a.folder === b.folder ? comparePaths(a.name, b.name) : comparePaths(a.folder, b.folder);
}

/** Compares two path strings as their raw bytes would, without making the bytes unless surrogates are met. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // Below the surrogates, UTF-16 and UTF-8 sort alike.
    if (left < 0xd800 && right < 0xd800) return left - right;
    return Buffer.compare(pathBytes(a), pathBytes(b));
  }
  return a.length - b.length;
}

/** Whether a path is another one, or stands below it. */
export const isAtOrBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
