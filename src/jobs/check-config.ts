// Checks a backupset file against the disk: roots that are not there, rules that match nothing. That the file itself is
// right, loading it has proved. Reads names only, opens no file but ignore files.
import { isAtOrBelow } from "#core/order.ts";
import type { Copy } from "#copies/copy.ts";
import { openCopy } from "#copies/open.ts";
import type { ConfigProblem } from "#core/config/config-problem.ts";
import type { Backupset, Config, Rule } from "#core/config/config.ts";
import type { DeclaredCopy } from "#core/config/declared-copy.ts";
import { BsvError } from "#core/errors.ts";
import { parseIgnorePattern } from "#core/ignore-pattern.ts";
import { locate } from "#core/proof/location.ts";
import type { Run } from "#core/run.ts";
import { identityOf } from "#disk/folder.ts";
import { findRuleUse, type RuleUse } from "#scan/rule-use.ts";
import { isSameFolder, ownRoot } from "./scan/survey-input.ts";

export interface CheckedSet {
  readonly name: string;
  readonly entryCount: number;
  /** What keeps the set from being scanned whole. */
  readonly problems: readonly ConfigProblem[];
  /** What may be meant, and often is not. */
  readonly warnings: readonly ConfigProblem[];
  /** What is below its roots and in no snapshot, though no rule says so: mounts, sockets, devices … */
  readonly unreached: {
    readonly counts: Readonly<Record<string, number>>;
    readonly mounts: readonly string[];
  };
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
      problems: [...ownRoots(set, ownData), ...use.lost.map(lostRoot), ...unreadableCopies(set)],
      warnings: [
        ...oddRoots(use),
        ...unusedRules(set, use),
        ...sharedRoots(set, backupsets),
        ...unusedMarkers(set),
      ],
      unreached: unreachedBy(use),
    });
  }
  return checked;
}

// --- internal ---

/** Whether anybody reads such a target; nothing of it is opened. */
function unreadableCopies({ copies }: Backupset): ConfigProblem[] {
  return [...copies.values()].flatMap((copy): ConfigProblem[] => {
    try {
      opened(copy);
      return [];
    } catch (error) {
      if (!(error instanceof BsvError)) throw error;
      const { message, hint } = error;
      const what = `The copy ${copy.name} cannot be read: ${message}`;
      return [{ place: copy.place, message: what, ...(hint === undefined ? {} : { hint }) }];
    }
  });
}

function unusedMarkers({ copies }: Backupset): ConfigProblem[] {
  return [...copies.values()]
    .filter(({ marker, target }) => marker !== undefined && !isFolder(target))
    .map(({ name, place }) => ({
      place,
      message: `The marker of the copy ${name} is not looked for: it is no folder`,
      hint: "Take it out; an archive or a repository that is not there is told anyway",
    }));
}

const isFolder = (target: string): boolean => locate(rooted(target)).kind === "folder";

/** Where a relative path leads makes no difference here. */
const rooted = (path: string): string => (/^([a-z][a-z0-9]+:|\/)/.test(path) ? path : `/${path}`);

const opened = ({ target, marker, passwordFile, trustsChecksum }: DeclaredCopy): Copy =>
  openCopy(target, {
    resolve: rooted,
    marker,
    expectedBytes: 0,
    trustsChecksum,
    password: passwordFile === undefined ? undefined : "",
  });

/** Reasons that a rule of somebody's gives. */
const BY_RULES: readonly string[] = ["excluded", "ignored", "marked"];

function unreachedBy({ leftOut: { counts, mounts } }: RuleUse): CheckedSet["unreached"] {
  const others = [...counts].filter(([reason]) => !BY_RULES.includes(reason));
  return { counts: Object.fromEntries(others), mounts };
}

/** Two sets may witness the same files, if that is meant: each has its own history of them. Told once, of the inner root. */
function sharedRoots(set: Backupset, all: Config["backupsets"]): ConfigProblem[] {
  const others = [...all.values()].filter((other) => other.name !== set.name);
  return set.roots.flatMap((root) =>
    others.flatMap((other) => {
      const outer = other.roots.find(({ path }) => isAtOrBelow(root.path, path));
      if (outer === undefined || (outer.path === root.path && other.name > set.name)) return [];
      const what = outer.path === root.path ? "is" : `lies within ${outer.path},`;
      return [
        {
          place: root.place,
          message: `The root ${root.path} ${what} a root of ${other.name} too`,
          hint: "Its files are then in both histories, and take their place twice; take one out unless that is meant",
        },
      ];
    }),
  );
}

function ownRoots({ roots }: Backupset, ownData: ReturnType<typeof identityOf>): ConfigProblem[] {
  return roots
    .filter(({ path }) => isSameFolder(identityOf(path), ownData))
    .map(({ path, place }) => {
      const { message, hint } = ownRoot(path);
      return { place, message, ...(hint === undefined ? {} : { hint }) };
    });
}

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
