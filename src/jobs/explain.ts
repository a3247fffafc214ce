// Whether a path is in the snapshots of which backupsets, and by which rule.
import type { Backupset, Config, Root } from "#core/config/config.ts";
import { BsvError } from "#core/errors.ts";
import { identityOf } from "#disk/folder.ts";
import { explainPath, partBelow, type Explanation } from "#scan/explain.ts";
import { findRoot } from "#scan/roots.ts";

export interface ExplainInput {
  readonly config: Config;
  /** Absolute and exact. */
  readonly path: string;
  /** Only these sets; all when empty. */
  readonly setNames: readonly string[];
  readonly dataDir: string;
}

export interface SetExplanation {
  readonly set: Backupset;
  /** Undefined: the path is under no root of the set. */
  readonly found: { readonly root: Root; readonly explanation: Explanation } | undefined;
}

export function explain({ config, path, setNames, dataDir }: ExplainInput): SetExplanation[] {
  const ownData = identityOf(dataDir);
  return setsOf(config, setNames).map((set) => {
    const under = rootOf(set, path);
    if (under === undefined) return { set, found: undefined };
    const { root, pathInRoot } = under;
    const explanation = explainPath(set, root.path, pathInRoot, ownData);
    return { set, found: { root, explanation } };
  });
}

/** The sets of these names, in the file's order; all for none. Throws `not_found` with the names there are. */
export function setsOf({ file, backupsets }: Config, names: readonly string[]): Backupset[] {
  const unknown = names.find((name) => !backupsets.has(name));
  if (unknown === undefined) {
    return [...backupsets.values()].filter(
      ({ name }) => names.length === 0 || names.includes(name),
    );
  }
  throw new BsvError("not_found", `No backupset ${JSON.stringify(unknown)} in ${file}`, {
    hint: `There are: ${[...backupsets.keys()].join(", ")}`,
    details: { backupset_name: unknown, file },
  });
}

// --- internal ---

/** The root a path is at or under: as it is written, or as it really lies (a folder is often reached through a link). */
function rootOf(set: Backupset, path: string): { root: Root; pathInRoot: string } | undefined {
  for (const root of set.roots) {
    for (const start of [root.path, realPathOf(root, set)]) {
      if (path === start) return { root, pathInRoot: root.path };
      const part = partBelow(path, start);
      if (part !== undefined) {
        const folder = root.path.endsWith("/") ? root.path : `${root.path}/`;
        return { root, pathInRoot: folder + part };
      }
    }
  }
  return undefined;
}

function realPathOf({ path }: Root, { followRootSymlink }: Backupset): string {
  const found = findRoot(path, { followSymlink: followRootSymlink, marker: undefined });
  return found.kind === "found" && found.isFolder ? found.openPath : path;
}
