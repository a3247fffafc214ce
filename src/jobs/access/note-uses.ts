// Writes down when keys and sessions were last used, and from where.
import { noteKeyUse } from "#db/access/keys.ts";
import type { Scope } from "#db/scope.ts";
import { touchSession } from "#db/access/sessions.ts";

export interface Use {
  readonly what: "key" | "session";
  readonly id: string;
  readonly from: string;
  readonly atMs: number;
}

export async function noteUses(scope: Scope, uses: readonly Use[]): Promise<void> {
  for (const { what, id, from, atMs } of uses) {
    if (what === "key") await noteKeyUse(scope, id, { atMs, from });
    else await touchSession(scope, id, atMs);
  }
}
