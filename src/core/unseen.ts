// What a snapshot says it could not see: roots that were offline, empty or unreadable, mounts that were not entered. Of what
// lies there nothing is known, and nobody may take it for removed (I6).
import type { SnapshotHeader } from "./document.ts";

export class Unseen {
  /** By folder with its slash: why nothing below it was seen. */
  readonly #why = new Map<string, string>();
  /** The roots, with a slash; undefined where the writer does not name them. */
  readonly #roots: ReadonlySet<string> | undefined;

  constructor(header: Pick<SnapshotHeader, "roots"> & { readonly skipped_mounts?: unknown }) {
    for (const { path, state } of header.roots ?? []) {
      if (state !== "ok") this.#why.set(below(path), ROOT_REASONS[state]);
    }
    const mounts = Array.isArray(header.skipped_mounts) ? header.skipped_mounts : [];
    for (const path of mounts) if (typeof path === "string") this.#why.set(below(path), MOUNT);
    this.#roots = header.roots && new Set(header.roots.map(({ path }) => below(path)));
  }

  /** Why the snapshot could say nothing of the path, as a code and a reason; undefined if it could. */
  why(path: string): string | undefined {
    if (this.#why.size === 0) return undefined;
    for (const folder of foldersTo(path)) {
      const why = this.#why.get(folder);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** Whether the path is below one of the roots: one that is not was never looked at. */
  isInRoots(path: string): boolean {
    if (this.#roots === undefined) return true;
    for (const folder of foldersTo(path)) if (this.#roots.has(folder)) return true;
    return false;
  }
}

/** `/`, `/a/`, `/a/b/` of `/a/b`: the path itself may be a folder. */
export function* foldersTo(path: string): Generator<string> {
  const whole = below(path);
  for (let slash = whole.indexOf("/"); slash >= 0; slash = whole.indexOf("/", slash + 1)) {
    yield whole.slice(0, slash + 1);
  }
}

// --- internal ---

const ROOT_REASONS = {
  offline: "ROOT_OFFLINE: the root was not there",
  empty: "ROOT_EMPTY: the root was suddenly empty",
  unreadable: "ROOT_UNREADABLE: the root could not be read",
};
const MOUNT = "MOUNT: another file system, not entered";

const below = (path: string): string => (path.endsWith("/") ? path : `${path}/`);
