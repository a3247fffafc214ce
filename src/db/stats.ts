// What the store costs: its file, and how much of it each backupset takes. Counts follow indexes; the bytes of a set are its
// share by versions, which is what the file grows with.
import { statSync } from "node:fs";
import { view } from "./atomic.ts";
import type { SetName } from "./backupsets.ts";
import { findSetId } from "./owned.ts";
import type { Scope } from "./scope.ts";

export interface StoreSize {
  /** With the write-ahead log. */
  bytes: number;
  /** Pages that deleted rows left, which new rows will use; `bsv db compact` gives them back. */
  freeBytes: number;
}

export async function storeSize(scope: Scope): Promise<StoreSize> {
  const { file } = scope.store;
  const sizeOf = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  return view(scope, (database) => {
    const pragma = (name: string): number =>
      (database.query(`PRAGMA ${name}`).values()[0] as [number])[0];
    return {
      bytes: sizeOf(file) + sizeOf(`${file}-wal`),
      freeBytes: pragma("freelist_count") * pragma("page_size"),
    };
  });
}

export interface SetCost extends SetName {
  snapshots: number;
  tombstones: number;
  /** File versions: what is stored of all its snapshots together. */
  versions: number;
  /** Entries of all its snapshots: what documents would hold. */
  entries: number;
  oldestMs: number | null;
  newestMs: number | null;
}

export async function setCost(scope: Scope, { machineId, setName }: SetName): Promise<SetCost> {
  return view(scope, (database) => {
    const setId = findSetId(scope, { machineId, setName }) ?? -1;
    const costs = database.query<Omit<SetCost, keyof SetName>, [number]>(COST).get(setId)!;
    return { machineId, setName, ...costs };
  });
}

/** For the test that pins the plan. */
export const STATS_SQL = () => ({ COST });

// --- internal ---

const COST = `
  SELECT count(*) AS snapshots, min(s.timestamp_ms) AS oldestMs, max(s.timestamp_ms) AS newestMs,
    coalesce(sum(s.header ->> '$.summary.file_count'), 0) AS entries,
    (SELECT count(*) FROM tombstones t INDEXED BY tombstones_by_time WHERE t.set_id = ?1) AS tombstones,
    (SELECT count(*) FROM versions v INDEXED BY versions_by_start WHERE v.set_id = ?1) AS versions
  FROM snapshots s INDEXED BY snapshots_by_time WHERE s.set_id = ?1`;
