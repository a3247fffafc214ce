// Users, keys and sessions as JSON tells them: the same words on the command line and over HTTP. Nothing secret is among them.
import { rightsText } from "./access.ts";
import type { Right } from "./principal.ts";
import { timestampText } from "#core/timestamp.ts";

export interface ToldUser {
  readonly name: string;
  readonly isAdmin: boolean;
  readonly hasPassword: boolean;
  readonly createdAtMs: number;
  readonly disabledAtMs: number | null;
}

export function userFacts(user: ToldUser) {
  return {
    user: user.name,
    role: user.isAdmin ? ("admin" as const) : ("member" as const),
    has_password: user.hasPassword,
    created_at: timestampText(user.createdAtMs),
    disabled_at: timeOf(user.disabledAtMs),
  };
}

/** An API key as the store knows it, without its secret. */
export interface Key {
  readonly keyId: string;
  readonly userName: string;
  readonly label: string | null;
  readonly rights: ReadonlySet<Right>;
  /** Patterns; null: all machines of its user. */
  readonly machines: readonly string[] | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedFrom: string | null;
  /** The key whose place it takes. */
  readonly replaces: string | null;
}

export function keyFacts(key: Key) {
  return {
    key_id: key.keyId,
    user: key.userName,
    label: key.label,
    scopes: rightsText(key.rights).split(" ") as Right[],
    machines: key.machines === null ? null : [...key.machines],
    created_at: timestampText(key.createdAtMs),
    expires_at: timeOf(key.expiresAtMs),
    revoked_at: timeOf(key.revokedAtMs),
    last_used_at: timeOf(key.lastUsedAtMs),
    last_used_from: key.lastUsedFrom,
    replaces: key.replaces,
  };
}

/** Whether a key is still good, in a word. */
export function keyState(key: Key, nowMs: number): "valid" | "revoked" | "expired" {
  if (key.revokedAtMs !== null) return "revoked";
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? "expired" : "valid";
}

export interface ToldSession {
  readonly sessionId: string;
  readonly userName: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
  readonly cameFrom: string | null;
}

export function sessionFacts(session: ToldSession) {
  return {
    session_id: session.sessionId,
    user: session.userName,
    created_at: timestampText(session.createdAtMs),
    last_used_at: timestampText(session.lastUsedAtMs),
    expires_at: timestampText(session.expiresAtMs),
    from: session.cameFrom,
  };
}

export interface ToldEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly what: string;
  readonly target: string | null;
  readonly from: string | null;
  readonly result: string;
  readonly hash: string;
}

export function auditFacts({ atMs, ...event }: ToldEvent) {
  const { seq, actor, what, target, from, result, hash } = event;
  return { seq, at: timestampText(atMs), actor, what, target, from, result, hash };
}

export interface ToldOwnership {
  readonly machineId: string;
  readonly owner: string | null;
  readonly readers: readonly string[];
}

export const ownershipFacts = ({ machineId, owner, readers }: ToldOwnership) => ({
  machine_id: machineId,
  owner,
  readers: [...readers],
});

// --- internal ---

const timeOf = (ms: number | null): string | null => (ms === null ? null : timestampText(ms));
