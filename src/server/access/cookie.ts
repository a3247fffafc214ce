// The session's cookie. `__Host-`: a browser takes it only with Secure, for the whole of this host, and from this host alone.

const NAME = "__Host-bsv";

export interface SessionCookie {
  readonly sessionId: string;
  readonly secret: string;
}

export function cookieOf(request: Request): SessionCookie | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const match = /^\s*__Host-bsv=([0-9a-f]{16})\.([0-9a-f]{64})\s*$/.exec(pair);
    if (match !== null) return { sessionId: match[1]!, secret: match[2]! };
  }
  return undefined;
}

export const cookieText = (sessionId: string, secret: string, lifeMs: number): string =>
  `${NAME}=${sessionId}.${secret}; Max-Age=${Math.floor(lifeMs / 1000)}; ${ATTRIBUTES}`;

export const endedCookie = (): string => `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

// --- internal ---

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict";
