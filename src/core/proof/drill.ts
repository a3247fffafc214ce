// What a drill hands to the user's tool, and where its files may turn up: names in the forms that tools take, one a line or each ended
// by a NUL, and the places below the scratch folder that the known tools restore to.
import type { Amount } from "#core/usage.ts";
import { pathBytes } from "#core/path-bytes.ts";

/** The lists a command is given, by the variable that names their files. */
export function drillLists(
  paths: readonly string[],
  strip: string,
): Record<"PATHS" | "NAMES" | "PATTERNS" | "PATHS0" | "NAMES0", Buffer> {
  const names = paths.map((path) => strippedName(path, strip));
  const patterns = paths.map((path) => path.replaceAll(/[\\*?[\]]/g, "\\$&"));
  return {
    PATHS: list(paths, "\n"),
    NAMES: list(names, "\n"),
    PATTERNS: list(patterns, "\n"),
    PATHS0: list(paths, "\0"),
    NAMES0: list(names, "\0"),
  };
}

/** Whether a name can stand in a list with one a line. */
export const fitsLine = (path: string): boolean => !path.includes("\n");

/** Where a path may stand below the scratch folder: as it is, without what is stripped, or below one of its own folders. */
export function* restoredPlaces(
  path: string,
  strip: string,
  roots: readonly string[],
): Generator<string> {
  const seen = new Set<string>();
  for (const candidate of candidates(path, strip, roots)) {
    if (candidate === "" || seen.has(candidate)) continue;
    seen.add(candidate);
    yield candidate;
  }
}

/**
 * How long a restore of all takes, by one that brought a part back; undefined when nothing came back. Many small files cost by their
 * number, few large ones by their bytes: whichever is longer.
 */
export function restoreMs(durationMs: number, part: Amount, all: Amount): number | undefined {
  if (part.files === 0) return undefined;
  const byBytes = part.bytes === 0 ? 0 : all.bytes / part.bytes;
  return durationMs * Math.max(all.files / part.files, byBytes);
}

// --- internal ---

function* candidates(path: string, strip: string, roots: readonly string[]): Generator<string> {
  yield path.replace(/^\/+/, "");
  yield strippedName(path, strip);
  for (const root of roots) {
    const folder = root.endsWith("/") ? root : `${root}/`;
    if (!path.startsWith(folder)) continue;
    yield path.slice(folder.length);
    yield path.slice(folder.slice(0, -1).lastIndexOf("/") + 1);
  }
}

/** As an archive names it: no leading slash, and without the folder it was made from. */
function strippedName(path: string, strip: string): string {
  const folder = strip === "" || strip.endsWith("/") ? strip : `${strip}/`;
  const rest = folder !== "" && path.startsWith(folder) ? path.slice(folder.length) : path;
  return rest.replace(/^\/+/, "");
}

const list = (items: readonly string[], end: string): Buffer =>
  Buffer.concat(items.flatMap((item) => [pathBytes(item), Buffer.from(end)]));
