// In or out, and by what: the real walk is sent down to one path, so that the answer is what a scan would do. Whatever stands
// beside the way there is passed over; what the rules and the walk say on the way is kept.
import type { Backupset } from "#core/config/config.ts";
import type { Reason, Rules } from "./leave-out.ts";
import { findRoot } from "./roots.ts";
import { rulesOf, type SpeakingRules } from "./rules.ts";
import { LeftOut, type Sighting } from "./sighting.ts";
import { Walk, type WalkOptions } from "./walk.ts";

export interface Explanation {
  readonly verdict: "in" | "out" | "unknown";
  readonly why: Why;
  /** Where it was decided: the path itself, or a folder above it. */
  readonly at: string;
  /** The line that decided, if one did; also one that keeps the path in. */
  readonly rule: Reason | undefined;
  /** Why it is unknown, or with what error it would be recorded. */
  readonly error: string | undefined;
}

export type Why =
  | "file" // a file, symlink or something unreadable that becomes an entry
  | "folder" // what is in it is witnessed
  | "rule" // a line of the backupset file or of an ignore file
  | "marked" // exclude_if_present
  | "mount" // one_file_system
  | "own_data" // bsv's own folder
  | "special" // a FIFO, socket or device
  | "beyond_symlink" // links are recorded, not followed
  | "missing" // nothing is there
  | "unreadable"
  | "offline";

/** Explains a path at or below a root of the set, both absolute and exact. */
export function explainPath(
  set: Backupset,
  rootPath: string,
  path: string,
  ownData: WalkOptions["ownData"],
): Explanation {
  const root = findRoot(rootPath, {
    followSymlink: set.followRootSymlink,
    marker: set.expect.marker,
  });
  if (root.kind !== "found") {
    const { kind, error } = root;
    return { verdict: "unknown", why: kind, at: rootPath, rule: undefined, error };
  }
  const trail = new Trail(rulesOf(set, rootPath), partBelow(path, rootPath) ?? "");
  const leftOut = new LeftOut();
  const options = { rules: trail, oneFileSystem: set.oneFileSystem, ownData };
  const sightings = [...new Walk(root, options, leftOut).sightings()];
  const atOf = (part: string): string => (part === "" ? rootPath : `${folderOf(rootPath)}${part}`);
  return decide(trail, leftOut, sightings, path, atOf);
}

/** What `path` is below `folder`; undefined if it is not there, or is that folder. */
export function partBelow(path: string, folder: string): string | undefined {
  const start = folderOf(folder);
  return path.startsWith(start) && path.length > start.length
    ? path.slice(start.length)
    : undefined;
}

// --- internal ---

const folderOf = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

const BESIDE: Reason = {
  kind: "excluded",
  pattern: "",
  place: { file: "", line: 0, column: 0 },
};

/** Lets the walk go down to one path only, and remembers how far it came. */
class Trail implements Rules {
  /** The deepest part of the way that was asked about, and what was said of it. */
  asked = "";
  said: ReturnType<SpeakingRules["judge"]>;
  /** The deepest folder that was listed. */
  listed: string | undefined;
  marked: Reason | undefined;
  readonly target: string;
  #names: readonly string[] = [];
  readonly #rules: SpeakingRules;

  constructor(rules: SpeakingRules, target: string) {
    this.#rules = rules;
    this.target = target;
  }

  enter(
    folder: string,
    names: readonly string[],
    read: (name: string) => string | undefined,
  ): Reason | undefined {
    this.listed = folder;
    this.#names = names;
    this.marked = this.#rules.enter(folder, names, read);
    return this.marked ?? (folder === this.target ? BESIDE : undefined);
  }

  skips(path: string, isFolder: boolean): Reason | undefined {
    if (path !== this.target && !this.target.startsWith(`${path}/`)) return BESIDE;
    this.asked = path;
    this.said = this.#rules.judge(path, isFolder);
    return this.said?.isOut === true ? this.said : undefined;
  }

  /** The next part of the way, if the last folder that was listed holds it; the walk may have passed it over unasked. */
  get next(): string | undefined {
    const folder = this.listed === undefined || this.listed === "" ? "" : `${this.listed}/`;
    const name = this.target.slice(folder.length).split("/", 1)[0]!;
    return this.#names.includes(name) ? folder + name : undefined;
  }

  /** What would be said of the path if it were there. */
  ofMissing(): Reason | undefined {
    const verdict = this.#rules.judge(this.target, false);
    return verdict?.isOut === true ? verdict : undefined;
  }
}

function decide(
  trail: Trail,
  leftOut: LeftOut,
  sightings: readonly Sighting[],
  path: string,
  atOf: (part: string) => string,
): Explanation {
  const { said, asked, marked, listed, target } = trail;
  const explanation = (verdict: Explanation["verdict"], why: Why, part: string, rule?: Reason) => ({
    verdict,
    why,
    at: atOf(part),
    rule,
    error: undefined,
  });
  if (said?.isOut === true) return explanation("out", "rule", asked, said);
  if (marked !== undefined) return explanation("out", "marked", listed!, marked);
  if (leftOut.mounts.includes(atOf(asked))) return explanation("out", "mount", asked);
  const isSpecial = ["fifo", "socket", "device", "unknown_kind"].some((kind) =>
    leftOut.counts.has(kind),
  );
  if (isSpecial) return explanation("out", "special", asked);
  const seen = sightings.map(({ entry }) => entry).find((entry) => isOnWay(entry.path, path));
  if (seen?.type === "dir" || (seen?.type === "other" && seen.path !== path)) {
    const { path: at, error } = seen;
    return { verdict: "unknown", why: "unreadable", at, rule: undefined, error: error! };
  }
  if (seen?.path === path) {
    return { ...explanation("in", "file", target, said), error: seen.error ?? undefined };
  }
  if (seen?.type === "symlink") return explanation("out", "beyond_symlink", asked);
  if (listed === target) return explanation("in", "folder", target, said);
  const { next } = trail;
  if (next !== undefined && next !== asked) return explanation("out", "own_data", next);
  return explanation("out", "missing", target, trail.ofMissing());
}

const isOnWay = (at: string, path: string): boolean => at === path || path.startsWith(folderOf(at));
