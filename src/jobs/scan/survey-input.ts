// What a survey of a backupset needs: its roots and rules, and the snapshot that it is compared with.
import type { Backupset } from "#core/config/config.ts";
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import { Unseen } from "#core/unseen.ts";
import { carryPages } from "#db/carry.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { identityOf } from "#disk/folder.ts";
import { rulesOf } from "#scan/rules.ts";
import type { SurveyInput } from "#scan/survey.ts";

export interface SurveyWish {
  readonly set: Backupset;
  readonly dataDir: string;
  /** Read everything, carry nothing. */
  readonly reread: boolean;
  readonly allowEmpty: boolean;
}

/** Without a store or a snapshot everything is new. Throws `config_invalid` for a root that is the data folder itself. */
export function surveyInput(
  scope: Scope | undefined,
  { set, dataDir, reread, allowEmpty }: SurveyWish,
  base: SnapshotRow | undefined,
): SurveyInput {
  const ownData = identityOf(dataDir);
  for (const { path } of set.roots)
    if (isSameFolder(identityOf(path), ownData)) throw ownRoot(path);
  return {
    roots: set.roots.map(({ path }) => ({ path, rules: rulesOf(set, path) })),
    followRootSymlink: set.followRootSymlink,
    oneFileSystem: set.oneFileSystem,
    marker: set.expect.marker,
    allowEmpty,
    reread,
    ownData,
    base:
      scope === undefined || base === undefined ? nothing() : carryPages(scope, base.snapshotId),
    baseUnseen: base && new Unseen(JSON.parse(base.headerText) as SnapshotHeader),
  };
}

/** Below another root it is left out and counted; as a root itself nothing would be left of what was asked for. */
export function ownRoot(path: string): BsvError {
  return new BsvError("config_invalid", `The root ${path} is where bsv keeps its own data`, {
    hint: "Its store would be scanned into itself, and change with every scan: name other roots, or another data_dir",
    details: { path },
  });
}

export function isSameFolder(one: Identity, other: Identity): boolean {
  return one !== undefined && one.device === other?.device && one.inode === other.inode;
}

// --- internal ---

type Identity = ReturnType<typeof identityOf>;

async function* nothing(): AsyncGenerator<never> {}
