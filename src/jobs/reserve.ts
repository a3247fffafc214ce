// Reserves a backupset's name for the installation that asks, or says that it is its already. Throws `agent_conflict` when it is
// another's, until the caller says that it takes the machine over.
import type { Run } from "#core/run.ts";
import { reserveBackupset, type SetName } from "#db/backupsets.ts";
import type { Quota } from "#db/access/quota.ts";
import type { Scope } from "#db/scope.ts";

export interface ReserveInput extends SetName {
  readonly description?: string | undefined;
  readonly agentId?: string | undefined;
  readonly adopt?: boolean | undefined;
  /** With `adopt`: the key with which the machine's snapshots are signed from now on. */
  readonly publicKey?: string | undefined;
  /** What its owner may have, this one included. */
  readonly quota?: Quota | undefined;
}

export interface Reserved {
  readonly status: "reserved" | "yours";
  readonly description: string | null;
  readonly createdAtMs: number;
}

export async function reserve(scope: Scope, input: ReserveInput, run: Run): Promise<Reserved> {
  run.signal.throwIfAborted();
  const { backupset, isNew } = await reserveBackupset(scope, { ...input, nowMs: run.now() });
  const { description, createdAtMs } = backupset;
  return { status: isNew ? "reserved" : "yours", description, createdAtMs };
}
