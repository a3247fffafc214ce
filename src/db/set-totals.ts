// How much history a backupset has: one look at an index, for lists of sets.
import { count, eq } from "drizzle-orm";
import type { SetName } from "./backupsets.ts";
import { findSetId } from "./owned.ts";
import { snapshots } from "./schema.ts";
import type { Scope } from "./scope.ts";

export async function countSnapshots(scope: Scope, set: SetName): Promise<number> {
  const setId = findSetId(scope, set);
  if (setId === undefined) return 0;
  const isOfSet = eq(snapshots.setId, setId);
  return scope.store.orm.select({ n: count() }).from(snapshots).where(isOfSet).get()?.n ?? 0;
}
