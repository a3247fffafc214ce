// What `bsv owner set`, `share` and `unshare` have in common: a machine, a user, and what becomes of them.
import { ownershipFacts } from "#core/access/access-facts.ts";
import { ownership } from "#db/access/owners.ts";
import { changeOwner, type OwnerChange } from "#jobs/access/owner.ts";
import { HOST } from "#jobs/access/user.ts";
import { readMachine, readUserName } from "./access-args.ts";
import { dryRun, type Values } from "./command.ts";
import type { Context } from "./context.ts";
import { ownerText } from "./output/owner-text.ts";

export const ownerArgs = {
  machine: { type: "positional", description: "The machine's name", read: readMachine },
  user: { type: "positional", description: "The user's name", read: readUserName },
  "dry-run": dryRun,
} as const;

export async function runOwnerChange(
  context: Context,
  { machine: machineId, user, "dry-run": isDryRun }: Values<typeof ownerArgs>,
  change: OwnerChange["change"],
): Promise<"done"> {
  const scope = await context.existingStore();
  const now = isDryRun
    ? await ownership(scope, machineId)
    : await changeOwner(scope, { machineId, user, change, by: HOST }, context.run);
  await context.out.answer({ ...ownershipFacts(now), written: !isDryRun }, () => [ownerText(now)]);
  return "done";
}
