// What a store claims, proved from its own rows: every snapshot's entries hash to its tree_hash, its header to its id (I2).
import { EntryTally, snapshotId, type SnapshotHeader } from "#core/document.ts";
import { listBackupsets, listMachines, type SetName } from "#db/backupsets.ts";
import { entryPages } from "#db/entries.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import { heads } from "#db/snapshots.ts";

const newHasher = () => new Bun.CryptoHasher("sha256");
const ALL = { limit: 100_000 };

export async function setsOf(scope: Scope): Promise<SetName[]> {
  const sets: SetName[] = [];
  for (const machine of (await listMachines(scope, ALL)).rows) {
    sets.push(...(await listBackupsets(scope, machine.machineId, ALL)).rows);
  }
  return sets;
}

/** Ids of the living snapshots of all sets, oldest first in each. */
export async function idsIn(scope: Scope): Promise<string[]> {
  const ids: string[] = [];
  for (const set of await setsOf(scope)) {
    const { rows } = await heads(scope, set, ALL);
    ids.push(...rows.filter((head) => head.deletedAtMs === null).map((head) => head.snapshotId));
  }
  return ids;
}

/** What is wrong with a snapshot; undefined when it is what it says. */
export async function damageOf(scope: Scope, id: string): Promise<string | undefined> {
  const row = await findSnapshot(scope, id);
  if (row === undefined) return `${id}: is not there`;
  const tally = new EntryTally(newHasher);
  for await (const page of entryPages(scope, id)) for (const entry of page) tally.add(entry);
  const header = JSON.parse(row.headerText) as SnapshotHeader;
  if (snapshotId(row.headerText, newHasher) !== id) return `${id}: its header has another id`;
  if (tally.fileCount !== header.summary.file_count) return `${id}: has another number of entries`;
  return tally.treeHash() === header.tree_hash ? undefined : `${id}: its entries have another hash`;
}

/** Everything that is wrong in the store; the newest `most` snapshots of all sets are looked at. */
export async function damageIn(scope: Scope, most = Infinity): Promise<string[]> {
  const ids = await idsIn(scope);
  const damage: string[] = [];
  for (const id of most === Infinity ? ids : ids.slice(-most)) {
    const found = await damageOf(scope, id);
    if (found !== undefined) damage.push(found);
  }
  return damage;
}
