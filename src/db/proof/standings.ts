// The copies of some sets as their records tell of them.
import { standingOf, type CopyStanding } from "#core/proof/copy-standing.ts";
import type { SnapshotHeader } from "#core/document.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { latestSnapshot } from "#db/snapshots.ts";
import { knownCopies, listVerifications } from "./verifications.ts";

/** Each place in which contents of the set were ever proven. */
export async function copyStandings(
  scope: Scope,
  set: SetName,
  nowMs = Infinity,
): Promise<CopyStanding[]> {
  const row = await latestSnapshot(scope, set);
  const { roots = [] } = row === undefined ? {} : (JSON.parse(row.headerText) as SnapshotHeader);
  const standings: CopyStanding[] = [];
  for (const { copyId, copy } of await knownCopies(scope, set)) {
    const records: Verification[] = [];
    let cursor: string | undefined;
    do {
      const page = await listVerifications(scope, set, { copy }, { limit: 1000, cursor });
      records.push(...page.rows);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    if (records.length === 0) continue; // proofs that no record tells of are none
    const paths = roots.map(({ path }) => path);
    standings.push(standingOf(copyId, records, paths, nowMs));
  }
  return standings;
}
