// Says what a backupset is, for people; nothing is computed from it.
import type { Run } from "#core/run.ts";
import { reserveBackupset, type Backupset, type SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";

export async function describeSet(
  scope: Scope,
  set: SetName,
  description: string,
  run: Run,
): Promise<Backupset> {
  run.signal.throwIfAborted();
  const { machineId, setName } = set;
  const wish = { machineId, setName, description, nowMs: run.now() };
  return (await reserveBackupset(scope, wish)).backupset;
}
