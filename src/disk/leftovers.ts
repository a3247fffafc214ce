// Names for what is written beside its place, and taking away what killed writers left there. Each writer has a name of its own: two at
// once do not meet, one that was killed blocks nobody.
import { lstatSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { mountsIn, removeTree } from "./remove-tree.ts";
import { systemCode } from "./trouble.ts";

export function temporaryName(file: string): string {
  const random = crypto.getRandomValues(Buffer.alloc(4)).toString("hex");
  return `${file}.${process.pid}-${random}.tmp`;
}

/** Whether a name is what a killed writer left behind. */
export const isTemporary = (name: string): boolean => name.endsWith(".tmp");

/** Takes away what killed writers of this very file left beside it. */
export function sweepBeside(file: string): void {
  const folder = dirname(file);
  const start = `${basename(file)}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(start)) continue;
    const pid = LEFTOVER.exec(name.slice(start.length))?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const left = `${folder}/${name}`;
    const ageMs = Date.now() - (statSync(left, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > LEFTOVER_AGE_MS) rmSync(left, { force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // there, but somebody else's
  }
}

/** The process that made the folder `<prefix><pid>-XXXXXX`, as mkdtemp names it; undefined if it is none. */
export function makerOf(name: string, prefix: string): number | undefined {
  const [, pid] = /^(\d{1,9})-[A-Za-z0-9]{6}$/.exec(name.slice(prefix.length)) ?? [];
  return name.startsWith(prefix) && pid !== undefined ? Number(pid) : undefined;
}

/** Removes a folder, if it is this user's and nothing is mounted in it; several may be at it. */
export function removeOwn(folder: string): void {
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  const isOurs = facts?.isDirectory() === true && facts.uid === process.getuid?.();
  try {
    if (isOurs && mountsIn(folder).length === 0) removeTree(folder);
  } catch (error) {
    // Another bsv that began just now is at it, too.
    if (!["ENOENT", "ENOTEMPTY"].includes(systemCode(error) ?? "")) throw error;
  }
}

// --- internal ---

/** What SQLite writes has a journal beside it. */
const LEFTOVER = /^(\d{1,9})-[0-9a-f]{8}\.tmp(?:-journal)?$/;
/** A process of another machine may write here too, and its number says nothing: what is this young stays. */
const LEFTOVER_AGE_MS = 3_600_000;
