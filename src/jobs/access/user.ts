// What can be done to users: added, disabled and enabled, given a password. Never deleted: machines and the audit log name them.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import { addUser, setPassword, setUserDisabled, type By, type User } from "#db/access/users.ts";

/** Who asks, as the audit log names it. */
export type Asker = Omit<By, "atMs">;

/** Whoever has the store's file: it needs no key. */
export const HOST: Asker = { actor: "host", from: null };

export interface UserInput {
  readonly name: string;
  readonly isAdmin: boolean;
  readonly passwordHash: string | null;
  readonly by: Asker;
}

export function createUser(scope: Scope, { by, ...user }: UserInput, run: Run): Promise<User> {
  return addUser(scope, user, { ...by, atMs: run.now() });
}

export interface UserChange {
  readonly name: string;
  /** What becomes so: disabled, enabled, or this the hash of the new password. */
  readonly change: { isDisabled: boolean } | { passwordHash: string };
  readonly by: Asker;
}

export function changeUser(scope: Scope, input: UserChange, run: Run): Promise<User> {
  const { name, change } = input;
  const by = { ...input.by, atMs: run.now() };
  return "isDisabled" in change
    ? setUserDisabled(scope, name, change.isDisabled, by)
    : setPassword(scope, name, change.passwordHash, by);
}
