// Which lines of a set's `exclude` leave nothing out: a rule that matches nothing is often a mistake, and the data it was meant
// for is in every snapshot. Walks as a scan does, but opens no file.
import type { Backupset, Root, Rule } from "#core/config/config.ts";
import { parseIgnorePattern, type IgnorePattern } from "#core/ignore-pattern.ts";
import type { Run } from "#core/run.ts";
import type { Reason, Rules } from "./leave-out.ts";
import { findRoot } from "./roots.ts";
import { isCaseBlind, rulesOf } from "./rules.ts";
import { LeftOut } from "./sighting.ts";
import { Walk, type WalkOptions } from "./walk.ts";

export interface RuleUse {
  /** Entries a scan would record. */
  entryCount: number;
  /** Lines of `exclude` that matched no name that was met. */
  readonly unused: readonly Rule[];
  /** Roots that are not there, or cannot be read, with the reason. */
  readonly lost: readonly { readonly root: Root; readonly error: string }[];
  /** Roots that are symlinks, of which only the link is recorded. */
  readonly links: readonly Root[];
  /** Roots that are there, with nothing in them. */
  readonly empty: readonly Root[];
  /** What was met and left out, by rules and by what it is. */
  readonly leftOut: LeftOut;
}

export async function findRuleUse(
  set: Backupset,
  ownData: WalkOptions["ownData"],
  run: Run,
): Promise<RuleUse> {
  const waiting = new Map(
    set.exclude.map((rule) => [rule, parseIgnorePattern(rule.pattern, isCaseBlind)]),
  );
  const lost: { root: Root; error: string }[] = [];
  const links: Root[] = [];
  const empty: Root[] = [];
  const leftOut = new LeftOut();
  let entryCount = 0;
  for (const root of set.roots) {
    const found = findRoot(root.path, {
      followSymlink: set.followRootSymlink,
      marker: set.expect.marker,
    });
    if (found.kind !== "found") {
      lost.push({ root, error: found.error });
      continue;
    }
    const rules = new WatchedRules(rulesOf(set, root.path), waiting);
    const options = { rules, oneFileSystem: set.oneFileSystem, ownData };
    const before = entryCount;
    for (const { entry } of new Walk(found, options, leftOut).sightings()) {
      if (entry.path === root.path && entry.type === "symlink") links.push(root);
      if (++entryCount % TURN === 0) await turn(run, entryCount);
    }
    if (entryCount === before) empty.push(root);
  }
  return { entryCount, unused: [...waiting.keys()], lost, links, empty, leftOut };
}

// --- internal ---

/** Names between two turns of the event loop. */
const TURN = 1024;

async function turn(run: Run, files: number): Promise<void> {
  run.signal.throwIfAborted();
  run.monitor.progress({ phase: "check", files, bytes: 0 });
  await new Promise((resolve) => setImmediate(resolve));
}

/** The rules as they are, and beside them each line of `exclude` asked for itself until it has matched once. */
class WatchedRules implements Rules {
  readonly #rules: Rules;
  readonly #waiting: Map<Rule, IgnorePattern | undefined>;

  constructor(rules: Rules, waiting: Map<Rule, IgnorePattern | undefined>) {
    this.#rules = rules;
    this.#waiting = waiting;
  }

  enter(...args: Parameters<Rules["enter"]>): Reason | undefined {
    return this.#rules.enter(...args);
  }

  skips(path: string, isFolder: boolean): Reason | undefined {
    const name = path.slice(path.lastIndexOf("/") + 1);
    for (const [rule, pattern] of this.#waiting) {
      if (pattern?.matches(path, name, isFolder) === true) this.#waiting.delete(rule);
    }
    return this.#rules.skips(path, isFolder);
  }
}
