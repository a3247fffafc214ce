// Where it is told and changed who may use a server: on its host, over its store (`host-desk.ts`), or from elsewhere, over its API
// (`remote-desk.ts`). What is asked for and what is answered are the same.
import type {
  Key,
  ToldEvent,
  ToldOwnership,
  ToldSession,
  ToldUser,
} from "#core/access/access-facts.ts";
import type { AuditProof } from "#db/access/audit.ts";
import type { Page, Paged } from "#db/page.ts";
import type { KeyInput, MadeKey } from "./key.ts";
import type { OwnerChange } from "./owner.ts";

export interface Desk {
  /** Whose a new key is when nobody says. Throws `usage` where that is not plain. */
  usualUser(): Promise<string>;
  users(page: Page): Promise<Paged<ToldUser>>;
  /** Throws `not_found`, as all that name one thing do. */
  user(name: string): Promise<ToldUser>;
  addUser(user: { readonly name: string; readonly isAdmin: boolean }): Promise<ToldUser>;
  switchUser(name: string, isDisabled: boolean): Promise<ToldUser>;
  setPassword(name: string, password: string): Promise<ToldUser>;

  keys(page: Page): Promise<Paged<Key>>;
  key(keyId: string): Promise<Key>;
  createKey(wish: Omit<KeyInput, "by">): Promise<MadeKey>;
  /** Both are valid for so long. */
  rotateKey(keyId: string, graceMs: number): Promise<MadeKey & { readonly old: Key }>;
  revokeKey(keyId: string): Promise<Key>;

  /** Those that have not ended, the newest first. */
  sessions(): Promise<ToldSession[]>;
  endSession(sessionId: string): Promise<void>;

  ownership(machineId: string): Promise<ToldOwnership>;
  changeOwner(change: Omit<OwnerChange, "by">): Promise<ToldOwnership>;

  /** The newest first. */
  audit(page: Page): Promise<Paged<ToldEvent>>;
  proveAudit(): Promise<AuditProof>;
}
