// The whole history of a set as heads: about a hundred bytes for each snapshot there ever was.
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { heads, type Head } from "#db/snapshots.ts";

const PAGE = 1000;

export async function allHeads(scope: Scope, set: SetName): Promise<Head[]> {
  let page = await heads(scope, set, { limit: PAGE });
  const all = page.rows;
  while (page.nextCursor !== null) {
    page = await heads(scope, set, { limit: PAGE, cursor: page.nextCursor });
    all.push(...page.rows);
  }
  return all;
}
