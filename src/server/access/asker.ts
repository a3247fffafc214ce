// Who asks for a deed, as the audit log names it; and that it may be asked for by somebody who can be named.
import { BsvError } from "#core/errors.ts";
import { actorOf, type Principal } from "#core/access/principal.ts";
import type { Asker } from "#jobs/access/user.ts";

interface Asking {
  readonly principal: Principal | undefined;
  readonly from: string;
}

export const askerOf = ({ principal, from }: Asking): Asker => ({
  actor: principal === undefined ? "nobody" : actorOf(principal),
  from,
});

/**
 * For what concerns users and keys themselves: a person, by a key that is bound to nothing less, or by a session. Throws `forbidden`
 * for a token, a key that is bound to machines, and where nobody signs in at all.
 */
export function accountHolder({ principal }: Asking): Principal & { userName: string } {
  const { userName, machines, isToken } = principal ?? {};
  if (principal !== undefined && typeof userName === "string" && machines === null && !isToken) {
    return { ...principal, userName };
  }
  throw new BsvError(
    "forbidden",
    "Users and keys are changed with a key that is bound to no machine",
  );
}
