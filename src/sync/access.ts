// Users, keys, sessions, owners and the audit log of a remote, as its API tells and changes them.
import { z } from "zod";
import type {
  Key,
  ToldEvent,
  ToldOwnership,
  ToldSession,
  ToldUser,
} from "#core/access/access-facts.ts";
import { machinePatternSchema, readApiKey, userNameSchema } from "#core/access/access.ts";
import { nameSchema } from "#core/names.ts";
import { RIGHTS, type Right } from "#core/access/principal.ts";
import { jsonOf } from "./answer.ts";
import { call, type Call } from "./call.ts";
import { remoteMoment } from "./moment.ts";
import { fetchPage, type Page, type RemotePage } from "./page.ts";
import type { Remote } from "./remote.ts";

export const fetchUsers = (remote: Remote, page: Page, signal: AbortSignal) =>
  fetchPage(remote, ["users"], page, {}, userAnswer, signal);

export const fetchKeys = (remote: Remote, page: Page, signal: AbortSignal) =>
  fetchPage(remote, ["keys"], page, {}, keyAnswer, signal);

export const fetchAudit = (
  remote: Remote,
  page: Page,
  signal: AbortSignal,
): Promise<RemotePage<ToldEvent>> => fetchPage(remote, ["audit"], page, {}, eventAnswer, signal);

export const fetchAuditProof = (remote: Remote, signal: AbortSignal) =>
  ask(remote, "GET", ["audit", "verify"], proofAnswer, undefined, signal);

export const fetchSessions = (remote: Remote, signal: AbortSignal): Promise<ToldSession[]> =>
  ask(remote, "GET", ["auth", "sessions"], z.array(sessionAnswer), undefined, signal);

export async function endRemoteSession(
  remote: Remote,
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  const read = () => Promise.resolve();
  await call(remote, { method: "DELETE", path: ["auth", "sessions", sessionId], read }, signal);
}

export function addRemoteUser(
  remote: Remote,
  { name, isAdmin }: { name: string; isAdmin: boolean },
  signal: AbortSignal,
): Promise<ToldUser> {
  const wish = { user: name, role: isAdmin ? "admin" : "member" };
  return ask(remote, "POST", ["users"], userAnswer, wish, signal);
}

export const switchRemoteUser = (
  remote: Remote,
  name: string,
  isDisabled: boolean,
  signal: AbortSignal,
): Promise<ToldUser> => {
  const path = ["users", name, isDisabled ? "disable" : "enable"];
  return ask(remote, "POST", path, userAnswer, {}, signal);
};

export const setRemotePassword = (
  remote: Remote,
  name: string,
  password: string,
  signal: AbortSignal,
): Promise<ToldUser> =>
  ask(remote, "PUT", ["users", name, "password"], userAnswer, { password }, signal);

export interface RemoteKeyWish {
  readonly user: string;
  readonly label: string | null;
  readonly rights: readonly Right[];
  readonly machines: readonly string[] | null;
  readonly lifeMs: number | null;
}

export interface RemoteMadeKey {
  readonly key: Key;
  /** To be shown once. */
  readonly text: string;
}

export function createRemoteKey(
  remote: Remote,
  { user, label, rights, machines, lifeMs }: RemoteKeyWish,
  signal: AbortSignal,
): Promise<RemoteMadeKey> {
  const wish = {
    user,
    scopes: rights,
    ...(label === null ? {} : { label }),
    ...(machines === null ? {} : { machines }),
    ...(lifeMs === null ? {} : { expires_in: lifeMs / 1000 }),
  };
  return ask(remote, "POST", ["keys"], madeAnswer, wish, signal);
}

export const rotateRemoteKey = (
  remote: Remote,
  keyId: string,
  graceMs: number,
  signal: AbortSignal,
): Promise<RemoteMadeKey> =>
  ask(remote, "POST", ["keys", keyId, "rotate"], madeAnswer, { grace: graceMs / 1000 }, signal);

export const revokeRemoteKey = (remote: Remote, keyId: string, signal: AbortSignal): Promise<Key> =>
  ask(remote, "DELETE", ["keys", keyId], keyAnswer, undefined, signal);

