// The way back to a snapshot as far as the store knows it: against the latest one recorded, for whoever has no disk to look at.
import { isAtOrBelow } from "#core/order.ts";
import { judgeRollback, needsContent, type RollbackStep } from "#core/rollback.ts";
import { BlindSpots } from "#db/blind-spots.ts";
import { contentPlaces } from "#db/search/content-places.ts";
import type { Difference } from "./difference.ts";
import { cursorOfKey, keyOfCursor } from "#db/search/key-cursor.ts";
import type { Page, Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { Stretches, type Between } from "./stretches.ts";

export interface RecordedRollback {
  readonly target: SnapshotRow;
  /** What stands now, as far as anybody recorded it. */
  readonly latest: SnapshotRow;
  /** Only what is at or below this path. */
  readonly path: string | undefined;
}

/** All steps but those that keep. Throws `gone` when a snapshot is deleted meanwhile. */
export async function* rollbackPages(
  scope: Scope,
  wish: RecordedRollback,
): AsyncGenerator<RollbackStep[]> {
  const stretches = new Stretches(scope, wish.latest, wish.target);
  for await (const judged of stretches.all(judging(wish))) {
    yield await withSources(scope, judged, wish.latest.machineId);
  }
}

/** One page. It may be shorter than its limit, even empty, though the list goes on. */
export async function rollbackPage(
  scope: Scope,
  wish: RecordedRollback,
  { limit, cursor }: Page,
): Promise<Paged<RollbackStep>> {
  const after = cursor === undefined ? undefined : keyOfCursor(cursor);
  const stretches = new Stretches(scope, wish.latest, wish.target);
  const { rows: judged, next } = await stretches.page(judging(wish), limit, after);
  const rows = await withSources(scope, judged, wish.latest.machineId);
  return { rows, nextCursor: next === undefined ? null : cursorOfKey(next) };
}

// --- internal ---

/** The way leads from the latest to the target: what stands on the earlier side is what is present. */
function judging({ path }: RecordedRollback) {
  let spots: { ofLatest: BlindSpots; ofTarget: BlindSpots } | undefined;
  return (
    { key, before: present, after: target }: Difference,
    { database, before: latest, after: wanted }: Between,
  ): RollbackStep | undefined => {
    const at = (target ?? present)!.path;
    if (path !== undefined && !isAtOrBelow(at, path)) return undefined;
    spots ??= {
      ofLatest: new BlindSpots(database, latest, true),
      ofTarget: new BlindSpots(database, wanted, true),
    };
    const judgement = judgeRollback({
      target,
      present,
      isRecorded: true,
      whyUnseenThen: target === null ? spots.ofTarget.why(key) : undefined,
      whyUnseenNow: present === null ? spots.ofLatest.why(key) : undefined,
    });
    if (judgement.action === "keep") return undefined;
    return { ...judgement, path: at, target, present, source: null, collidesWith: null };
  };
}

/** Says of each step that needs a content where that is. */
async function withSources(
  scope: Scope,
  judged: readonly RollbackStep[],
  machineId: string,
): Promise<RollbackStep[]> {
  const wanted = judged.filter(needsContent).map(({ target }) => ({
    checksum: target!.checksum!,
    sizeBytes: target!.sizeBytes!,
  }));
  const places = (await contentPlaces(scope, wanted, machineId)).values();
  return judged.map((step): RollbackStep =>
    needsContent(step)
      ? { ...step, source: places.next().value?.[0] ?? { place: "nowhere" } }
      : step,
  );
}
