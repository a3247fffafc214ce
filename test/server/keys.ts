// A server with users, and keys to ask it with.
import type { Right } from "#core/access/principal.ts";
import { listAudit, type AuditRow } from "#db/access/audit.ts";
import { everything, type Scope } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { createKey } from "#jobs/access/key.ts";
import { createUser, HOST } from "#jobs/access/user.ts";
import { NOBODY } from "#core/run.ts";
import { newDataDir, start, type TestServer } from "./running.ts";
import type { ServeOptions } from "#server/serve.ts";

export const RUN = { signal: new AbortController().signal, monitor: NOBODY, now: Date.now };

export interface KeyedServer extends TestServer {
  /** The store, over a connection of the test's own: another process' view. */
  readonly scope: Scope;
  /** A key of a user, who is made if need be: the text to send. */
  key(user: string, rights: readonly Right[], machines?: readonly string[]): Promise<string>;
}

/** `admins`: the users who are. They exist from the start; others come with their first key. */
export async function startWithKeys(
  options: Partial<ServeOptions> = {},
  admins: readonly string[] = ["root"],
): Promise<KeyedServer> {
  const dataDir = options.dataDir ?? newDataDir();
  const scope = everything(await openStore(`${dataDir}/bsv.db`));
  const users = new Set(admins);
  for (const name of admins) await addUser(scope, name, true);
  const server = await start({ ...options, dataDir, auth: "keys" });
  return {
    ...server,
    scope,
    async stop(graceMs) {
      await server.stop(graceMs);
      await scope.store.close();
    },
    async key(user, rights, machines) {
      if (!users.has(user)) await addUser(scope, user, false);
      users.add(user);
      const wish = { user, rights, machines: machines ?? null, label: null, lifeMs: null };
      return (await createKey(scope, { ...wish, by: HOST }, RUN)).text;
    },
  };
}

export const bearer = (key: string): { Authorization: string } => ({
  Authorization: `Bearer ${key}`,
});

/** The audit log, once an event that fits stands in it: some are written when nobody waits any more. */
export async function auditWith(
  scope: Scope,
  fits: (row: AuditRow) => boolean,
): Promise<readonly AuditRow[]> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await listAudit(scope, { limit: 1000 });
    if (rows.some(fits)) return rows;
    await Bun.sleep(20);
  }
  throw new Error("Nothing like that came into the audit log");
}

// --- internal ---

const addUser = (scope: Scope, name: string, isAdmin: boolean) =>
  createUser(scope, { name, isAdmin, passwordHash: null, by: HOST }, RUN);
