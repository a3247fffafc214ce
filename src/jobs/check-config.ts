// Checks a backupset file against the disk: roots that are not there, rules that match nothing. That the file itself is
// right, loading it has proved. Reads names only, opens no file but ignore files.
import type { ConfigProblem } from "#core/config-problem.ts";
import type { Backupset, Config, Rule } from "#core/config.ts";
import { parseIgnorePattern } from "#core/ignore-pattern.ts";
import type { Run } from "#core/run.ts";
import { identityOf } from "#disk/folder.ts";
import { findRuleUse, type RuleUse } from "#scan/rule-use.ts";

export interface CheckedSet {
  readonly name: string;
  readonly entryCount: number;
  /** What keeps the set from being scanned whole. */
  readonly problems: readonly ConfigProblem[];
  /** What may be meant, and often is not. */
  readonly warnings: readonly ConfigProblem[];
}

export async function checkConfig(
  { backupsets }: Config,
  dataDir: string,
  run: Run,
): Promise<CheckedSet[]> {
  const ownData = identityOf(dataDir);
  const checked: CheckedSet[] = [];
  for (const set of backupsets.values()) {
    const use = await findRuleUse(set, ownData, run);
    checked.push({
      name: set.name,
      entryCount: use.entryCount,
      problems: use.lost.map(lostRoot),
      warnings: [...oddRoots(use), ...unusedRules(set, use)],
    });
  }
  return checked;
}

// --- internal ---

function lostRoot({ root, error }: RuleUse["lost"][number]): ConfigProblem {
  const isPattern = /[*?[]/.test(root.path);
  return {
    place: root.place,
    message: `The root ${root.path} cannot be scanned: ${error}`,
    hint: isPattern
      ? "Roots are no patterns: name each folder"
      : "Mount it, mend the path, or take it out; a scan records it as offline and ends incomplete",
  };
}

function oddRoots({ links, empty }: RuleUse): ConfigProblem[] {
  return [
    ...links.map((root) => ({
      place: root.place,
      message: `The root ${root.path} is a symlink: only the link itself is recorded`,
      hint: "Say follow_root_symlink: true, or name the folder it points to",
    })),
    ...empty.map((root) => ({
      place: root.place,
      message: `Nothing below the root ${root.path} would be recorded`,
      hint: "Is something meant to be mounted there? Do the rules leave out everything?",
    })),
  ];
}

function unusedRules(set: Backupset, { unused, lost }: RuleUse): ConfigProblem[] {
  // Under a root that is not there any rule may match.
  if (lost.length > 0) return [];
  return unused.map((rule) => ({
    place: rule.place,
    message: `The rule ${JSON.stringify(rule.pattern)} matches nothing`,
    hint: hintFor(rule, set),
  }));
}

function hintFor({ pattern }: Rule, { roots }: Backupset): string {
  if (parseIgnorePattern(pattern, false) === undefined) {
    return "To .gitignore's dialect this is a comment, blank, or cut off; \\# and \\! begin a name";
  }
  const body = pattern.replace(/^!/, "");
  const root = roots.find(({ path }) => body.startsWith(path === "/" ? "//" : `${path}/`));
  if (root !== undefined) {
    return `Rules begin at the root: write ${pattern.replace(root.path, "")}`;
  }
  if (/^(?:~|\.\.?\/)/.test(body)) return "Rules begin at each root with /, not with ~ or ./";
  return "Nothing by this name is there (any more), or another rule leaves out the folder it is in";
}
