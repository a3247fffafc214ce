// The rules of one root, as they stand where the walk is: the backupset file's `exclude` first, then the ignore files from the
// folder itself up to the root. The first of these that says anything of a path decides, and within one its last
// matching line does: git's order, with `exclude` in the place of git's command line.
import type { Backupset, Rule } from "#core/config/config.ts";
import { parseIgnorePattern, type IgnorePattern } from "#core/ignore-pattern.ts";
import type { Reason, Rules } from "./leave-out.ts";

/** What the rules say of a path: the line that decided, if any did. */
export interface Verdict extends Reason {
  /** False where a `!pattern` takes the path back in. */
  readonly isOut: boolean;
}

export interface SpeakingRules extends Rules {
  /** As `skips`, but also tells the line that keeps a path in. */
  judge(path: string, isFolder: boolean): Verdict | undefined;
}

/** Rules of one root of the set. `rootPath` is only for telling where an ignore file lies. */
export function rulesOf(backupset: Backupset, rootPath: string): SpeakingRules {
  return new RootRules(backupset, rootPath);
}

// --- internal ---

type Line = { readonly pattern: IgnorePattern; readonly reason: Reason };

/** One file of rules, last line first; `base` is its folder below the root, with a slash at the end unless empty. */
interface Sheet {
  readonly base: string;
  readonly lines: readonly Line[];
}

/** A folder the walk is in, and the sheets that stand in it, in the order they are asked. */
interface Frame {
  readonly folder: string;
  readonly sheets: readonly Sheet[];
}

/** What https://bford.info/cachedir asks of a CACHEDIR.TAG; one without it marks nothing. */
const CACHEDIR_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

/** Whether two names that differ only by case are one file here. */
export const isCaseBlind = process.platform === "win32" || process.platform === "darwin";

class RootRules implements SpeakingRules {
  readonly #backupset: Backupset;
  readonly #rootPath: string;
  readonly #exclude: readonly Sheet[];
  readonly #frames: Frame[] = [];
  /** No rule can ever speak: most sets, and every name is asked about. */
  readonly #isSilent: boolean;

  constructor(backupset: Backupset, rootPath: string) {
    this.#backupset = backupset;
    this.#rootPath = rootPath;
    const lines = backupset.exclude.flatMap((rule) => lineOf("excluded", rule));
    this.#exclude = [{ base: "", lines: lines.toReversed() }];
    this.#isSilent = lines.length === 0 && backupset.ignoreFiles.length === 0;
  }

  enter(
    folder: string,
    names: readonly string[],
    read: (name: string) => string | undefined,
  ): Reason | undefined {
    const { excludeIfPresent, ignoreFiles } = this.#backupset;
    for (const { pattern, place } of excludeIfPresent) {
      if (!names.includes(pattern)) continue;
      const isTag = pattern === "CACHEDIR.TAG";
      if (isTag && read(pattern)?.startsWith(CACHEDIR_SIGNATURE) !== true) continue;
      return { kind: "marked", pattern, place };
    }
    const base = folder === "" ? "" : `${folder}/`;
    // Of two ignore files in one folder, the one listed later has the last word.
    const own = ignoreFiles
      .filter(({ pattern }) => names.includes(pattern))
      .flatMap(({ pattern: name }): Sheet[] => {
        const lines = this.#linesOf(`${base}${name}`, read(name) ?? "");
        return lines.length === 0 ? [] : [{ base, lines }];
      })
      .toReversed();
    const above = folder === "" ? [] : this.#frameOf(parentOf(folder)).sheets;
    this.#frames.push({ folder, sheets: [...own, ...above] });
    return undefined;
  }

  skips(path: string, isFolder: boolean): Reason | undefined {
    const verdict = this.judge(path, isFolder);
    return verdict?.isOut ? verdict : undefined;
  }

  judge(path: string, isFolder: boolean): Verdict | undefined {
    if (this.#isSilent) return undefined;
    const slash = path.lastIndexOf("/");
    const { sheets } = this.#frameOf(slash < 0 ? "" : path.slice(0, slash));
    const name = path.slice(slash + 1);
    return ask(this.#exclude, path, name, isFolder) ?? ask(sheets, path, name, isFolder);
  }

  /** The frame of a folder the walk is in; deeper ones have been left. */
  #frameOf(folder: string): Frame {
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return { folder: "", sheets: [] };
      if (frame.folder === folder) return frame;
      // A folder that was never entered (a file as root) has the rules of what is above it.
      if (folder.startsWith(`${frame.folder}/`) || frame.folder === "") return frame;
      this.#frames.pop();
    }
  }

  #linesOf(file: string, text: string): Line[] {
    const place = { file: `${this.#rootPath}/${file}`, column: 1 };
    return text
      .replace(/^\ufeff/, "")
      .split("\n")
      .flatMap((pattern, i) => lineOf("ignored", { pattern, place: { ...place, line: i + 1 } }))
      .toReversed();
  }
}

function lineOf(kind: Reason["kind"], { pattern: text, place }: Rule): Line[] {
  const pattern = parseIgnorePattern(text, isCaseBlind);
  return pattern === undefined ? [] : [{ pattern, reason: { kind, pattern: text, place } }];
}

function ask(
  sheets: readonly Sheet[],
  path: string,
  name: string,
  isFolder: boolean,
): Verdict | undefined {
  for (const { base, lines } of sheets) {
    const below = base === "" ? path : path.slice(base.length);
    for (const { pattern, reason } of lines) {
      if (pattern.matches(below, name, isFolder)) return { ...reason, isOut: !pattern.isNegative };
    }
  }
  return undefined;
}

function parentOf(folder: string): string {
  const slash = folder.lastIndexOf("/");
  return slash < 0 ? "" : folder.slice(0, slash);
}
