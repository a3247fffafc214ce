// A root as it is found when a scan begins: there, offline (what should be there is not), or unreadable. The difference matters:
// nothing below a root that is not there may be taken for removed.
import { lstatSync, realpathSync } from "node:fs";
import { keyOfPath, type EntryKey } from "#core/order.ts";
import { pathBytes, pathText } from "#core/path-bytes.ts";
import { Folder, systemPath } from "#disk/folder.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";

export interface FoundRoot {
  readonly kind: "found";
  /** As the backupset file names it, absolute and exact: entries stand below it. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Where to open it: no symlink in it, so that none need be followed. For a single file its folder. */
  readonly openPath: string;
  readonly key: EntryKey;
}

export interface LostRoot {
  readonly kind: "offline" | "unreadable";
  readonly path: string;
  readonly key: EntryKey;
  readonly error: string;
}

export type Root = FoundRoot | LostRoot;

export interface RootOptions {
  readonly followSymlink: boolean;
  /** A path that must exist below the root: without it the wrong disk is mounted, or none. */
  readonly marker: string | undefined;
}

export function findRoot(path: string, options: RootOptions): Root {
  try {
    const openPath = options.followSymlink ? realPath(path) : inRealFolder(path);
    const isFolder = lstatSync(systemPath(openPath)).isDirectory();
    const key = keyOfPath(path, isFolder);
    if (!isFolder) return { kind: "found", path, isFolder, openPath: folderOf(openPath), key };
    if (options.marker !== undefined) askMarker(openPath, options.marker);
    return { kind: "found", path, isFolder, openPath, key };
  } catch (error) {
    const kind = OFFLINE.has(systemCode(error) ?? "") ? "offline" : "unreadable";
    return { kind, path, key: keyOfPath(path, true), error: rootTrouble(error) };
  }
}

// --- internal ---

/** What a missing disk, a stale mount or a lost server look like. */
const OFFLINE = new Set([
  "ENOENT",
  "ENOTDIR",
  "ENODEV",
  "ENXIO",
  "ENOMEDIUM",
  "ESTALE",
  "ENOTCONN",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

function rootTrouble(error: unknown): string {
  return systemCode(error) === "ENOENT" ? "ENOENT: not there" : troubleText(error);
}

function realPath(path: string): string {
  return pathText(realpathSync(pathBytes(path), { encoding: "buffer" }));
}

/** The path with the symlinks on the way to its last name resolved; that name itself is not followed. */
function inRealFolder(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "") return path; // the root of everything
  const folder = realPath(folderOf(path));
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function askMarker(openPath: string, marker: string): void {
  const steps = marker.split("/").filter((step) => step !== "" && step !== ".");
  const name = steps.pop();
  if (name === undefined) return;
  const folder = Folder.descend(openPath, steps);
  try {
    folder.look(name);
  } finally {
    folder.close();
  }
}
