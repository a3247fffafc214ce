// Where a content that was lost or damaged can still be had: the snapshot that last had it there, the copies it was proven in and that no
// later reading found without it, and every machine and path that recorded it and has it still.
import { mayStillHold, type CopyStanding } from "#core/proof/copy-standing.ts";
import type { Entry } from "#core/entry.ts";
import type { LastGood } from "#core/proof/finding.ts";
import { findChecksum } from "#db/search/history.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { copyStandings } from "#db/proof/standings.ts";
import { provenAtMs } from "#db/proof/verifications.ts";

/** So many places are named. */
const MOST_PLACES = 10;
const LOOKED_AT = 100;
/** Of so many findings the last good version is looked up; a copy that is wholly gone has no use for it. */
const MOST_ASKED = 1000;

/** `copy`, whose name is left out of what is proven: it is the one that was just found wanting. */
export async function lastGoodFinder(
  scope: Scope,
  row: SnapshotRow,
  copy: string | null,
): Promise<(expected: Entry) => Promise<LastGood | null>> {
  let standings: CopyStanding[] | undefined; // all records of a set are much to read for nothing
  let asked = 0;
  return async ({ path, checksum }) => {
    if (checksum === null || asked++ >= MOST_ASKED) return null;
    standings ??= (await copyStandings(scope, row)).filter((known) => known.copy !== copy);
    const proven = standings
      .flatMap((known) => {
        const verifiedAtMs = provenAtMs(scope, known, checksum);
        if (verifiedAtMs === undefined || !mayStillHold(known, verifiedAtMs)) return [];
        return [{ copy: known.copy ?? "source", verifiedAtMs, isReadable: !known.isBlind }];
      })
      .toSorted((a, b) => b.verifiedAtMs - a.verifiedAtMs)
      .slice(0, MOST_PLACES);
    const { rows } = await findChecksum(scope, checksum, {}, { limit: LOOKED_AT });
    const places = rows
      .filter(({ toMs, entry, machineId, setName }) => {
        const isItself =
          entry.path === path && machineId === row.machineId && setName === row.setName;
        return toMs === null && entry.error === null && !isItself;
      })
      .slice(0, MOST_PLACES)
      .map(({ machineId, setName, entry }) => ({ machineId, setName, path: entry.path }));
    const { snapshotId, timestampMs } = row;
    return { snapshotId, timestampMs, copies: proven, places };
  };
}
