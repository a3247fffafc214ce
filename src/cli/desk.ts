// The desk that a command about users, keys, sessions, owners or the audit log speaks to: of this host's store, or with --remote of
// another server.
import type { Desk } from "#jobs/access/desk.ts";
import { hostDesk } from "#jobs/access/host-desk.ts";
import type { Scope } from "#db/scope.ts";
import type { Context } from "./context.ts";
import { requireRemote } from "./remote.ts";

export const deskFlag = {
  type: "string",
  valueHint: "URL",
  description:
    "At this bsv server, with a key that has the scope admin; `default` is the one that push sends to",
} as const;

/** `store`: how this host's store is come by. */
export async function deskOf(
  context: Context,
  remote: string | undefined,
  store: () => Promise<Scope> = () => context.existingStore({}, "bsv user add NAME --admin"),
): Promise<Desk> {
  if (remote === undefined) return hostDesk(await store(), context.run);
  const { remoteDesk } = await import("#jobs/access/remote-desk.ts");
  return remoteDesk(await requireRemote(context, remote), context.run);
}
