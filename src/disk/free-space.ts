// How much may still be written where a folder lies, and whether that file system tells `a` from `A`.
import { statfsSync } from "node:fs";
import { identityOf, systemPath } from "./folder.ts";

/** Bytes that a user who is not root may still take. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(systemPath(folder), { bigint: true });
  return Number(bavail * bsize);
}

/** Asked of the folder's own name in the other case; where that has none, it is as usual on this system. */
export function isCaseBlind(folder: string): boolean {
  const slash = folder.lastIndexOf("/") + 1;
  const name = folder.slice(slash);
  const other = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  if (other === name) return process.platform === "darwin" || process.platform === "win32";
  const [own, seen] = [identityOf(folder), identityOf(folder.slice(0, slash) + other)];
  return own !== undefined && own.inode === seen?.inode && own.device === seen.device;
}
