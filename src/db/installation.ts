// Who this installation is: a random agent id made once, and the machine id it first used, kept even when the host is
// renamed. Two machines that chose one name are told apart by the agent id.
import { eq } from "drizzle-orm";
import { atomic } from "./atomic.ts";
import { installations } from "./schema.ts";
import type { Scope } from "./scope.ts";

export interface Installation {
  agentId: string;
  machineId: string;
}

/** The one installation of this store; made at the first call, with that call's default for the machine id. */
export async function installation(
  scope: Scope,
  defaults: { defaultMachineId: string },
): Promise<Installation> {
  const known = find(scope);
  if (known !== undefined) return known;
  const made = {
    id: ONLY_ROW,
    agentId: crypto.randomUUID(),
    machineId: defaults.defaultMachineId,
  };
  await atomic(scope, () => {
    scope.store.orm.insert(installations).values(made).onConflictDoNothing().run();
  });
  return find(scope)!;
}

// --- internal ---

const ONLY_ROW = 1;

function find(scope: Scope): Installation | undefined {
  return scope.store.orm
    .select({ agentId: installations.agentId, machineId: installations.machineId })
    .from(installations)
    .where(eq(installations.id, ONLY_ROW))
    .get();
}
