// Who writes here: the machine by its name, the installation by its agent id. A stated machine_id wins; else the name is the
// one this store first used, so that a renamed host keeps its history.
import { sanitizeMachineId } from "#core/names.ts";
import { installation, type Installation } from "#db/installation.ts";
import type { Scope } from "#db/scope.ts";
import { hostName } from "#disk/home.ts";
import type { Context } from "./context.ts";

export async function thisMachine(context: Context, scope: Scope): Promise<Installation> {
  const stated = (await context.settings()).machineId.value;
  const known = await installation(scope, {
    defaultMachineId: stated ?? sanitizeMachineId(hostName()),
  });
  return { ...known, machineId: stated ?? known.machineId };
}

/** This machine's name for a question to a remote: no store is made for it. */
export async function thisMachineId(context: Context): Promise<string> {
  const stated = (await context.settings()).machineId.value;
  if (stated !== undefined) return stated;
  const scope = await context.storeIfAny();
  return scope === undefined
    ? sanitizeMachineId(hostName())
    : (await thisMachine(context, scope)).machineId;
}
