// What a comparison with the disk, or a rollback of it, asks of the snapshot: where it could not look, and where it had a content.
import { byPlace, type Place } from "#core/pair-moves.ts";
import type { Entry } from "#core/entry.ts";
import { keyOfPath, type EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { BlindSpots } from "#db/blind-spots.ts";
import { holdersOfSet } from "#db/search/history.ts";
import type { Scope } from "#db/scope.ts";
import { sideOf } from "./side.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

/** For each key, which the snapshot lacks: why it can't say whether something stood there; undefined if it looked. */
export function whyUnseen(
  scope: Scope,
  row: SnapshotRow,
  keys: readonly EntryKey[],
): Promise<(string | undefined)[]> {
  return view(scope, (database) => {
    const spots = new BlindSpots(database, sideOf(scope, row), true);
    return keys.map((key) => spots.why(key));
  });
}

/** Where the snapshot had the content of an entry, in the one order; of very many places the first it knows. */
export function placesOf(scope: Scope, row: SnapshotRow, entry: Entry): Promise<Place[]> {
  return view(scope, (database) => {
    const { setId, atMs } = sideOf(scope, row);
    return holdersOfSet(database, setId, entry.checksum!, 0, MOST_LOOKED_AT)
      .filter(({ version: { entry: other, fromMs, toMs } }) => {
        const stood = fromMs <= atMs && (toMs === null || toMs > atMs);
        return stood && other.type === "file" && other.sizeBytes === entry.sizeBytes;
      })
      .map(({ version }) => ({ key: keyOfPath(version.entry.path, false), entry: version.entry }))
      .sort(byPlace);
  });
}

// --- internal ---

const MOST_LOOKED_AT = 10_000;
