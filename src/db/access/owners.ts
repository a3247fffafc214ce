// Whose a machine is, and who else may read it. Its owner changes that, or an admin; what is shared may be read, never written. The
// users named here may be others: that a user of a name exists is told to whoever has a machine to share.
import { and, asc, eq } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { users } from "./schema.ts";
import { appendAudit } from "./audit.ts";
import { atomic } from "#db/atomic.ts";
import { isSeen } from "#db/owned.ts";
import { machineReaders, machines } from "#db/schema.ts";
import type { Scope } from "#db/scope.ts";
import { userIdOf, type By } from "./users.ts";

export interface Ownership {
  readonly machineId: string;
  /** Null: only admins see it. */
  readonly owner: string | null;
  /** In the order of their letters. */
  readonly readers: readonly string[];
}

/** Throws `not_found`. */
export async function ownership(scope: Scope, machineId: string): Promise<Ownership> {
  return find(scope, machineId);
}

/** It and all its history are another user's from now on, in the past too. Throws `not_found`. */
export async function transferMachine(
  scope: Scope,
  machineId: string,
  to: string,
  by: By,
): Promise<Ownership> {
  return atomic(scope, (database) => {
    const { owner } = find(scope, machineId);
    const ownerId = userIdOf(everybody(scope), to);
    const { orm } = scope.store;
    orm.update(machines).set({ ownerId }).where(eq(machines.machineId, machineId)).run();
    orm.delete(machineReaders).where(isReader(machineId, ownerId)).run();
    const target = `${machineId} from ${owner ?? "nobody"} to ${to}`;
    appendAudit(database, { ...by, what: "machine.transfer", target, result: "ok" });
    return find(everybody(scope), machineId);
  });
}

/** What is so already stays so. Throws `not_found`. */
export async function shareMachine(
  scope: Scope,
  machineId: string,
  { user, isShared }: { user: string; isShared: boolean },
  by: By,
): Promise<Ownership> {
  return atomic(scope, (database) => {
    find(scope, machineId);
    const userId = userIdOf(everybody(scope), user);
    const { orm } = scope.store;
    if (isShared) {
      orm.insert(machineReaders).values({ machineId, userId }).onConflictDoNothing().run();
    } else orm.delete(machineReaders).where(isReader(machineId, userId)).run();
    const what = isShared ? "machine.share" : "machine.unshare";
    appendAudit(database, { ...by, what, target: `${machineId} with ${user}`, result: "ok" });
    return find(scope, machineId);
  });
}

// --- internal ---

const everybody = (scope: Scope): Scope => ({ ...scope, owner: null, machines: null });

const isReader = (machineId: string, userId: number) =>
  and(eq(machineReaders.machineId, machineId), eq(machineReaders.userId, userId));

function find(scope: Scope, machineId: string): Ownership {
  const { orm } = scope.store;
  const row = orm
    .select({ owner: users.name })
    .from(machines)
    .leftJoin(users, eq(users.userId, machines.ownerId))
    .where(eq(machines.machineId, machineId))
    .get();
  if (row === undefined || !isSeen(scope, machineId)) {
    throw new BsvError("not_found", `Nothing is known of a machine ${machineId}`);
  }
  const readers = orm
    .select({ name: users.name })
    .from(machineReaders)
    .innerJoin(users, eq(users.userId, machineReaders.userId))
    .where(eq(machineReaders.machineId, machineId))
    .orderBy(asc(users.name))
    .all()
    .map(({ name }) => name);
  return { machineId, owner: row.owner, readers };
}
