// What a survey of a backupset needs: its roots and rules, and the snapshot that it is compared with.
import type { Backupset } from "#core/config.ts";
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

/** Without a store or a snapshot everything is new. */
export function surveyInput(
  scope: Scope | undefined,
  { set, dataDir, reread, allowEmpty }: SurveyWish,
  base: SnapshotRow | undefined,
): SurveyInput {
  return {
    roots: set.roots.map(({ path }) => ({ path, rules: rulesOf(set, path) })),
    followRootSymlink: set.followRootSymlink,
    oneFileSystem: set.oneFileSystem,
    marker: set.expect.marker,
    allowEmpty,
    reread,
    ownData: identityOf(dataDir),
    base:
      scope === undefined || base === undefined ? nothing() : carryPages(scope, base.snapshotId),
  };
}

// --- internal ---

async function* nothing(): AsyncGenerator<never> {}
