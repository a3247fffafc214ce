// Gives a machine to another user, or lets one read it.
import type { Run } from "#core/run.ts";
import { shareMachine, transferMachine, type Ownership } from "#db/access/owners.ts";
import type { Scope } from "#db/scope.ts";
import type { Asker } from "./user.ts";

export interface OwnerChange {
  readonly machineId: string;
  readonly user: string;
  /** The user owns it from now on, may read it, or may no more. */
  readonly change: "own" | "share" | "unshare";
  readonly by: Asker;
}

export function changeOwner(
  scope: Scope,
  { machineId, user, change, by: asker }: OwnerChange,
  run: Run,
): Promise<Ownership> {
  const by = { ...asker, atMs: run.now() };
  if (change === "own") return transferMachine(scope, machineId, user, by);
  return shareMachine(scope, machineId, { user, isShared: change === "share" }, by);
}
