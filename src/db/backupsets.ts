// Machines and their backupsets. A name is reserved by the first installation that asks; a second one under the same
// machine name is told so, until it says that it is the same machine's successor (`adopt`).
import { and, asc, eq, gt, max } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import { mustFit, type Quota } from "./access/quota.ts";
import { atomic } from "./atomic.ts";
import { checkMayWriteAs, findSetId, isSeen, seen } from "./owned.ts";
import { paged, placeOf, type Page, type Paged } from "./page.ts";
import { backupsets, machines } from "./schema.ts";
import type { Scope } from "./scope.ts";
import { adoptKey } from "./proof/signatures.ts";
import type { Store } from "./store/store.ts";

export interface SetName {
  machineId: string;
  setName: string;
}

export interface Machine {
  machineId: string;
  agentId: string | null;
  createdAtMs: number;
}

export interface Backupset extends SetName {
  createdAtMs: number;
  description: string | null;
}

export async function listMachines(scope: Scope, page: Page): Promise<Paged<Machine>> {
  const after = placeOf(page, [""]);
  const { machineId, agentId, createdAt } = machines;
  const rows = scope.store.orm
    .select({ machineId, agentId, createdAt })
    .from(machines)
    .where(and(after && gt(machines.machineId, after[0]!), seen(scope, "machine_id")))
    .orderBy(asc(machines.machineId))
    .limit(page.limit + 1)
    .all()
    .map(({ createdAt, ...row }) => ({ ...row, createdAtMs: Date.parse(createdAt) }));
  return paged(rows, page, (row) => [row.machineId]);
}

export async function listBackupsets(
  scope: Scope,
  machineId: string,
  page: Page,
): Promise<Paged<Backupset>> {
  const after = placeOf(page, [""]);
  const rows = scope.store.orm
    .select()
    .from(backupsets)
    .where(
      and(
        eq(backupsets.machineId, machineId),
        after && gt(backupsets.setName, after[0]!),
        seen(scope, "machine_id"),
      ),
    )
    .orderBy(asc(backupsets.setName))
    .limit(page.limit + 1)
    .all()
    .map(backupsetOf);
  return paged(rows, page, (row) => [row.setName]);
}

export async function findBackupset(scope: Scope, set: SetName): Promise<Backupset | undefined> {
  const row = isSeen(scope, set.machineId) ? find(scope.store, set) : undefined;
  return row && backupsetOf(row);
}

/** Throws what sending a snapshot of this machine would throw: before its body has come. */
export async function mayWriteAs(scope: Scope, machineId: string): Promise<void> {
  checkMayWriteAs(scope, machineId);
}

/**
 * Makes the name its caller's, or says that it already is. Throws `conflict` when the machine is another owner's,
 * `agent_conflict` when it is another installation's, and `forbidden` when it is to be taken over by whoever may only add.
 */
export async function reserveBackupset(
  scope: Scope,
  wish: SetName & {
    description?: string | undefined;
    agentId?: string | undefined;
    /** Take the machine over from another installation. */
    adopt?: boolean | undefined;
    /** The key with which it signs from now on. */
    publicKey?: string | undefined;
    /** What its owner may have, this one included; more is `over_quota`. */
    quota?: Quota | undefined;
    nowMs: number;
  },
): Promise<{ backupset: Backupset; isNew: boolean }> {
  return atomic(scope, (database) => {
    const isNew = find(scope.store, wish) === undefined;
    const setId = ensureBackupset(scope, wish, wish.nowMs);
    if (isNew && wish.quota !== undefined) mustFit(database, setId, wish.quota);
    if (wish.adopt === true) checkMayAdopt(scope, wish);
    if (wish.agentId !== undefined) pinAgent(scope.store, wish.machineId, wish.agentId, wish.adopt);
    if (wish.adopt === true) adoptKey(scope, wish.machineId, wish.publicKey, wish.nowMs);
    const isSaid = !isNew && find(scope.store, wish)!.description !== null;
    if (wish.description !== undefined && !(isSaid && scope.isAppendOnly === true)) {
      scope.store.orm
        .update(backupsets)
        .set({ description: wish.description })
        .where(isSet(wish))
        .run();
    }
    return { backupset: backupsetOf(find(scope.store, wish)!), isNew };
  });
}

/** For this room: the set's number, made if need be; a new machine is its reserver's. Throws as checkMayWriteAs. Call inside `atomic`. */
export function ensureBackupset(scope: Scope, set: SetName, nowMs: number): number {
  const known = findSetId(scope, set);
  if (known !== undefined) return known;
  const { store, owner, newOwner = owner } = scope;
  const createdAt = timestampText(nowMs);
  const { machineId, setName } = set;
  const machine = { machineId, createdAt, ownerId: newOwner };
  checkMayWriteAs(scope, machineId);
  store.orm.insert(machines).values(machine).onConflictDoNothing().run();
  const last =
    store.orm
      .select({ id: max(backupsets.setId) })
      .from(backupsets)
      .get()?.id ?? 0;
  store.orm
    .insert(backupsets)
    .values({ machineId, setName, createdAt, setId: last + 1 })
    .run();
  return last + 1;
}

/** For this room: the machine is this installation's; throws `agent_conflict` if it is another's. Call inside `atomic`. */
export function pinAgent(
  store: Store,
  machineId: string,
  agentId: string,
  adopt: boolean | undefined,
): void {
  const isMachine = eq(machines.machineId, machineId);
  const pinned = agentOf(store, machineId);
  if (pinned === agentId) return;
  if (pinned !== null && adopt !== true) {
    throw new BsvError("agent_conflict", `Another installation writes as machine ${machineId}`, {
      hint: "Give this machine another machine_id; or, if it took the other's place, adopt the name",
      details: { machine_id: machineId },
    });
  }
  store.orm.update(machines).set({ agentId }).where(isMachine).run();
}

// --- internal ---

type BackupsetRow = typeof backupsets.$inferSelect;

/** A stolen key to push with must not shut out the installation it was stolen from. */
function checkMayAdopt(
  { store, isAppendOnly }: Scope,
  { machineId, agentId }: { machineId: string; agentId?: string | undefined },
): void {
  const pinned = agentOf(store, machineId);
  if (isAppendOnly !== true || pinned === null || pinned === agentId) return;
  const text = `Another installation writes as machine ${machineId}, and only a key with the right admin may put this one in its place`;
  throw new BsvError("forbidden", text, {
    hint: "Say bsv push --adopt once with such a key (BSV_API_KEY, or bsv login)",
    details: { machine_id: machineId },
  });
}

function agentOf(store: Store, machineId: string): string | null {
  const isMachine = eq(machines.machineId, machineId);
  return store.orm.select().from(machines).where(isMachine).get()?.agentId ?? null;
}

const isSet = (set: SetName) =>
  and(eq(backupsets.machineId, set.machineId), eq(backupsets.setName, set.setName));

function find(store: Store, set: SetName): BackupsetRow | undefined {
  return store.orm.select().from(backupsets).where(isSet(set)).get();
}

function backupsetOf(row: BackupsetRow): Backupset {
  const { machineId, setName, createdAt, description } = row;
  return { machineId, setName, createdAtMs: Date.parse(createdAt), description };
}
