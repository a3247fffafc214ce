// How much may still be written where a folder lies.
import { statfsSync } from "node:fs";
import { systemPath } from "./folder.ts";

/** Bytes that a user who is not root may still take. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(systemPath(folder), { bigint: true });
  return Number(bavail * bsize);
}
