// The first user of a server: an admin, with a key to go on with. There is no default one, and a second cannot be made this way.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import { addUser } from "#db/access/users.ts";
import { createKey, type MadeKey } from "./key.ts";
import type { Asker } from "./user.ts";

export interface SetUpInput {
  readonly name: string;
  readonly passwordHash: string | null;
  readonly by: Asker;
}

/** Throws `conflict` when there is a user already. */
export async function setUp(
  scope: Scope,
  { name, passwordHash, by }: SetUpInput,
  run: Run,
): Promise<MadeKey> {
  const first = { name, isAdmin: true, passwordHash };
  await addUser(scope, first, { ...by, atMs: run.now() }, { isFirst: true });
  // Killed in between, there is an admin without a key: `bsv key create` on the host makes one.
  const wish = { user: name, label: "set-up", rights: ["admin"] as const, machines: null };
  return createKey(scope, { ...wish, lifeMs: null, by: { ...by, actor: name } }, run);
}
