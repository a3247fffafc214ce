// How many files and connections this process has open, and how many it may have. Only Linux tells both cheaply.
import { readdirSync, readFileSync, statSync } from "node:fs";

/** Undefined where the system does not tell. */
export function openDescriptors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return statSync(FOLDER).size || readdirSync(FOLDER).length; // the size is their number since Linux 6.2
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EMFILE") return Number.MAX_SAFE_INTEGER; // none is left, not even to count them
    throw error;
  }
}

/** Undefined where the system does not tell, or sets no limit. */
export function mostDescriptors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const match = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return match === null ? undefined : Number(match[1]);
}

// --- internal ---

const FOLDER = "/proc/self/fd";
