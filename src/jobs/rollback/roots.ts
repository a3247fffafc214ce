// Where a rollback may work: below the roots that the snapshot names, as they are found now. No root, no rollback; what is not there is
// offline and stays alone.
import { isAtOrBelow } from "#core/order.ts";
import type { Backupset } from "#core/config/config.ts";
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import { pathHistory } from "#db/search/history.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { identityOf } from "#disk/folder.ts";
import { rulesOf } from "#scan/rules.ts";
import { StandingTree } from "#scan/standing.ts";

export interface RollbackInput {
  /** What shall be again. */
  readonly target: SnapshotRow;
  /** The set as the backupset file has it: its rules say what is left alone. */
  readonly definition: Backupset | undefined;
  readonly dataDir: string;
  /** Only what is at or below this path. */
  readonly path: string | undefined;
  /** Folders that may hold copies; absolute and exact. */
  readonly copies: readonly string[];
}

/** Throws `no_usable_root` if there is nothing to bring back, `not_found` for a path below none of them. */
export async function openTree(scope: Scope, input: RollbackInput): Promise<StandingTree> {
  const { path } = input;
  const rootPaths = rootPathsOf(input);
  if (
    path !== undefined &&
    !rootPaths.some((root) => isAtOrBelow(path, root) || isAtOrBelow(root, path))
  ) {
    const message = `${JSON.stringify(path)} is below none of the snapshot's roots`;
    throw new BsvError("not_found", message, { hint: `They are ${rootPaths.join(", ")}` });
  }
  const tree = await standingTree(scope, input);
  if (tree.roots.length > 0) return tree;
  const states = tree.lost.map((root) => `${root.path} is ${root.kind}`);
  throw new BsvError("no_usable_root", `Nothing can be brought back: ${states.join(", ")}`, {
    hint: "Mount the disk; or, if the folder itself was lost, make it, so that it is plain where to restore to",
  });
}

/** What stands below the snapshot's roots now, if any of them is there at all. */
export async function standingTree(
  scope: Scope,
  input: Pick<RollbackInput, "target" | "definition" | "dataDir">,
): Promise<StandingTree> {
  const { target, definition, dataDir } = input;
  const rootPaths = rootPathsOf(input);
  const fileRoots = new Set<string>();
  for (const root of rootPaths) if (await wasFile(scope, target, root)) fileRoots.add(root);
  return new StandingTree(rootPaths, {
    followRootSymlink: definition?.followRootSymlink ?? false,
    oneFileSystem: definition?.oneFileSystem ?? false,
    marker: definition?.expect.marker,
    rulesOf: (rootPath) => definition && rulesOf(definition, rootPath),
    ownData: identityOf(dataDir),
    fileRoots,
  });
}

// --- internal ---

/** More versions of one path than this are not looked through. */
const MOST_VERSIONS = 1000;

/** As the snapshot names them; a foreign one's as the backupset file has them now. */
function rootPathsOf({
  target,
  definition,
}: Pick<RollbackInput, "target" | "definition">): readonly string[] {
  const header = JSON.parse(target.headerText) as SnapshotHeader;
  const known = header.roots ?? definition?.roots ?? [];
  const paths = known.map((root) => root.path);
  if (paths.length > 0 && paths.every(isAbsolute)) return paths;
  const what = paths.length === 0 ? "does not name its roots" : "has roots that are no whole paths";
  throw new BsvError("no_usable_root", `Snapshot ${target.snapshotId} ${what}`, {
    hint: "Roots are what the backupset file names as the paths of a backupset",
  });
}

/** Whoever wrote the document: nothing is taken from where we happen to stand, and nothing goes up. */
const isAbsolute = (path: string): boolean =>
  /^(\/|[A-Za-z]:\/)/.test(path) && !path.split("/").some((step) => step === "." || step === "..");

/** Whether the root itself was an entry: a single file, which may be gone without its disk being offline. */
async function wasFile(scope: Scope, target: SnapshotRow, path: string): Promise<boolean> {
  const { rows } = await pathHistory(scope, target, path, { limit: MOST_VERSIONS });
  return rows.some(
    ({ fromMs, toMs, entry }) =>
      entry.type !== "dir" &&
      fromMs <= target.timestampMs &&
      (toMs ?? Infinity) > target.timestampMs,
  );
}
