// Measures a step of a set's history: the differences between two snapshots, read in pages, each in a short transaction of its own.
// A day's difference costs what it holds; two lists that have nothing in common are walked once.
import type { SnapshotHeader } from "#core/document.ts";
import { damageOf } from "#core/proof/anomalies.ts";
import { Measuring, type Frame, type Measures } from "#core/proof/measures.ts";
import type { EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { BlindSpots } from "#db/blind-spots.ts";
import { shortDifferences, walkDifferences } from "./difference.ts";
import type { Scope } from "#db/scope.ts";
import { sideOf } from "./side.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

/** From one snapshot to another of the same set. Throws `gone` when one is deleted meanwhile. */
export async function measure(
  scope: Scope,
  before: SnapshotRow,
  after: SnapshotRow,
): Promise<Measures> {
  return (await measuringOf(scope, before, after, Infinity)).measures();
}

/** As `measure`; undefined where there is more damage than that: lists that have little in common are not walked to their end. */
export async function measureUpTo(
  scope: Scope,
  before: SnapshotRow,
  after: SnapshotRow,
  most: number,
): Promise<Measures | undefined> {
  const measures = (await measuringOf(scope, before, after, most)).measures();
  return damageOf(measures) <= most ? measures : undefined;
}

// --- internal ---

/** Differences measured at once: some tens of milliseconds. */
const STRETCH = 10_000;

/** Stops where the damage is certainly more than `most`. */
async function measuringOf(
  scope: Scope,
  before: SnapshotRow,
  after: SnapshotRow,
  most: number,
): Promise<Measuring> {
  let measuring: Measuring | undefined;
  let place: EntryKey | undefined;
  do {
    place = await view(scope, (database) => {
      const [early, late] = [sideOf(scope, before), sideOf(scope, after)];
      const span = { setId: early.setId, beforeMs: early.atMs, afterMs: late.atMs };
      const isFirst = measuring === undefined;
      if (measuring === undefined) {
        const [unseenBefore, unseenAfter] = [early, late].map(
          (side) => new BlindSpots(database, side, true),
        );
        measuring = new Measuring({
          ...frameOf(before, after, early.header, late.header),
          isUnseenBefore: (key) => unseenBefore!.why(key) !== undefined,
          isUnseenAfter: (key) => unseenAfter!.why(key) !== undefined,
        });
      }
      const short = isFirst ? shortDifferences(database, span) : undefined;
      const page = short ? { differences: short, next: undefined } : walk();
      for (const difference of page.differences) measuring.add(difference);
      return page.next;

      function walk() {
        return walkDifferences(database, span, place, STRETCH);
      }
    });
    await Bun.sleep(0); // lets others in, and the collector
  } while (place !== undefined && measuring!.leastDamage <= most);
  return measuring!;
}

function frameOf(
  before: SnapshotRow,
  after: SnapshotRow,
  early: SnapshotHeader,
  late: SnapshotHeader,
): Omit<Frame, "isUnseenBefore" | "isUnseenAfter"> {
  return {
    filesBefore: before.fileCount,
    files: after.fileCount,
    beforeMs: before.timestampMs,
    afterMs: after.timestampMs,
    rootsLost: rootsLost(early, late),
    leftOutMore: Math.max(0, leftOut(late) - leftOut(early)),
  };
}

/** Roots that are below no root any more; where a writer names none, nothing can be said. */
function rootsLost({ roots: old = [] }: SnapshotHeader, { roots = [] }: SnapshotHeader): number {
  if (roots.length === 0) return 0;
  const now = roots.map(({ path }) => withSlash(path));
  return old.filter(({ path }) => !now.some((root) => withSlash(path).startsWith(root))).length;
}

const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

/** Names that rules of the set left out. */
function leftOut({ summary: { skipped = {} } }: SnapshotHeader): number {
  return ["excluded", "ignored", "marked"].reduce((sum, why) => sum + (skipped[why] ?? 0), 0);
}
