// Signing in: who am I, a short-lived token for a key, a session for a browser. One refusal for whatever is wrong.
import { z } from "zod";
import { machinePatternSchema, MOST_PATTERNS, rightsText } from "#core/access/access.ts";
import { sessionFacts } from "#core/access/access-facts.ts";
import { BsvError } from "#core/errors.ts";
import { may, RIGHTS, type Principal, type Right } from "#core/access/principal.ts";
import { TOKEN_LIFE_MS } from "#core/access/token.ts";
import { listSessions, SESSION_LIFE_MS } from "#db/access/sessions.ts";
import { passwordHashOf } from "#db/access/users.ts";
import { isPassword } from "#jobs/access/password.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { accountHolder, askerOf } from "#server/access/asker.ts";
import { cookieText, endedCookie } from "#server/access/cookie.ts";
import type { House } from "#server/house.ts";
import { route } from "#server/route.ts";
import { timestampShape } from "#server/shapes.ts";

const scopes = z.array(z.enum(RIGHTS));

const whoShape = z.object({
  user: z.string().nullable(),
  role: z.enum(["admin", "member"]).meta({ description: "As what this key or session acts" }),
  key_id: z.string().nullable(),
  session_id: z.string().nullable(),
  scopes,
  machines: z.array(z.string()).nullable(),
});

export const whoami = route({
  method: "GET",
  path: "/auth/whoami",
  about: "Whose key or session this is, and what it may do",
  needs: "anyone",
  answers: { 200: { about: "That", schema: whoShape } },
  handle({ principal }) {
    const { userName, keyId, sessionId, isAdmin, rights, machines } = principal!;
    return jsonAnswer({
      user: userName,
      role: isAdmin ? "admin" : "member",
      key_id: keyId,
      session_id: sessionId,
      scopes: RIGHTS.filter((right) => rights.has(right)),
      machines: machines === null ? null : [...machines],
    } satisfies z.output<typeof whoShape>);
  },
});

const tokenShape = z.object({
  token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int().meta({ description: "Seconds" }),
  scopes,
  machines: z.array(z.string()).nullable(),
});

export const giveToken = route({
  method: "POST",
  path: "/auth/token",
  about: "A short-lived token (JWT) for a key, with at most its rights, and never admin",
  needs: "anyone",
  body: z.strictObject({
    scopes: z.array(z.enum(["push", "read"])).optional(),
    machines: z.array(machinePatternSchema).min(1).max(MOST_PATTERNS).optional(),
    expires_in: z
      .int()
      .min(1)
      .max(TOKEN_LIFE_MS / 1000)
      .default(TOKEN_LIFE_MS / 1000),
  }),
  answers: {
    200: { about: "The token; it dies with its key, too", schema: tokenShape },
    403: { about: "More than the key may, or no key: a token gives no further token" },
  },
  handle({ house, principal, body, from }) {
    const { keyId, userName, machines, isToken } = principal!;
    if (house.access === undefined || keyId === null || userName === null || isToken === true) {
      throw new BsvError("forbidden", "Only a key gives a token");
    }
    const rights = new Set<Right>(body.scopes ?? givable(principal!));
    if (![...rights].every((right) => may(principal!, right)) || rights.size === 0) {
      throw new BsvError("forbidden", "The key has not all these rights");
    }
    const claimed = body.machines ?? machines;
    if (machines !== null && !claimed!.every((pattern) => machines.includes(pattern))) {
      throw new BsvError("forbidden", "The key is not bound to all these machines");
    }
    const nowMs = house.now();
    const claims = { keyId, userName, rights, machines: claimed };
    const token = house.access.tokens.issue(claims, nowMs, body.expires_in * 1000);
    const target = `${rightsText(rights)} for ${body.expires_in} s`;
    const event = { ...askerOf({ principal, from }), what: "token", target, result: "ok" };
    house.access.notes.note({ ...event, atMs: nowMs });
    return jsonAnswer({
      token,
      token_type: "Bearer",
      expires_in: body.expires_in,
      scopes: [...rights],
      machines: claimed === null ? null : [...claimed],
    } satisfies z.output<typeof tokenShape>);
  },
});

const sessionShape = z.object({
  session_id: z.string(),
  user: z.string(),
  created_at: timestampShape,
  last_used_at: timestampShape,
  expires_at: timestampShape,
  from: z.string().nullable(),
});

export const signIn = route({
  method: "POST",
  path: "/auth/session",
  about: "Sign in with a password; the session's cookie is for this server's own pages",
  needs: "nobody",
  body: z.strictObject({ user: z.string().max(200), password: z.string().max(1000) }),
  answers: {
    201: { about: "Signed in", schema: sessionShape },
    401: { about: "Not this user, or not this password" },
  },
  handle: ({ house, body, from }) =>
    house.bounds.attempts.guardPassword(from, `user ${body.user}`, () =>
      newSession(house, body, from),
    ),
});

export const signOut = route({
  method: "DELETE",
  path: "/auth/session",
  about: "End this session",
  needs: "anyone",
  answers: { 204: { about: "Ended" } },
  async handle(call) {
    const sessionId = call.principal?.sessionId ?? null;
    if (sessionId === null) throw new BsvError("not_found", "This is no session");
    await call.house.writer.do("sign-out", { sessionId, by: askerOf(call) });
    return new Response(null, { status: 204, headers: { "Set-Cookie": endedCookie() } });
  },
});

export const showSessions = route({
  method: "GET",
  path: "/auth/sessions",
  about: "List sessions, the newest first: one's own, or for an admin all",
  needs: "admin",
  answers: { 200: { about: "Those that have not ended", schema: z.array(sessionShape) } },
  async handle(call) {
    accountHolder(call);
    const sessions = await listSessions(call.house.scope, call.house.now());
    return jsonAnswer(sessions.map(sessionFacts));
  },
});

export const endSession = route({
  method: "DELETE",
  path: "/auth/sessions/{session_id}",
  about: "End a session",
  needs: "admin",
  params: z.strictObject({
    session_id: z.string().regex(/^[0-9a-f]{16}$/, "is no id of a session"),
  }),
  answers: { 204: { about: "Ended" } },
  async handle(call) {
    accountHolder(call);
    const wish = { sessionId: call.params.session_id, by: askerOf(call) };
    await call.house.writer.do("sign-out", wish);
    return new Response(null, { status: 204 });
  },
});

// --- internal ---

async function newSession(
  house: House,
  body: { user: string; password: string },
  from: string,
): Promise<Response> {
  const hash = await passwordHashOf(house.scope, body.user);
  if (house.access === undefined || !(await isPassword(body.password, hash))) {
    // A password typed into the wrong field must not be written down: only names that exist are.
    const actor = hash === null ? "nobody" : body.user;
    const event = { actor, what: "sign-in", target: "password", from };
    house.access?.notes.note({ ...event, result: "unauthenticated", atMs: house.now() });
    throw new BsvError("unauthenticated", "Not this user, or not this password");
  }
  const by = { actor: body.user, from };
  const { session, secret } = await house.writer.do("sign-in", { user: body.user, by });
  const cookie = cookieText(session.sessionId, secret, SESSION_LIFE_MS);
  return jsonAnswer(sessionFacts(session), 201, { "Set-Cookie": cookie });
}

/** What a token may carry of a key's rights when nobody says. */
const givable = (principal: Principal): Right[] =>
  (["push", "read"] as const).filter((right) => may(principal, right));
