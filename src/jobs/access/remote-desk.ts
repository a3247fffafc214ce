// The desk of a server far away: its API decides what the key that asks may see and change.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { Page, Paged } from "#db/page.ts";
import * as api from "#sync/access.ts";
import { fetchSelf } from "#sync/auth.ts";
import { openRemote } from "#sync/remote.ts";
import type { Desk } from "./desk.ts";
import type { WhoamiInput } from "./whoami.ts";

export function remoteDesk({ remoteUrl, ...access }: WhoamiInput, { signal }: Run): Desk {
  const remote = openRemote(remoteUrl, access);
  /** A deed whose answer was lost is not done again unasked: it may have made a key. */
  const once = openRemote(remoteUrl, { ...access, patience: ONCE });
  const keys: Desk["keys"] = (page) => api.fetchKeys(remote, page, signal);
  const users: Desk["users"] = (page) => api.fetchUsers(remote, page, signal);
  const key: Desk["key"] = (keyId) =>
    only(keys, (one) => one.keyId === keyId, `There is no key ${keyId}`);
  return {
    async usualUser() {
      const { user } = await fetchSelf(remote, signal);
      if (user !== null) return user;
      throw new BsvError("usage", "Whose key shall it be?", { hint: "Say --user NAME" });
    },
    users,
    user: (name) => only(users, (user) => user.name === name, `There is no user ${name}`),
    addUser: (user) => api.addRemoteUser(once, user, signal),
    switchUser: (name, isDisabled) => api.switchRemoteUser(remote, name, isDisabled, signal),
    setPassword: (name, password) => api.setRemotePassword(remote, name, password, signal),
    keys,
    key,
    createKey: (wish) => api.createRemoteKey(once, wish, signal),
    async rotateKey(keyId, graceMs) {
      const old = await key(keyId); // before: nothing may come between a key that is told once and whoever keeps it
      const made = await api.rotateRemoteKey(once, keyId, graceMs, signal);
      const expiresAtMs = Math.min(old.expiresAtMs ?? Infinity, made.key.createdAtMs + graceMs);
      return { ...made, old: { ...old, expiresAtMs } };
    },
    revokeKey: (keyId) => api.revokeRemoteKey(remote, keyId, signal),
    sessions: () => api.fetchSessions(remote, signal),
    endSession: (sessionId) => api.endRemoteSession(once, sessionId, signal),
    ownership: (machineId) => api.fetchOwnership(remote, machineId, signal),
    changeOwner: ({ machineId, user, change }) =>
      api.changeRemoteOwner(remote, machineId, user, change, signal),
    audit: (page) => api.fetchAudit(remote, page, signal),
    proveAudit: () => api.fetchAuditProof(remote, signal),
  };
}

// --- internal ---

const ONCE = { attempts: 1, firstWaitMs: 0, longestWaitMs: 0 };
const PAGE = 1000;

async function only<T>(
  read: (page: Page) => Promise<Paged<T>>,
  isIt: (row: T) => boolean,
  otherwise: string,
): Promise<T> {
  for (let cursor: string | undefined; ;) {
    const { rows, nextCursor } = await read({ limit: PAGE, cursor });
    const found = rows.find(isIt);
    if (found !== undefined) return found;
    if (nextCursor === null) throw new BsvError("not_found", otherwise);
    cursor = nextCursor;
  }
}
