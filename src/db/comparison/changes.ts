// The changes from one snapshot to another, of whatever time, set or machine: what differs, in the one order, each told for what it
// is.
import type { FileChange } from "#core/changes.ts";
import { BsvError } from "#core/errors.ts";
import type { RootMap } from "#core/root-map.ts";
import { tellChange, type Evidence } from "#core/tell-change.ts";
import { view } from "#db/atomic.ts";
import { BlindSpots } from "#db/blind-spots.ts";
import type { RepeatedContents } from "#db/search/repeated-contents.ts";
import { Contents } from "./contents.ts";
import type { Difference } from "./difference.ts";
import { cursorOfKey, keyOfCursor } from "#db/search/key-cursor.ts";
import type { Page, Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { hasBelow } from "./merged.ts";
import { sideOf } from "./side.ts";
import { Stretches, type Between } from "./stretches.ts";

/** Which changes are wanted; all, if not given. */
export type IsWanted = (change: FileChange) => boolean;

export interface ChangeWish {
  readonly isWanted?: IsWanted | undefined;
  /** Which folders of the one stand for which of the other; then nothing else is compared. */
  readonly map?: RootMap | undefined;
  /** A second thread may read ahead: for who has the machine to himself. */
  readonly isAhead?: boolean | undefined;
}

/** All changes from one snapshot to the other. Throws `gone` when one is deleted meanwhile. */
export async function* changePages(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  wish: ChangeWish = {},
): AsyncGenerator<FileChange[]> {
  const stretches = new Stretches(scope, from, to, wish.map);
  const repeated = await stretches.prepare();
  yield* stretches.all(telling(stretches, wish, repeated), wish.isAhead);
}

/** One page. Where few changes are wanted it may be shorter than its limit, even empty, though the list goes on. */
export async function changePage(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  { limit, cursor }: Page,
  wish: ChangeWish = {},
): Promise<Paged<FileChange>> {
  const after = cursor === undefined ? undefined : keyOfCursor(cursor);
  const stretches = new Stretches(scope, from, to, wish.map);
  const { rows, next } = await stretches.page(telling(stretches, wish), limit, after);
  return { rows, nextCursor: next === undefined ? null : cursorOfKey(next) };
}

/** Throws `not_found` for two folders neither of which is there: they do not differ, and who misspelled them would hear that all is well. */
export async function refuseMapOfNothing(
  scope: Scope,
  from: SnapshotRow,
  to: SnapshotRow,
  map: RootMap | undefined,
): Promise<void> {
  if (map === undefined) return;
  const nothing = await view(scope, (database) => {
    const [before, after] = [sideOf(scope, from), sideOf(scope, to)];
    return map.pairs.find(
      (pair) => !hasBelow(database, before, pair.before) && !hasBelow(database, after, pair.after),
    );
  });
  if (nothing === undefined) return;
  throw new BsvError(
    "not_found",
    `Nothing is below ${nothing.before} in the earlier snapshot, nor below ${nothing.after} in the later`,
    { hint: "A map names folders as they were scanned: `bsv show REF --files` tells them" },
  );
}

// --- internal ---

function telling(
  stretches: Stretches,
  { isWanted = () => true, map }: ChangeWish,
  repeated?: RepeatedContents,
) {
  let evidence: Evidence | undefined; // gathered at the first and kept: a snapshot never changes
  return (difference: Difference, between: Between): FileChange | undefined => {
    evidence ??= evidenceOf(between, stretches, map, repeated);
    const change = tellChange(difference, evidence);
    return change !== undefined && isWanted(change) ? change : undefined;
  };
}

/** What the store knows of both sides. Keys are the later side's. */
function evidenceOf(
  { database, before, after }: Between,
  stretches: Stretches,
  map: RootMap | undefined,
  repeated: RepeatedContents | undefined,
): Evidence {
  const isSameSet = before.setId === after.setId;
  const beforeSpots = new BlindSpots(database, before, isSameSet);
  const afterSpots = new BlindSpots(database, after, isSameSet);
  const sides = [
    [before, beforeSpots],
    [after, afterSpots],
  ] as const;
  const contents = new Contents(database, ...sides, map, repeated);
  return {
    isSameSet,
    whyNotBefore: (key) => beforeSpots.why(map === undefined ? key : map.toBefore(key)!),
    whyNotAfter: (key) => afterSpots.why(key),
    originOf: (key, entry) => contents.originOf(key, entry),
    isMoved: (key, entry) => stretches.mayHaveCome(entry.checksum!) && contents.isMoved(key, entry),
  };
}
