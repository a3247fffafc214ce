// The owner check, in its one place. All that this room tells belongs to a machine, and is reached through here: by a set's number,
// by a snapshot's moment, or by a list of machines. What a scope does not see is answered like what does not exist.
import { eq, sql, type Column, type SQL } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { knownNow } from "./access/known-now.ts";
import { sightText, type Scope } from "./scope.ts";

/** Whether a scope sees the machine. Of one that nobody has heard of it may say either. */
export function isSeen(scope: Scope, machineId: string): boolean {
  const { owner, isOwnOnly, machines } = scope;
  if (owner === null && (machines === undefined || machines === null)) return true;
  const { database } = scope.store;
  const ask = (): boolean =>
    database
      .query<unknown, [string, number | null, number, string | null]>(SEEN)
      .get(machineId, owner, isOwnOnly === true ? 1 : 0, patternsOf(machines)) !== null;
  if (database.inTransaction) return ask();
  return knownNow(database, `${sightText(scope)} ${machineId}`, ask);
}

/** Throws `forbidden` for a name that the key is not bound to, whether or not there is such a machine. */
export function checkBound({ store, machines }: Scope, machineId: string): void {
  const patterns = patternsOf(machines);
  if (patterns === null) return;
  const query = store.database.query<unknown, [string, string]>(FITS);
  if (query.get(machineId, patterns) !== null) return;
  throw new BsvError("forbidden", `This key is not for the machine ${machineId}`);
}

/**
 * Throws as `checkBound`, and `conflict` for another owner's machine: the one thing that is told of what is not one's own, for two
 * machines can't have one name.
 */
export function checkMayWriteAs(scope: Scope, machineId: string): void {
  checkBound(scope, machineId);
  const { database } = scope.store;
  const isTaken = database.query<unknown, [string]>(EXISTS).get(machineId) !== null;
  if (!isTaken || isSeen(scope, machineId)) return;
  throw new BsvError("conflict", `The machine name ${machineId} is taken`, {
    hint: "Give this machine another machine_id, or ask an admin to transfer the name",
    details: { machine_id: machineId },
  });
}

/** The condition on a column of machine names, without parameters; undefined where all are seen. */
export function seen(scope: Scope, column: string): SQL | undefined {
  const text = seenText(scope, column);
  return text === undefined ? undefined : sql.raw(text);
}

/** The same for statements that are text. They differ from user to user, so they are not for `query`, which keeps them. */
export function seenText(
  { owner, isOwnOnly, machines }: Scope,
  column: string,
): string | undefined {
  const patterns = patternsOf(machines);
  if (owner === null && patterns === null) return undefined;
  const rule = ruleOf(
    String(owner === null ? "NULL" : whole(owner)),
    isOwnOnly === true ? "1" : "0",
    patterns === null ? "NULL" : `'${patterns}'`,
  );
  return `${column} IN (SELECT m.machine_id FROM machines m WHERE ${rule})`;
}

/** A set's number, if there is such a set and the scope sees it. Asked by nearly every function, so it is prepared. */
export function findSetId(scope: Scope, set: SetAddress): number | undefined {
  const row = scope.store.database
    .query<{ set_id: number }, [string, string]>(
      "SELECT set_id FROM backupsets WHERE machine_id = ? AND backupset_name = ?",
    )
    .get(set.machineId, set.setName);
  return row !== null && isSeen(scope, set.machineId) ? row.set_id : undefined;
}

/** Whether a scope sees a set, by its number. */
export function isSetSeen(scope: Scope, setId: number): boolean {
  const row = scope.store.database
    .query<SetAddress, [number]>(
      "SELECT machine_id AS machineId, backupset_name AS setName FROM backupsets WHERE set_id = ?",
    )
    .get(setId);
  return row !== null && isSeen(scope, row.machineId);
}

/** The set and the time of a snapshot that the scope sees, or `code`. Call inside a transaction. */
export function momentOf(
  scope: Scope,
  snapshotId: string,
  code: "not_found" | "gone" | "base_missing",
): { setId: number; atMs: number } {
  const row = scope.store.database
    .query<{ set_id: number; timestamp_ms: number; machine_id: string }, [string]>(
      "SELECT set_id, timestamp_ms, machine_id FROM snapshots WHERE snapshot_id = ?",
    )
    .get(snapshotId);
  if (row === null || !isSeen(scope, row.machine_id)) {
    const text = code === "gone" ? "was deleted while it was being read" : "is not in this store";
    throw new BsvError(code, `Snapshot ${snapshotId} ${text}`, {
      details: { snapshot_id: snapshotId },
    });
  }
  return { setId: row.set_id, atMs: row.timestamp_ms };
}

/** Users, keys and sessions: each sees its own, whoever sees everything sees all of them. */
export const isOwnUser = ({ owner }: Scope, userId: number): boolean =>
  owner === null || owner === userId;

/** The same as a condition on a column of users' numbers. */
export function ownUser({ owner }: Scope, column: Column): SQL | undefined {
  return owner === null ? undefined : eq(column, owner);
}

/** Throws `unauthenticated` when the key that a scope acts through was revoked meanwhile, or its user disabled. */
export function mustStillBeIn({ keyId, store }: Scope): void {
  if (keyId === undefined || keyId === null) return;
  const isIn = knownNow(
    store.database,
    `still in ${keyId}`,
    () => store.database.query<unknown, [string]>(STILL_IN).get(keyId) !== null,
  );
  if (isIn) return;
  throw new BsvError("unauthenticated", "The key was revoked meanwhile");
}

// --- internal ---

const STILL_IN = `
  SELECT 1 FROM api_keys k CROSS JOIN users u ON u.user_id = k.user_id
  WHERE k.key_id = ? AND k.revoked_at_ms IS NULL AND u.disabled_at_ms IS NULL`;

interface SetAddress {
  machineId: string;
  setName: string;
}

/** On a row `m` of machines; the other three are SQL: the user or NULL, whether only the own count, patterns as JSON or NULL. */
function ruleOf(owner: string, isOwnOnly: string, patterns: string): string {
  return `(${owner} IS NULL OR m.owner_id = ${owner} OR NOT ${isOwnOnly} AND EXISTS (
      SELECT 1 FROM machine_readers r WHERE r.user_id = ${owner} AND r.machine_id = m.machine_id))
    AND (${patterns} IS NULL OR EXISTS (
      SELECT 1 FROM json_each(${patterns}) p WHERE m.machine_id GLOB p.value))`;
}

const SEEN = `SELECT 1 FROM machines m WHERE m.machine_id = ?1 AND ${ruleOf("?2", "?3", "?4")}`;

const FITS = "SELECT 1 FROM json_each(?2) p WHERE ?1 GLOB p.value";
const EXISTS = "SELECT 1 FROM machines WHERE machine_id = ?";

function patternsOf(machines: Scope["machines"]): string | null {
  if (machines === undefined || machines === null) return null;
  for (const pattern of machines) {
    if (/^[A-Za-z0-9._*?-]{1,128}$/.test(pattern)) continue;
    throw new BsvError("internal", "A pattern of machine names holds other characters");
  }
  return JSON.stringify(machines);
}

function whole(userId: number): number {
  if (Number.isSafeInteger(userId)) return userId;
  throw new BsvError("internal", "A user's number is no whole number");
}
