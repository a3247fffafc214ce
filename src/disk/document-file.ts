// Where a snapshot's document lies: Snapshots/<machine_id>/<backupset_name>/<timestamp>.json in the data folder (design §3).
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { timestampFileName } from "#core/timestamp.ts";

export function documentFile(
  dataDir: string,
  { machineId, setName }: { machineId: string; setName: string },
  timestampMs: number,
): string {
  const name = `${timestampFileName(timestampMs)}.json`;
  return join(dataDir, "Snapshots", machineId, setName, name);
}

/** Removes the document; false if there was none, for only the newest are kept. */
export function removeDocument(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return false;
  rmSync(file, { force: true });
  return true;
}