export const fetchOwnership = (
  remote: Remote,
  machineId: string,
  signal: AbortSignal,
): Promise<ToldOwnership> =>
  ask(remote, "GET", ["machines", machineId, "owner"], ownerAnswer, undefined, signal);

export function changeRemoteOwner(
  remote: Remote,
  machineId: string,
  user: string,
  change: "own" | "share" | "unshare",
  signal: AbortSignal,
): Promise<ToldOwnership> {
  const machine = ["machines", machineId];
  if (change === "own") {
    return ask(remote, "PUT", [...machine, "owner"], ownerAnswer, { user }, signal);
  }
  const method = change === "share" ? "PUT" : "DELETE";
  return ask(remote, method, [...machine, "readers", user], ownerAnswer, undefined, signal);
}

// --- internal ---

function ask<S extends z.ZodType>(
  remote: Remote,
  method: Call<unknown>["method"],
  path: readonly string[],
  answer: S,
  body: object | undefined,
  signal: AbortSignal,
): Promise<z.output<S>> {
  const sent =
    body === undefined
      ? {}
      : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return call(remote, { method, path, read: jsonOf(answer), ...sent }, signal);
}

const word = z.string().max(1000);

const userAnswer = z
  .object({
    user: userNameSchema,
    role: z.enum(["admin", "member"]),
    has_password: z.boolean(),
    created_at: remoteMoment,
    disabled_at: remoteMoment.nullable(),
  })
  .transform((row): ToldUser => ({
    name: row.user,
    isAdmin: row.role === "admin",
    hasPassword: row.has_password,
    createdAtMs: row.created_at,
    disabledAtMs: row.disabled_at,
  }));

const keyShape = z.object({
  key_id: z.string().regex(/^[0-9a-f]{12}$/),
  user: userNameSchema,
  label: word.nullable(),
  scopes: z.array(z.enum(RIGHTS)),
  machines: z.array(machinePatternSchema).nullable(),
  created_at: remoteMoment,
  expires_at: remoteMoment.nullable(),
  revoked_at: remoteMoment.nullable(),
  last_used_at: remoteMoment.nullable(),
  last_used_from: word.nullable(),
  replaces: word.nullable(),
});

const keyOf = (row: z.output<typeof keyShape>): Key => ({
  keyId: row.key_id,
  userName: row.user,
  label: row.label,
  rights: new Set(row.scopes),
  machines: row.machines,
  createdAtMs: row.created_at,
  expiresAtMs: row.expires_at,
  revokedAtMs: row.revoked_at,
  lastUsedAtMs: row.last_used_at,
  lastUsedFrom: row.last_used_from,
  replaces: row.replaces,
});

const keyAnswer = keyShape.transform(keyOf);

const madeAnswer = keyShape
  .extend({ key: z.string().refine((text) => readApiKey(text) !== undefined, "is no key") })
  .transform((row): RemoteMadeKey => ({ key: keyOf(row), text: row.key }));

const sessionAnswer = z
  .object({
    session_id: z.string().regex(/^[0-9a-f]{16}$/),
    user: userNameSchema,
    created_at: remoteMoment,
    last_used_at: remoteMoment,
    expires_at: remoteMoment,
    from: word.nullable(),
  })
  .transform((row): ToldSession => ({
    sessionId: row.session_id,
    userName: row.user,
    createdAtMs: row.created_at,
    lastUsedAtMs: row.last_used_at,
    expiresAtMs: row.expires_at,
    cameFrom: row.from,
  }));

const eventAnswer = z
  .object({
    seq: z.int(),
    at: remoteMoment,
    actor: word,
    what: word,
    target: word.nullable(),
    from: word.nullable(),
    result: word,
    hash: word,
  })
  .transform(({ at, ...row }): ToldEvent => ({ ...row, atMs: at }));

const proofAnswer = z.object({
  rows: z.int(),
  head: z.string().regex(/^[0-9a-f]{64}$/),
  broken: z.object({ seq: z.int(), why: z.string().regex(/^[a-z, ]{1,200}$/) }).nullable(),
});

const ownerAnswer = z
  .object({
    machine_id: nameSchema,
    owner: userNameSchema.nullable(),
    readers: z.array(userNameSchema),
  })
  .transform((row): ToldOwnership => ({
    machineId: row.machine_id,
    owner: row.owner,
    readers: row.readers,
  }));
