// Who asks, and what they may do. A door turns a key, a token or a session into a principal; each route says what it needs; which
// rows it then sees is db's business (db/scope.ts).

/** What a key may do. `admin` includes the others; what an admin's key may do beyond its user's own things is `isAdmin`. */
export const RIGHTS = ["push", "read", "admin"] as const;
export type Right = (typeof RIGHTS)[number];

/**
 * What a route asks for. `nobody`: no sign-in at all. `anyone`: signed in, with whatever rights. `operator`: an admin of the server,
 * with a key or session that has the right `admin`.
 */
export type Need = "nobody" | "anyone" | Right | "operator";

export interface Principal {
  /** Null: this machine's own command line, or a server without sign-in. */
  readonly userId: number | null;
  readonly userName: string | null;
  readonly keyId: string | null;
  readonly sessionId: string | null;
  /** Whether the user is an admin and the key or session has the right to act as one: then all owners' things are seen. */
  readonly isAdmin: boolean;
  readonly rights: ReadonlySet<Right>;
  /** Patterns of the machines a key is bound to; null: whatever its user may see. */
  readonly machines: readonly string[] | null;
  /** Came with a token instead of the key itself: it makes no further ones. */
  readonly isToken?: boolean;
}

/** Where nobody has to sign in, everybody is this. */
export const EVERYBODY: Principal = {
  userId: null,
  userName: null,
  keyId: null,
  sessionId: null,
  isAdmin: true,
  rights: new Set(RIGHTS),
  machines: null,
};

export function may({ rights, isAdmin }: Principal, need: Need): boolean {
  switch (need) {
    case "nobody":
    case "anyone":
      return true;
    case "operator":
      return isAdmin;
    case "push":
    case "read":
    case "admin":
      return rights.has(need) || rights.has("admin");
  }
}

/** Whether all a principal may do is to add: nothing it sends may change what is there already. */
export const isAppendOnly = (principal: Principal): boolean => !may(principal, "admin");

/** As the audit log names it: `alice/4f3a91c07b2e`, `alice/session:9c1f…`, `host`. */
export function actorOf({ userName, keyId, sessionId }: Principal): string {
  if (userName === null) return "everybody";
  return `${userName}/${keyId ?? `session:${sessionId}`}`;
}
