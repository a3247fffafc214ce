// Sessions of browsers: opened for a user whose password was right, ended. What the cookie holds is in
// the summary of the opening, and nowhere else ever again.
import type { Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import { endSession, openSession, type Session } from "#db/access/sessions.ts";
import { hashOfSecret, newSecret, newSessionId } from "./secret.ts";
import type { Asker } from "./user.ts";

export async function signIn(
  scope: Scope,
  { user, by }: { user: string; by: Asker },
  run: Run,
): Promise<{ session: Session; secret: string }> {
  const secret = newSecret();
  const wish = { sessionId: newSessionId(), secretHash: hashOfSecret(secret), user };
  return { session: await openSession(scope, wish, { ...by, atMs: run.now() }), secret };
}

export function signOut(
  scope: Scope,
  { sessionId, by }: { sessionId: string; by: Asker },
  run: Run,
): Promise<void> {
  return endSession(scope, sessionId, { ...by, atMs: run.now() });
}
