// How versions of a file are told to people: since when, until when, and what came then.
import type { Entry } from "#core/entry.ts";
import type { Sighting, SightingEnd } from "#core/sighting.ts";
import type { Colours } from "./colour.ts";
import { entryFacts } from "./entry-text.ts";
import { printable } from "./escape.ts";
import { shortId, timeText } from "./snapshot-text.ts";
import { bytesText, plural } from "./units.ts";

/** For a list of versions: a heading for each path, a line for each version, one for what ended it. */
export class SightingLog {
  #heading = "";
  readonly #colours: Colours;

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  lines(sighting: Sighting): string[] {
    const { machineId, setName, entry, first, last, snapshotCount, end } = sighting;
    const heading = `${machineId}/${setName}  ${this.#colours.bold(printable(entry.path))}`;
    const lines = heading === this.#heading ? [] : [heading];
    this.#heading = heading;
    const span = `${timeText(first.timestampMs)} .. ${timeText(last.timestampMs)}`;
    const count = plural(snapshotCount, "snapshot").padStart(13);
    lines.push(`  ${span} ${count}  ${entryFacts(entry, this.#colours)}`);
    if (end !== null && end.kind !== "replaced") lines.push(`  ${this.#end(entry, end)}`);
    return lines;
  }

  // --- internal ---

  #end({ type }: Entry, { kind, why, at }: SightingEnd): string {
    const { red, magenta } = this.#colours;
    const when = `${timeText(at.timestampMs)} (${shortId(at.snapshotId)})`;
    if (type === "dir") return `no such trouble in ${when}`;
    if (kind === "removed") return red(`gone in ${when}`);
    return magenta(`unknown in ${when}: ${printable(why ?? "")}`);
  }
}

/** `=  1.21 GiB  2026-11-01 10:00:00Z .. 2026-11-03 10:00:00Z  laptop/photos  /data/a`: fixed columns, so that lists stream. */
export function sightingText(sighting: Sighting, colours: Colours): string {
  const { machineId, setName, entry, first, last, end } = sighting;
  const size = (entry.sizeBytes === null ? "-" : bytesText(entry.sizeBytes)).padStart(9);
  const span = `${timeText(first.timestampMs)} .. ${timeText(last.timestampMs)}`;
  return `${letterOf(end, colours)} ${size}  ${span}  ${machineId}/${setName}  ${printable(entry.path)}`;
}

// --- internal ---

/** The letters of `diff`; `=` for what is still there. */
function letterOf(end: SightingEnd | null, { green, red, yellow, magenta }: Colours): string {
  switch (end?.kind) {
    case undefined:
      return green("=");
    case "replaced":
      return yellow("M");
    case "removed":
      return red("-");
    case "unknown":
      return magenta("U");
  }
}
