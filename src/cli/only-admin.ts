// Whose key it shall be when nobody says: the only admin's.
import { BsvError } from "#core/errors.ts";
import type { Scope } from "#db/scope.ts";
import { listUsers } from "#db/access/users.ts";

export async function onlyAdmin(scope: Scope): Promise<string> {
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
