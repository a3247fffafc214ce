// The gate of a server with users: a key, a token or a session's cookie becomes a principal. Whatever is wrong with it, the answer is
// one and the same, and takes as long: an unknown id is compared like a known one.
import type { ApiKey } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { may, RIGHTS, type Principal, type Right } from "#core/access/principal.ts";
import { keyHolder, type KeyHolder } from "#db/access/keys.ts";
import type { Scope } from "#db/scope.ts";
import { sessionHolder } from "#db/access/sessions.ts";
import { hashOfSecret, hashTextOfSecret, isSameSecret } from "#jobs/access/secret.ts";
import type { TokenKeys } from "#jobs/access/token-keys.ts";
import type { AuditNotes } from "./audit-notes.ts";
import type { SessionCookie } from "./cookie.ts";
import type { Credential } from "./credential.ts";
import { notSignedIn, type Gate } from "./gate.ts";
import type { Uses } from "./uses.ts";

interface Parts {
  readonly scope: Scope;
  readonly uses: Uses;
  readonly tokens: TokenKeys;
  readonly notes: AuditNotes;
  readonly now: () => number;
}

export class KeysGate implements Gate {
  readonly #parts: Parts;
  /** Of those whose secret was right, made once: a holder is known on while nobody writes to the store. */
  readonly #principals = new WeakMap<KeyHolder, Principal>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async identify(
    credential: Credential,
    request: Request,
    from: string,
  ): Promise<Principal | undefined> {
    switch (credential.kind) {
      case "key":
        return this.#byKey(credential.key ?? NOBODYS_KEY, from);
      case "token":
        return this.#byToken(credential.text, from);
      case "session":
        return this.#bySession(credential.cookie, request, from);
      case "none":
        return undefined;
    }
  }

  // --- internal ---

  #byKey({ keyId, secret }: ApiKey, from: string): Principal {
    const { scope, now } = this.#parts;
    const hash = hashTextOfSecret(secret);
    const holder = keyHolder(scope, keyId, hash);
    // A holder is known on for one hash alone: where that was right once, it is.
    let principal = holder && this.#principals.get(holder);
    const isRight =
      principal !== undefined ||
      isSameSecret(Uint8Array.fromHex(hash), holder?.secretHash ?? NOBODYS_HASH);
    const nowMs = now();
    if (holder === undefined || !isRight || holder.endsAtMs <= nowMs) {
      throw this.#refused(holder === undefined ? "unknown key" : `key ${keyId}`, from);
    }
    this.#used(keyId, from, holder, nowMs);
    if (principal === undefined) {
      principal = principalOf(keyId, holder);
      this.#principals.set(holder, principal);
    }
    return principal;
  }

  /** What a token gives is asked of its key, too: it may have less by now. */
  #byToken(text: string, from: string): Principal {
    const { scope, now, tokens } = this.#parts;
    const nowMs = now();
    const claims = tokens.read(text, nowMs);
    const holder = claims && keyHolder(scope, claims.keyId, "token");
    if (claims === undefined || holder === undefined || holder.endsAtMs <= nowMs) {
      throw this.#refused(claims === undefined ? "token" : `token of key ${claims.keyId}`, from);
    }
    this.#used(claims.keyId, from, holder, nowMs);
    const key = principalOf(claims.keyId, holder);
    const rights = new Set<Right>([...claims.rights].filter((right) => may(key, right)));
    return {
      ...key,
      rights,
      isAdmin: false,
      machines: claims.machines ?? key.machines,
      isToken: true,
    };
  }

  async #bySession(
    { sessionId, secret }: SessionCookie,
    request: Request,
    from: string,
  ): Promise<Principal> {
    const { scope, now, uses } = this.#parts;
    const holder = await sessionHolder(scope, sessionId, now());
    const isRight = isSameSecret(hashOfSecret(secret), holder?.secretHash ?? NOBODYS_HASH);
    if (holder === undefined || !isRight) throw notSignedIn();
    refuseOtherPages(request);
    uses.note({ what: "session", id: sessionId, from, atMs: now() }, holder.lastUsedAtMs);
    return {
      userId: holder.userId,
      userName: holder.userName,
      keyId: null,
      sessionId,
      isAdmin: holder.isAdmin,
      rights: new Set(RIGHTS),
      machines: null,
    };
  }

  #used(id: string, from: string, { lastUsedAtMs }: KeyHolder, atMs: number): void {
    this.#parts.uses.note({ what: "key", id, from, atMs }, lastUsedAtMs ?? 0);
  }

  #refused(target: string, from: string): BsvError {
    const { notes, now } = this.#parts;
    const event = { actor: "nobody", what: "sign-in", target, from };
    notes.note({ ...event, result: "unauthenticated", atMs: now() });
    return notSignedIn();
  }
}

// --- internal ---

const NOBODYS_KEY: ApiKey = { keyId: "", secret: "0".repeat(64) };
const NOBODYS_HASH = new Uint8Array(32);

function principalOf(keyId: string, holder: KeyHolder): Principal {
  const { userId, userName, rights, machines } = holder;
  // A key that is bound to machines never acts for the whole server.
  const isAdmin = holder.isAdmin && rights.has("admin") && machines === null;
  return { userId, userName, keyId, sessionId: null, isAdmin, rights, machines };
}

/**
 * A cookie is sent by the browser, whoever's page asks. SameSite=Strict keeps it from other sites; this keeps it from all but our own
 * pages, also where a browser is old, or an origin is allowed to ask with a key of its own.
 */
function refuseOtherPages(request: Request): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isOwnOrigin = origin !== null && URL.parse(origin)?.host === request.headers.get("host");
  const isSafe = request.method === "GET" || request.method === "HEAD";
  const isForeign =
    (origin !== null && !isOwnOrigin) ||
    (site !== null && site !== "same-origin" && !(site === "none" && isSafe));
  const isSilent = origin === null && site === null;
  if (!isForeign && !(isSilent && !isSafe)) return;
  throw new BsvError("forbidden", "A session acts only for pages of this server");
}
