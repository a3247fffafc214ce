// People: who may sign in, and who of them are admins. A member sees only itself here. Each change is in the audit log, in the
// same transaction.
import { and, asc, count, eq, gt, isNull } from "drizzle-orm";
import { BsvError } from "#core/errors.ts";
import { users } from "./schema.ts";
import { appendAudit } from "./audit.ts";
import { atomic } from "#db/atomic.ts";
import { isOwnUser, ownUser } from "#db/owned.ts";
import { paged, placeOf, type Page, type Paged } from "#db/page.ts";
import type { Scope } from "#db/scope.ts";
import { endSessionsOf } from "./sessions.ts";

export interface User {
  readonly userId: number;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly hasPassword: boolean;
  readonly createdAtMs: number;
  /** Null while the user may sign in. */
  readonly disabledAtMs: number | null;
}

/** Who does it, for the audit log. */
export interface By {
  readonly actor: string;
  /** An address; null: this host. */
  readonly from: string | null;
  readonly atMs: number;
}

export interface NewUser {
  readonly name: string;
  readonly isAdmin: boolean;
  /** argon2id. */
  readonly passwordHash: string | null;
}

/** Throws `conflict` when the name is taken, or when it should be the first user and is not. */
export async function addUser(
  scope: Scope,
  user: NewUser,
  by: By,
  { isFirst = false }: { isFirst?: boolean } = {},
): Promise<User> {
  return atomic(scope, (database) => {
    if (scope.owner !== null) throw forbidden();
    if (isFirst && countOf(scope) > 0) {
      throw new BsvError("conflict", "This server has users already");
    }
    if (find(scope, user.name) !== undefined) {
      throw new BsvError("conflict", `There is a user ${user.name} already`);
    }
    scope.store.orm
      .insert(users)
      .values({ ...user, createdAtMs: by.atMs })
      .run();
    const role = user.isAdmin ? "admin" : "member";
    appendAudit(database, {
      ...by,
      what: "user.add",
      target: `${user.name} (${role})`,
      result: "ok",
    });
    return userOf(find(scope, user.name)!);
  });
}

export async function listUsers(scope: Scope, page: Page): Promise<Paged<User>> {
  const after = placeOf(page, [""]);
  const rows = scope.store.orm
    .select()
    .from(users)
    .where(and(after && gt(users.name, after[0]!), ownUser(scope, users.userId)))
    .orderBy(asc(users.name))
    .limit(page.limit + 1)
    .all()
    .map(userOf);
  return paged(rows, page, (row) => [row.name]);
}

export async function hasUsers(scope: Scope): Promise<boolean> {
  return countOf(scope) > 0;
}

/** Throws `not_found`. */
export async function mustFindUser(scope: Scope, name: string): Promise<User> {
  return userOf(mustFind(scope, name));
}

/** For this room. Throws `not_found`. */
export const userIdOf = (scope: Scope, name: string): number => mustFind(scope, name).userId;

/** For a sign-in by password, before anybody is known: null where there is none, or the user is disabled. */
export async function passwordHashOf(scope: Scope, name: string): Promise<string | null> {
  const row = find(scope, name);
  return row === undefined || row.disabledAtMs !== null ? null : row.passwordHash;
}

/** Disabled, a user's keys and sessions are worth nothing from now on; enabled, its keys are again. Throws `not_found`. */
export async function setUserDisabled(
  scope: Scope,
  name: string,
  isDisabled: boolean,
  by: By,
): Promise<User> {
  return atomic(scope, (database) => {
    if (scope.owner !== null) throw forbidden();
    const user = mustFind(scope, name);
    const isLastAdmin =
      user.isAdmin && user.disabledAtMs === null && countOf(scope, "admins") === 1;
    if (isDisabled && isLastAdmin) {
      throw new BsvError("conflict", `${name} is the last admin`, {
        hint: "Make another one first: `bsv user add NAME --admin`",
      });
    }
    const disabledAtMs = isDisabled ? (user.disabledAtMs ?? by.atMs) : null;
    scope.store.orm.update(users).set({ disabledAtMs }).where(eq(users.userId, user.userId)).run();
    if (isDisabled) endSessionsOf(scope, user.userId);
    const what = isDisabled ? "user.disable" : "user.enable";
    appendAudit(database, { ...by, what, target: name, result: "ok" });
    return userOf(mustFind(scope, name));
  });
}

/** Every session of the user ends. Throws `not_found`. */
export async function setPassword(
  scope: Scope,
  name: string,
  passwordHash: string,
  by: By,
): Promise<User> {
  return atomic(scope, (database) => {
    const user = mustFind(scope, name);
    scope.store.orm.update(users).set({ passwordHash }).where(eq(users.userId, user.userId)).run();
    endSessionsOf(scope, user.userId);
    appendAudit(database, { ...by, what: "user.passwd", target: name, result: "ok" });
    return userOf(mustFind(scope, name));
  });
}

// --- internal ---

type UserRow = typeof users.$inferSelect;

const forbidden = () => new BsvError("forbidden", "Only admins change users");

function userOf({ passwordHash, ...row }: UserRow): User {
  return { ...row, hasPassword: passwordHash !== null };
}

function find(scope: Scope, name: string): UserRow | undefined {
  const row = scope.store.orm.select().from(users).where(eq(users.name, name)).get();
  return row !== undefined && isOwnUser(scope, row.userId) ? row : undefined;
}

/** Throws `not_found`. */
function mustFind(scope: Scope, name: string): UserRow {
  const row = find(scope, name);
  if (row !== undefined) return row;
  throw new BsvError("not_found", `There is no user ${name}`, { details: { user: name } });
}

function countOf({ store }: Scope, whom: "all" | "admins" = "all"): number {
  const isIt =
    whom === "all" ? undefined : and(eq(users.isAdmin, true), isNull(users.disabledAtMs));
  return store.orm.select({ n: count() }).from(users).where(isIt).get()!.n;
}
