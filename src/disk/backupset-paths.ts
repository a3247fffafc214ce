// Paths as a backupset file says them: relative to the file, `~` for home, and bytes that are not UTF-8 as `\udcXX` in double
// quotes. Roots of one set must not overlap: every path would be there twice.
import { isAtOrBelow } from "#core/order.ts";
import { resolve } from "node:path";
import type { ConfigProblem } from "#core/config/config-problem.ts";
import { isExactPath } from "#core/path-bytes.ts";
import type { ParsedYaml, Spot } from "./backupset-yaml.ts";

export interface PathBases {
  /** Where relative paths start: the file's folder. */
  readonly baseDir: string;
  /** What `~` means. */
  readonly userDir: string;
}

/** An exact, absolute path with `/` between names and none at the end (but `/` and `C:/`). */
export function absolutePath(text: string, { baseDir, userDir }: PathBases): string {
  const expanded = /^~(?=[/\\]|$)/.test(text) ? `${userDir}/${text.slice(2)}` : text;
  if (process.platform === "win32") return resolve(baseDir, expanded).replaceAll("\\", "/");
  // Not node:path: Bun 1.4.5 turns escaped bytes (lone surrogates) into U+FFFD there.
  const names: string[] = [];
  for (const name of (expanded.startsWith("/") ? expanded : `${baseDir}/${expanded}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

/** What is wrong with the paths of a file, whatever else may be wrong with it. */
export function pathProblems(
  value: unknown,
  parsed: ParsedYaml,
  bases: PathBases,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const check = (path: PropertyKey[], text: unknown): Stand | undefined => {
    if (typeof text !== "string" || text === "") return undefined; // the schema tells
    const problem = pathProblem(text);
    if (problem === undefined) return { path: absolutePath(text, bases), ...parsed.spot(path) };
    problems.push({ ...parsed.spot(path), ...problem });
    return undefined;
  };
  check(["data_dir"], member(value, "data_dir"));
  const sets = member(value, "backupsets");
  for (const [name, set] of Object.entries(isRecord(sets) ? sets : {})) {
    const texts = member(set, "paths");
    if (!Array.isArray(texts)) continue;
    const roots = texts.map((text, i) => check(["backupsets", name, "paths", i], text));
    problems.push(...overlaps(roots.filter((root) => root !== undefined)));
  }
  return problems;
}

// --- internal ---

/** A root and where it stands. */
type Stand = Spot & { path: string };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const member = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

function pathProblem(text: string): { message: string; hint?: string } | undefined {
  if (text.includes("\0")) return { message: "A path holds no NUL" };
  if (/^~[^/\\]/.test(text)) {
    return {
      message: `Only ~ itself is known, not ${text.split("/", 1)[0]}`,
      hint: `Write the path out, or ./${text}`,
    };
  }
  if (isExactPath(text)) return undefined;
  return {
    message: "These \\u escapes stand for no bytes",
    hint: "A byte that is not UTF-8 is written \\udc80 to \\udcff; what is UTF-8 is written as itself",
  };
}

function overlaps(roots: readonly Stand[]): ConfigProblem[] {
  const isCaseBlind = process.platform === "win32" || process.platform === "darwin";
  const folded = roots.map(({ path }) => (isCaseBlind ? path.toLowerCase() : path));
  return roots.flatMap(({ path, place, length }, i) => {
    const outer = folded.findIndex(
      (other, j) => j !== i && (other === folded[i] ? j < i : isAtOrBelow(folded[i]!, other)),
    );
    if (outer < 0) return [];
    const by = roots[outer]!;
    const how = folded[outer] === folded[i] ? "is already there" : `lies within ${by.path}`;
    const message = `The root ${path} ${how} (line ${by.place.line})`;
    const hint =
      "Roots of one backupset do not overlap: take one of the two out, or make two backupsets";
    return [{ place, length, message, hint }];
  });
}
