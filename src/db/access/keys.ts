// API keys: made, listed, rotated, revoked, and looked up by id at every request: a key revoked by any process that has the store
// is refused by the next request. Secrets are never here, only their hashes. A member sees only its own.
import { and, asc, eq, gt } from "drizzle-orm";
import { readRights, rightsText } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import type { Right } from "#core/access/principal.ts";
import { timestampText } from "#core/timestamp.ts";
import { apiKeys, users } from "./schema.ts";
import { appendAudit } from "./audit.ts";
import type { Key } from "#core/access/access-facts.ts";
import { atomic } from "#db/atomic.ts";
import { isOwnUser, ownUser } from "#db/owned.ts";
import { knownNow } from "./known-now.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { userIdOf, type By } from "./users.ts";

export interface NewKey {
  readonly keyId: string;
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array;
  readonly user: string;
  readonly label: string | null;
  readonly rights: readonly Right[];
  readonly machines: readonly string[] | null;
  readonly expiresAtMs: number | null;
}

/** Throws `not_found` for a user who is not there. */
export async function addKey(scope: Scope, key: NewKey, by: By): Promise<Key> {
  return atomic(scope, (database) => {
    const userId = userIdOf(scope, key.user);
    const { user: _, rights, machines, ...columns } = key;
    scope.store.orm
      .insert(apiKeys)
      .values({
        ...columns,
        userId,
        scopes: rightsText(rights),
        machines: machines === null ? null : JSON.stringify(machines),
        createdAtMs: by.atMs,
      })
      .run();
    const made = findKey(scope, key.keyId);
    appendAudit(database, { ...by, what: "key.create", target: describe(made), result: "ok" });
    return made;
  });
}

export async function listKeys(scope: Scope, page: Page): Promise<Paged<Key>> {
  const after = placeOf(page, [""]);
  const rows = scope.store.orm
    .select(COLUMNS)
    .from(apiKeys)
    .innerJoin(users, eq(users.userId, apiKeys.userId))
    .where(and(after && gt(apiKeys.keyId, after[0]!), ownUser(scope, apiKeys.userId)))
    .orderBy(asc(apiKeys.keyId))
    .limit(page.limit + 1)
    .all()
    .map(keyOf);
  return paged(rows, page, (row) => [row.keyId]);
}

/** Throws `not_found`. */
export async function mustFindKey(scope: Scope, keyId: string): Promise<Key> {
  return findKey(scope, keyId);
}

/** From now on nobody signs in with it. One that is revoked already stays as it is. Throws `not_found`. */
export async function revokeKey(scope: Scope, keyId: string, by: By): Promise<Key> {
  return atomic(scope, (database) => {
    const key = findKey(scope, keyId);
    if (key.revokedAtMs !== null) return key;
    const isIt = eq(apiKeys.keyId, keyId);
    scope.store.orm.update(apiKeys).set({ revokedAtMs: by.atMs }).where(isIt).run();
    appendAudit(database, { ...by, what: "key.revoke", target: describe(key), result: "ok" });
    return findKey(scope, keyId);
  });
}

export interface Rotation {
  readonly keyId: string;
  /** Of the one that takes its place. */
  readonly newId: string;
  readonly secretHash: Uint8Array;
  /** How long the old one stays valid beside it. */
  readonly graceMs: number;
}

/** A new key with the rights, machines and life of an old one, which ends after the grace. Throws `not_found`, `conflict`. */
export async function rotateKey(
  scope: Scope,
  { keyId, newId, secretHash, graceMs }: Rotation,
  by: By,
): Promise<{ old: Key; made: Key }> {
  return atomic(scope, (database) => {
    const old = findKey(scope, keyId);
    const endsAtMs = old.expiresAtMs ?? Infinity;
    if (old.revokedAtMs !== null || endsAtMs <= by.atMs) {
      throw new BsvError("conflict", `Key ${keyId} is not valid any more`, {
        hint: "`bsv key create` makes a new one",
      });
    }
    const { orm } = scope.store;
    const isOld = eq(apiKeys.keyId, keyId);
    const row = orm.select().from(apiKeys).where(isOld).get()!;
    orm
      .insert(apiKeys)
      .values({
        ...row,
        keyId: newId,
        secretHash,
        createdAtMs: by.atMs,
        // As long a life as the old one was given.
        expiresAtMs:
          row.expiresAtMs === null ? null : by.atMs + (row.expiresAtMs - row.createdAtMs),
        lastUsedAtMs: null,
        lastUsedFrom: null,
        replaces: keyId,
      })
      .run();
    const expiresAtMs = Math.min(endsAtMs, by.atMs + graceMs);
    orm.update(apiKeys).set({ expiresAtMs }).where(isOld).run();
    const target = `${describe(old)} by ${newId}, valid until ${timestampText(expiresAtMs)}`;
    appendAudit(database, { ...by, what: "key.rotate", target, result: "ok" });
    return { old: findKey(scope, keyId), made: findKey(scope, newId) };
  });
}

