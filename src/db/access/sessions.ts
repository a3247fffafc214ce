// Signed-in browsers. What the cookie holds is stored as a hash; a session ends when it rests too long, when it is too old, when
// somebody ends it, or with its user.
import { and, desc, eq, lt } from "drizzle-orm";
import { sessions, users } from "./schema.ts";
import { appendAudit } from "./audit.ts";
import { atomic } from "#db/atomic.ts";
import { ownUser } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";
import type { By } from "./users.ts";
import { BsvError } from "#core/errors.ts";

/** A browser that rests for so long has been left. */
export const SESSION_IDLE_MS = 3_600_000;
/** After a day everybody signs in again. */
export const SESSION_LIFE_MS = 24 * 3_600_000;

export interface Session {
  readonly sessionId: string;
  readonly userId: number;
  readonly userName: string;
  readonly isAdmin: boolean;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
  readonly cameFrom: string | null;
}

/** Opens a session for a user who proved to be it, and forgets those that ended by themselves. */
export async function openSession(
  scope: Scope,
  { sessionId, secretHash, user }: { sessionId: string; secretHash: Uint8Array; user: string },
  by: By,
): Promise<Session> {
  return atomic(scope, (database) => {
    const { orm } = scope.store;
    const isIt = eq(users.name, user);
    const { userId, disabledAtMs } = orm.select().from(users).where(isIt).get() ?? {};
    if (userId === undefined || disabledAtMs !== null) {
      throw new BsvError("unauthenticated", "The user was disabled meanwhile");
    }
    orm.delete(sessions).where(lt(sessions.expiresAtMs, by.atMs)).run();
    orm
      .delete(sessions)
      .where(lt(sessions.lastUsedAtMs, by.atMs - SESSION_IDLE_MS))
      .run();
    orm
      .insert(sessions)
      .values({
        sessionId,
        secretHash,
        userId,
        createdAtMs: by.atMs,
        lastUsedAtMs: by.atMs,
        expiresAtMs: by.atMs + SESSION_LIFE_MS,
        cameFrom: by.from,
      })
      .run();
    appendAudit(database, { ...by, what: "sign-in", target: `session ${sessionId}`, result: "ok" });
    return orm
      .select(COLUMNS)
      .from(sessions)
      .innerJoin(users, eq(users.userId, sessions.userId))
      .where(eq(sessions.sessionId, sessionId))
      .get()!;
  });
}

/** What a request with this cookie is compared with; undefined where there is no such session, or it ended. */
export async function sessionHolder(
  scope: Scope,
  sessionId: string,
  nowMs: number,
): Promise<(Session & { secretHash: Uint8Array }) | undefined> {
  const row = scope.store.orm
    .select({ ...COLUMNS, secretHash: sessions.secretHash, disabledAtMs: users.disabledAtMs })
    .from(sessions)
    .innerJoin(users, eq(users.userId, sessions.userId))
    .where(eq(sessions.sessionId, sessionId))
    .get();
  if (row === undefined) return undefined;
  const { disabledAtMs, ...session } = row;
  const isOver = session.expiresAtMs <= nowMs || session.lastUsedAtMs + SESSION_IDLE_MS <= nowMs;
  return isOver || disabledAtMs !== null ? undefined : session;
}

export async function touchSession(scope: Scope, sessionId: string, nowMs: number): Promise<void> {
  await atomic(scope, () => {
    const isIt = eq(sessions.sessionId, sessionId);
    scope.store.orm.update(sessions).set({ lastUsedAtMs: nowMs }).where(isIt).run();
  });
}

/** Those that have not ended, the newest first. */
export async function listSessions(scope: Scope, nowMs: number): Promise<Session[]> {
  return scope.store.orm
    .select(COLUMNS)
    .from(sessions)
    .innerJoin(users, eq(users.userId, sessions.userId))
    .where(ownUser(scope, sessions.userId))
    .orderBy(desc(sessions.createdAtMs))
    .all()
    .filter((row) => row.expiresAtMs > nowMs && row.lastUsedAtMs + SESSION_IDLE_MS > nowMs);
}

/** Throws `not_found`. */
export async function endSession(scope: Scope, sessionId: string, by: By): Promise<void> {
  await atomic(scope, (database) => {
    const isIt = and(eq(sessions.sessionId, sessionId), ownUser(scope, sessions.userId));
    const ended = scope.store.orm.delete(sessions).where(isIt).returning().all();
    if (ended.length === 0) {
      throw new BsvError("not_found", `There is no session ${sessionId}`);
    }
    appendAudit(database, {
      ...by,
      what: "sign-out",
      target: `session ${sessionId}`,
      result: "ok",
    });
  });
}

/** For this room: call inside `atomic`. */
export function endSessionsOf({ store }: Scope, userId: number): void {
  store.orm.delete(sessions).where(eq(sessions.userId, userId)).run();
}

// --- internal ---

const COLUMNS = {
  sessionId: sessions.sessionId,
  userId: sessions.userId,
  userName: users.name,
  isAdmin: users.isAdmin,
  createdAtMs: sessions.createdAtMs,
  lastUsedAtMs: sessions.lastUsedAtMs,
  expiresAtMs: sessions.expiresAtMs,
  cameFrom: sessions.cameFrom,
};
