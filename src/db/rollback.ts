// The way back to a snapshot as far as the store knows it: against the latest one recorded, for whoever has no disk to look at. And
// what that snapshot could not see, for those who have.
import type { Database } from "bun:sqlite";
import { compareKeys, type EntryKey } from "#core/order.ts";
import { judgeRollback, needsContent, type RollbackStep } from "#core/rollback.ts";
import { view } from "./atomic.ts";
import { BlindSpots } from "./blind-spots.ts";
import { contentPlaces } from "./content-places.ts";
import { shortDifferences, walkDifferences, type Difference } from "./difference.ts";
import { cursorOfKey, keyOfCursor } from "./key-cursor.ts";
import type { Page, Paged } from "./page.ts";
import type { Scope } from "./scope.ts";
import { sideOf } from "./side.ts";
import type { SnapshotRow } from "./snapshots.ts";

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
  const way = new Way(scope, wish);
  let after: EntryKey | undefined;
  do {
    const { steps, next } = await way.page(after, Infinity);
    if (steps.length > 0) yield steps;
    after = next;
  } while (after !== undefined);
}

/** One page. It may be shorter than its limit, even empty, though the list goes on. */
export async function rollbackPage(
  scope: Scope,
  wish: RecordedRollback,
  { limit, cursor }: Page,
): Promise<Paged<RollbackStep>> {
  const after = cursor === undefined ? undefined : keyOfCursor(cursor);
  const { steps, next } = await new Way(scope, wish).page(after, limit);
  return { rows: steps, nextCursor: next === undefined ? null : cursorOfKey(next) };
}

/** For each key, why the snapshot could not see what stood there; undefined where it looked. */
export async function whyUnseen(
  scope: Scope,
  row: SnapshotRow,
  keys: readonly EntryKey[],
): Promise<(string | undefined)[]> {
  return view(scope, (database) => {
    const spots = new BlindSpots(database, sideOf(scope, row), true);
    return keys.map((key) => spots.why(key));
  });
}

// --- internal ---

/** Differences judged in one go: some milliseconds of work. */
const STRETCH = 1000;

class Way {
  readonly #scope: Scope;
  readonly #wish: RecordedRollback;
  /** Found at the first page and kept: a snapshot never changes. */
  #short: readonly Difference[] | "walk" | undefined;

  constructor(scope: Scope, wish: RecordedRollback) {
    this.#scope = scope;
    this.#wish = wish;
  }

  async page(
    after: EntryKey | undefined,
    limit: number,
  ): Promise<{ steps: RollbackStep[]; next: EntryKey | undefined }> {
    const { latest } = this.#wish;
    const { judged, next } = await view(this.#scope, (database) =>
      this.#judged(database, after, limit),
    );
    const wanted = judged.filter(needsContent).map(({ target }) => ({
      checksum: target!.checksum!,
      sizeBytes: target!.sizeBytes!,
    }));
    const places = (await contentPlaces(this.#scope, wanted, latest.machineId)).values();
    const steps = judged.map((step): RollbackStep =>
      needsContent(step)
        ? { ...step, source: places.next().value?.[0] ?? { place: "nowhere" } }
        : step,
    );
    return { steps, next };
  }

  #judged(
    database: Database,
    place: EntryKey | undefined,
    limit: number,
  ): { judged: RollbackStep[]; next: EntryKey | undefined } {
    const { target, latest, path } = this.#wish;
    const [then, now] = [sideOf(this.#scope, target), sideOf(this.#scope, latest)];
    const span = { setId: now.setId, beforeMs: now.atMs, afterMs: then.atMs };
    this.#short ??= shortDifferences(database, span) ?? "walk";
    const { differences, next } =
      this.#short === "walk"
        ? walkDifferences(database, span, place)
        : stretchOf(this.#short, place);
    const [spotsThen, spotsNow] = [then, now].map((side) => new BlindSpots(database, side, true));
    const judged: RollbackStep[] = [];
    for (const difference of differences) {
      const { key, before: present, after: wanted } = difference;
      const at = (wanted ?? present)!.path;
      if (path !== undefined && !isAtOrBelow(at, path)) continue;
      const judgement = judgeRollback({
        target: wanted,
        present,
        isRecorded: true,
        whyUnseenThen: wanted === null ? spotsThen!.why(key) : undefined,
        whyUnseenNow: present === null ? spotsNow!.why(key) : undefined,
      });
      if (judgement.action === "keep") continue;
      judged.push({
        ...judgement,
        path: at,
        target: wanted,
        present,
        source: null,
        collidesWith: null,
      });
      if (judged.length === limit) {
        const isLast = next === undefined && difference === differences.at(-1);
        return { judged, next: isLast ? undefined : key };
      }
    }
    return { judged, next };
  }
}

function stretchOf(
  differences: readonly Difference[],
  after: EntryKey | undefined,
): { differences: readonly Difference[]; next: EntryKey | undefined } {
  const found =
    after === undefined ? 0 : differences.findIndex(({ key }) => compareKeys(key, after) > 0);
  const start = found < 0 ? differences.length : found;
  const stretch = differences.slice(start, start + STRETCH);
  return {
    differences: stretch,
    next: start + STRETCH < differences.length ? stretch.at(-1)!.key : undefined,
  };
}

const isAtOrBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
