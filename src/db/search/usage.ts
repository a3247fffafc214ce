// Where the bytes of a snapshot are, how that changed since another, and how much was new meanwhile. Read in short steps, for a
// million files take their time, and others want to read too.
import type { SnapshotHeader } from "#core/document.ts";
import { BsvError } from "#core/errors.ts";
import { keyOfPath, type EntryKey } from "#core/order.ts";
import { pathText } from "#core/path-bytes.ts";
import {
  UsageRollUp,
  type UsageKind,
  type UsageOrder,
  type UsageRow,
  type UsedFile,
} from "#core/usage.ts";
import type { Entry } from "#core/entry.ts";
import { view } from "#db/atomic.ts";
import { whyUnseen } from "#db/comparison/before-disk.ts";
import type { Difference } from "#db/comparison/difference.ts";
import { differencePages } from "#db/comparison/delta.ts";
import { momentOf } from "#db/owned.ts";
import { LISTING } from "#db/listing.ts";
import { Remembered } from "#db/remembered.ts";
import type { Scope } from "#db/scope.ts";
import { storeState } from "#db/store-state.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { FILE } from "#db/version.ts";
import { walkPage } from "#db/walk.ts";
import { newFiles } from "./churn.ts";

export interface UsageWish {
  readonly by: UsageKind;
  readonly depth: number;
  readonly order: UsageOrder;
  /** Another snapshot of the set, to tell growth and churn since then. */
  readonly since?: SnapshotRow | undefined;
}

/** Groups of the snapshot's files, the largest first. Throws `gone` when it is deleted meanwhile. */
export async function usage(
  scope: Scope,
  row: SnapshotRow,
  wish: UsageWish,
): Promise<readonly UsageRow[]> {
  const { by, depth, order, since } = wish;
  if (since !== undefined && (since.machineId !== row.machineId || since.setName !== row.setName)) {
    throw new BsvError("invalid_request", "Growth is told of one backupset, not between two", {
      hint: "Name two snapshots of the same one; `bsv diff --stat` compares any two",
    });
  }
  const { database } = scope.store;
  // What churned depends on the snapshots between the two as well.
  const between = since && `${since.snapshotId} ${storeState(database)}`;
  const key = [row.snapshotId, by, depth, order, between ?? ""].join(" ");
  return remembered.get(scope, key, () => addUp(scope, row, wish));
}

// --- internal ---

/** Who looks at a snapshot asks page by page, and often in several windows: some 10 MB at most. */
const remembered = new Remembered<readonly UsageRow[]>(16, (rows) => rows.length <= 5000);

async function addUp(
  scope: Scope,
  row: SnapshotRow,
  { by, depth, order, since }: UsageWish,
): Promise<UsageRow[]> {
  const header = JSON.parse(row.headerText) as SnapshotHeader;
  const roots = (header.roots ?? []).map(({ path }) => path);
  const groups = new UsageRollUp({ by, roots, depth, atMs: row.timestampMs });
  await addSizes(scope, row, groups);
  if (since !== undefined) {
    await addGrowth(scope, since, row, groups);
    for await (const page of newFiles(scope, since, row)) {
      for (const file of page) groups.add("churn", file);
      await Bun.sleep(0);
    }
  }
  return groups.rows(order);
}

/** Files looked at in one transaction: some milliseconds. */
const STEP = 4000;

async function addSizes(scope: Scope, row: SnapshotRow, groups: UsageRollUp): Promise<void> {
  let after: EntryKey | undefined;
  for (;;) {
    const page = await view(scope, (database) => {
      const { setId, atMs } = momentOf(scope, row.snapshotId, "gone");
      const place = { setId, after, limit: STEP };
      return walkPage(database, LISTING, place, [atMs], (found, folder) => ({ found, folder }));
    });
    for (const { found, folder } of page.rows) {
      if (found.type !== FILE) continue;
      groups.add("size", {
        folder,
        name: pathText(found.name),
        sizeBytes: found.size ?? 0,
        mtimeUs: found.mtime_us,
      });
    }
    if (page.isEnd) return;
    const last = page.rows.at(-1)!;
    after = { folder: last.folder, name: pathText(last.found.name) };
    await Bun.sleep(0);
  }
}

async function addGrowth(
  scope: Scope,
  since: SnapshotRow,
  row: SnapshotRow,
  groups: UsageRollUp,
): Promise<void> {
  for await (const page of differencePages(scope, since.snapshotId, row.snapshotId)) {
    const isUnknown = await unknownOf(scope, since, row, page);
    for (const difference of page) {
      const { before, after } = difference;
      if (isUnknown.has(difference) || isUntold(before) || isUntold(after)) {
        const known = isUntold(before) ? after : (before ?? after);
        if (known?.type === "file") groups.add("unknown", usedBy(known));
        continue;
      }
      if (before?.type === "file") groups.add("growth", usedBy(before), -1);
      if (after?.type === "file") groups.add("growth", usedBy(after));
    }
    await Bun.sleep(0);
  }
}

/** What stands on one side only, where the other could not look (I6). */
async function unknownOf(
  scope: Scope,
  since: SnapshotRow,
  row: SnapshotRow,
  page: readonly Difference[],
): Promise<ReadonlySet<Difference>> {
  const unknown = new Set<Difference>();
  for (const side of ["before", "after"] as const) {
    const alone = page.filter((one) => one[side] === null);
    if (alone.length === 0) continue;
    const keys = alone.map(({ key }) => key);
    const why = await whyUnseen(scope, side === "before" ? since : row, keys);
    alone.forEach((one, nr) => {
      if (why[nr] !== undefined) unknown.add(one);
    });
  }
  return unknown;
}

/** Nobody could say what stood there, or how large it was. */
const isUntold = (entry: Entry | null): boolean =>
  entry !== null && entry.error !== null && entry.sizeBytes === null;

function usedBy(entry: Entry): UsedFile {
  const { folder, name } = keyOfPath(entry.path, false);
  return { folder, name, sizeBytes: entry.sizeBytes ?? 0, mtimeUs: entry.mtimeUs };
}
