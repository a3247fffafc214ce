// The desk on the server's host: whoever can read the store's file needs no key.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { listAudit, verifyAudit } from "#db/access/audit.ts";
import { listKeys, mustFindKey } from "#db/access/keys.ts";
import { ownership } from "#db/access/owners.ts";
import { listSessions } from "#db/access/sessions.ts";
import { listUsers, mustFindUser } from "#db/access/users.ts";
import type { Scope } from "#db/scope.ts";
import type { Desk } from "./desk.ts";
import { createKey, endKey, replaceKey } from "./key.ts";
import { changeOwner } from "./owner.ts";
import { hashPassword } from "./password.ts";
import { signOut } from "./session.ts";
import { changeUser, createUser, HOST as by } from "./user.ts";

export const hostDesk = (scope: Scope, run: Run): Desk => ({
  usualUser: () => onlyAdmin(scope),
  users: (page) => listUsers(scope, page),
  user: (name) => mustFindUser(scope, name),
  addUser: (user) => createUser(scope, { ...user, passwordHash: null, by }, run),
  switchUser: (name, isDisabled) => changeUser(scope, { name, change: { isDisabled }, by }, run),
  async setPassword(name, password) {
    const change = { passwordHash: await hashPassword(password) };
    return changeUser(scope, { name, change, by }, run);
  },
  keys: (page) => listKeys(scope, page),
  key: (keyId) => mustFindKey(scope, keyId),
  createKey: (wish) => createKey(scope, { ...wish, by }, run),
  rotateKey: (keyId, graceMs) => replaceKey(scope, { keyId, graceMs, by }, run),
  revokeKey: (keyId) => endKey(scope, { keyId, by }, run),
  sessions: () => listSessions(scope, run.now()),
  endSession: (sessionId) => signOut(scope, { sessionId, by }, run),
  ownership: (machineId) => ownership(scope, machineId),
  changeOwner: (change) => changeOwner(scope, { ...change, by }, run),
  audit: (page) => listAudit(scope, page),
  proveAudit: () => verifyAudit(scope),
});

// --- internal ---

async function onlyAdmin(scope: Scope): Promise<string> {
  const { rows, nextCursor } = await listUsers(scope, { limit: 1000 });
  const admins = rows.filter((user) => user.isAdmin && user.disabledAtMs === null);
  if (admins.length === 1 && nextCursor === null) return admins[0]!.name;
  if (rows.length === 0) {
    throw new BsvError("not_found", "There are no users yet", {
      hint: "`bsv user add NAME --admin` makes the first",
    });
  }
  throw new BsvError("usage", "Whose key shall it be?", { hint: "Say --user NAME" });
}
