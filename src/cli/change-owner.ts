// What `bsv owner set`, `share` and `unshare` have in common: a machine, a user, and what becomes of them.
import { ownershipFacts } from "#core/access/access-facts.ts";
import type { OwnerChange } from "#jobs/access/owner.ts";
import { readMachine, readUserName } from "./access-args.ts";
import { dryRun, type Values } from "./command.ts";
import type { Context } from "./context.ts";
import { deskFlag, deskOf } from "./desk.ts";
import { ownerText } from "./output/owner-text.ts";

export const ownerArgs = {
  machine: { type: "positional", description: "The machine's name", read: readMachine },
  user: { type: "positional", description: "The user's name", read: readUserName },
  remote: deskFlag,
  "dry-run": dryRun,
} as const;

export async function runOwnerChange(
  context: Context,
  { machine: machineId, user, remote, "dry-run": isDryRun }: Values<typeof ownerArgs>,
  change: OwnerChange["change"],
): Promise<"done"> {
  const desk = await deskOf(context, remote);
  const now = await (isDryRun
    ? desk.ownership(machineId)
    : desk.changeOwner({ machineId, user, change }));
  await context.out.answer({ ...ownershipFacts(now), written: !isDryRun }, () => [ownerText(now)]);
  return "done";
}
