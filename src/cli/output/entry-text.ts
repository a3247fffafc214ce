// An entry as a line for people: what it is, how large, from when, the start of its checksum, its name.
import type { Entry } from "#core/entry.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { timeText } from "./snapshot-text.ts";

/** `file          1,024  2024-10-21 06:50:34Z  3f786850e387  /home/user/foo.txt`: fixed columns, so that lists stream. */
export function entryText(entry: Entry, colours: Colours): string {
  const { facts, target, error } = partsOf(entry, colours);
  return `${facts}  ${printable(entry.path)}${target}${error}`;
}

/** The same without the path, where that is said already. */
export function entryFacts(entry: Entry, colours: Colours): string {
  const { facts, target, error } = partsOf(entry, colours);
  return (facts.trimEnd() + target + error).trimEnd();
}

// --- internal ---

function partsOf(entry: Entry, colours: Colours): { facts: string; target: string; error: string } {
  const size = entry.sizeBytes === null ? "-" : String(entry.sizeBytes);
  const time = entry.mtimeUs === null ? "-" : mtimeText(entry.mtimeUs);
  const target = entry.target === null ? "" : ` -> ${printable(entry.target)}`;
  const error = entry.error === null ? "" : `  ${colours.red(printable(entry.error))}`;
  const facts = [
    entry.type.padEnd(7),
    size.padStart(14),
    time.padEnd(20),
    (entry.checksum ?? "-").slice(0, 12).padEnd(12),
  ];
  return { facts: facts.join("  "), target, error };
}

/** An mtime may lie where no timestamp of a snapshot can: before 1970, or after 9999. */
function mtimeText(mtimeUs: number): string {
  const ms = Math.floor(mtimeUs / 1000);
  return Math.abs(ms) < MOST_MS ? timeText(ms) : `${Math.floor(mtimeUs / 1e6)} s`;
}

const MOST_MS = 8.64e15;
