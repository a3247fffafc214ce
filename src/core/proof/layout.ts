// How a copy's names go with the snapshot's paths: `--strip` is taken off a name, `--prefix` put before it, or `--map PATH=NAME` says
// where a path stands in the copy. Without a word the layout is guessed from the first names, and said.
import { BsvError } from "#core/errors.ts";

export interface Layout {
  /** Taken off the front of the copy's names; `""` for nothing. Names outside it are not looked at. */
  readonly strip: string;
  /** Put before what is left: `/` or a path. */
  readonly prefix: string;
  /** Instead of both: which path of the snapshot stands at which name. */
  readonly maps: readonly LayoutMap[];
}

export interface LayoutMap {
  readonly path: string;
  /** Below the copy's top; `""` is the top itself. */
  readonly name: string;
}

/** A name as steps from the copy's top; undefined for one that leads out of it (`..`) or nowhere. */
export function plainName(name: string): string | undefined {
  if (PLAIN.test(name)) return name;
  const steps = name.split("/").filter((step) => step !== "" && step !== ".");
  return steps.length === 0 || steps.includes("..") ? undefined : steps.join("/");
}

/** Where a plain name of the copy stands in the snapshot; undefined outside the layout. */
export function pathOfName({ strip, prefix, maps }: Layout, name: string): string | undefined {
  if (maps.length > 0) {
    const map = longest(maps, (one) => one.name, name);
    return map && joined(map.path, restOf(name, map.name)!);
  }
  const rest = restOf(name, strip);
  return rest === undefined ? undefined : joined(prefix, rest);
}

/** The inverse: the name a path should have in the copy. */
export function nameOfPath({ strip, prefix, maps }: Layout, path: string): string | undefined {
  if (maps.length > 0) {
    const map = longest(maps, (one) => one.path, path);
    return map && joined(map.name, restOf(path, map.path)!);
  }
  const rest = restOf(path, prefix);
  return rest === undefined ? undefined : joined(strip, rest);
}

/** `A=B`: the snapshot's path A stands at B in the copy. */
export function readMap(text: string): LayoutMap {
  const equals = text.indexOf("=");
  const path = text.slice(0, equals);
  if (equals > 0 && path !== "")
    return { path: trimmed(path), name: plainName(text.slice(equals + 1)) ?? "" };
  throw new BsvError("usage", `Not a map: ${JSON.stringify(text)}`, {
    hint: "Say --map /home/me/photos=photos: the snapshot's path, then its name in the copy",
  });
}

/** The layouts a copy of these roots mostly has, the likeliest first. */
export function likelyLayouts(roots: readonly string[]): Layout[] {
  const prefixes = ["/", ...roots, ...roots.map(parentOf)];
  // A bag (BagIt) has everything below data/.
  const plain = ["", "data"].flatMap((strip) =>
    [...new Set(prefixes)].map((prefix) => ({ strip, prefix, maps: [] })),
  );
  if (roots.length < 2) return plain;
  const maps = roots.map((path) => ({ path, name: path.slice(path.lastIndexOf("/") + 1) }));
  const isApart = new Set(maps.map(({ name }) => name)).size === maps.length;
  return isApart ? [...plain, { strip: "", prefix: "/", maps }] : plain;
}

export function layoutText({ strip, prefix, maps }: Layout): string {
  if (maps.length > 0) return maps.map(({ path, name }) => `${path}=${name}`).join(", ");
  return strip === "" ? `names are below ${prefix}` : `names below ${strip} are below ${prefix}`;
}

export const trimmed = (path: string): string =>
  path.length > 1 && path.endsWith("/") ? trimmed(path.slice(0, -1)) : path;

// --- internal ---

/** No empty step, no `.` and no `..`: nearly every name. */
const PLAIN = /^(?!\.{0,2}(?:\/|$))(?![^]*\/\.{0,2}(?:\/|$))[^]+$/;

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

const joined = (folder: string, rest: string): string => {
  if (rest === "") return folder;
  return folder === "" || folder.endsWith("/") ? folder + rest : `${folder}/${rest}`;
};

/** What follows `folder` in `path`, `""` for the folder itself; undefined if it does not lie there. */
function restOf(path: string, folder: string): string | undefined {
  if (folder === "" || path === folder) return path === folder ? "" : path;
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length) : undefined;
}

function longest(
  maps: readonly LayoutMap[],
  side: (map: LayoutMap) => string,
  text: string,
): LayoutMap | undefined {
  return maps
    .filter((map) => restOf(text, side(map)) !== undefined)
    .toSorted((a, b) => side(b).length - side(a).length)[0];
}
