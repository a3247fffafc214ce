// How much history a backupset has: one look at an index, for lists of sets.
import { count, eq } from "drizzle-orm";
import { findSetId, type SetName } from "./backupsets.ts";
import { snapshots } from "./schema.ts";
import type { Scope } from "./scope.ts";

export async function countSnapshots(scope: Scope, set: SetName): Promise<number> {
  const setId = findSetId(scope.store, set);
  if (setId === undefined) return 0;
  const isOfSet = eq(snapshots.setId, setId);
  return scope.store.orm.select({ n: count() }).from(snapshots).where(isOfSet).get()?.n ?? 0;
}