/** What a request that names a key is compared with. */
export interface KeyHolder {
  readonly secretHash: Uint8Array;
  readonly userId: number;
  readonly userName: string;
  readonly isAdmin: boolean;
  readonly rights: ReadonlySet<Right>;
  readonly machines: readonly string[] | null;
  readonly lastUsedAtMs: number | null;
  /** When it expires; in the past where it was revoked or its user disabled; Infinity: never. */
  readonly endsAtMs: number;
}

/**
 * Before anybody is known, so not within what somebody sees. What was found is known on for the same `proof` alone: another one costs
 * the same whether or not there is such a key.
 */
export function keyHolder({ store }: Scope, keyId: string, proof: string): KeyHolder | undefined {
  return knownNow(store.database, `key ${keyId} ${proof}`, () => {
    const row = store.database.query<HolderRow, [string]>(HOLDER).get(keyId);
    return row === null ? undefined : holderOf(row);
  });
}

export async function noteKeyUse(
  scope: Scope,
  keyId: string,
  { atMs, from }: { atMs: number; from: string },
): Promise<void> {
  await atomic(scope, () => {
    const isIt = eq(apiKeys.keyId, keyId);
    const use = { lastUsedAtMs: atMs, lastUsedFrom: from };
    scope.store.orm.update(apiKeys).set(use).where(isIt).run();
  });
}

// --- internal ---

const COLUMNS = {
  keyId: apiKeys.keyId,
  userId: apiKeys.userId,
  userName: users.name,
  label: apiKeys.label,
  scopes: apiKeys.scopes,
  machines: apiKeys.machines,
  createdAtMs: apiKeys.createdAtMs,
  expiresAtMs: apiKeys.expiresAtMs,
  revokedAtMs: apiKeys.revokedAtMs,
  lastUsedAtMs: apiKeys.lastUsedAtMs,
  lastUsedFrom: apiKeys.lastUsedFrom,
  replaces: apiKeys.replaces,
};

type KeyRow = Omit<Key, "rights" | "machines"> & {
  userId: number;
  scopes: string;
  machines: string | null;
};

function keyOf({ scopes, machines, ...row }: KeyRow): Key {
  const { keyId, userName, label, createdAtMs, expiresAtMs, revokedAtMs } = row;
  const { lastUsedAtMs, lastUsedFrom, replaces } = row;
  return {
    keyId,
    userName,
    label,
    createdAtMs,
    expiresAtMs,
    revokedAtMs,
    lastUsedAtMs,
    lastUsedFrom,
    replaces,
    rights: readRights(scopes),
    machines: machines === null ? null : (JSON.parse(machines) as string[]),
  };
}

/** Throws `not_found`. */
function findKey(scope: Scope, keyId: string): Key {
  const row = scope.store.orm
    .select(COLUMNS)
    .from(apiKeys)
    .innerJoin(users, eq(users.userId, apiKeys.userId))
    .where(eq(apiKeys.keyId, keyId))
    .get();
  if (row !== undefined && isOwnUser(scope, row.userId)) return keyOf(row);
  throw new BsvError("not_found", `There is no key ${keyId}`, { details: { key_id: keyId } });
}

function describe({ keyId, userName, rights, machines }: Key): string {
  const where = machines === null ? "all machines" : machines.join(" ");
  return `${keyId} of ${userName}: ${rightsText(rights)} on ${where}`;
}

interface HolderRow {
  secret_hash: Uint8Array;
  user_id: number;
  name: string;
  is_admin: 0 | 1;
  scopes: string;
  machines: string | null;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  disabled_at_ms: number | null;
  last_used_at_ms: number | null;
}

function holderOf(row: HolderRow): KeyHolder {
  const isEnded = row.revoked_at_ms !== null || row.disabled_at_ms !== null;
  return {
    secretHash: row.secret_hash,
    userId: row.user_id,
    userName: row.name,
    isAdmin: row.is_admin === 1,
    rights: readRights(row.scopes),
    machines: row.machines === null ? null : (JSON.parse(row.machines) as string[]),
    lastUsedAtMs: row.last_used_at_ms,
    endsAtMs: isEnded ? -Infinity : (row.expires_at_ms ?? Infinity),
  };
}

const HOLDER = `
  SELECT k.secret_hash, k.user_id, u.name, u.is_admin, k.scopes, k.machines, k.expires_at_ms, k.revoked_at_ms,
    u.disabled_at_ms, k.last_used_at_ms
  FROM api_keys k CROSS JOIN users u ON u.user_id = k.user_id WHERE k.key_id = ?`;
