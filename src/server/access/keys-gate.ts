// The gate of a server with users: a key, a token or a session's cookie becomes a principal. Whatever is wrong with it, the answer is
// one and the same, and takes as long: an unknown id is compared like a known one.
import { readApiKey } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { may, RIGHTS, type Principal, type Right } from "#core/access/principal.ts";
import { keyHolder, type KeyHolder } from "#db/access/keys.ts";
import type { Scope } from "#db/scope.ts";
import { sessionHolder } from "#db/access/sessions.ts";
import { hashOfSecret, isSameSecret } from "#jobs/access/secret.ts";
import type { TokenKeys } from "#jobs/access/token-keys.ts";
import type { AuditNotes } from "./audit-notes.ts";
import { cookieOf } from "./cookie.ts";
import { notSignedIn, type Gate } from "./gate.ts";
import type { Uses } from "./uses.ts";
import { onlyHeader } from "#server/layers/visit.ts";

interface Parts {
  readonly scope: Scope;
  readonly uses: Uses;
  readonly tokens: TokenKeys;
  readonly notes: AuditNotes;
  readonly now: () => number;
}

export class KeysGate implements Gate {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async identify(request: Request, from: string): Promise<Principal | undefined> {
    const credential = credentialOf(request);
    if (credential !== undefined) {
      return credential.includes(".")
        ? this.#byToken(credential, from)
        : this.#byKey(credential, from);
    }
    const cookie = cookieOf(request);
    return cookie === undefined ? undefined : this.#bySession(cookie, request, from);
  }

  // --- internal ---

  async #byKey(text: string, from: string): Promise<Principal> {
    const { scope, now } = this.#parts;
    const said = readApiKey(text) ?? NOBODYS_KEY;
    const hash = hashOfSecret(said.secret);
    const holder = await keyHolder(scope, said.keyId, hash.toHex());
    const isRight = isSameSecret(hash, holder?.secretHash ?? NOBODYS_HASH);
    if (holder === undefined || !isRight || holder.endsAtMs <= now()) {
      throw this.#refused(holder === undefined ? "unknown key" : `key ${said.keyId}`, from);
    }
    this.#used(said.keyId, from, holder);
    return principalOf(said.keyId, holder, holder.rights, holder.machines);
  }

  /** What a token gives is asked of its key, too: it may have less by now. */
  async #byToken(text: string, from: string): Promise<Principal> {
    const { scope, now, tokens } = this.#parts;
    const claims = tokens.read(text, now());
    const holder = claims && (await keyHolder(scope, claims.keyId, "token"));
    if (claims === undefined || holder === undefined || holder.endsAtMs <= now()) {
      throw this.#refused(claims === undefined ? "token" : `token of key ${claims.keyId}`, from);
    }
    this.#used(claims.keyId, from, holder);
    const key = principalOf(claims.keyId, holder, holder.rights, holder.machines);
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
    { sessionId, secret }: { sessionId: string; secret: string },
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

  #used(id: string, from: string, { lastUsedAtMs }: KeyHolder): void {
    const { uses, now } = this.#parts;
    uses.note({ what: "key", id, from, atMs: now() }, lastUsedAtMs ?? 0);
  }

  #refused(target: string, from: string): BsvError {
    const { notes, now } = this.#parts;
    const event = { actor: "nobody", what: "sign-in", target, from };
    notes.note({ ...event, result: "unauthenticated", atMs: now() });
    return notSignedIn();
  }
}

// --- internal ---

const NOBODYS_KEY = { keyId: "", secret: "0".repeat(64) };
const NOBODYS_HASH = new Uint8Array(32);

/** From X-API-Key, or Authorization: Bearer; both, or something else there, is not understood. */
function credentialOf(request: Request): string | undefined {
  const key = onlyHeader(request, "x-api-key");
  const authorization = onlyHeader(request, "authorization");
  if (key !== null && authorization !== null) {
    throw new BsvError("invalid_request", "Say who you are once: X-API-Key or Authorization");
  }
  if (authorization === null) return key?.trim();
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
}

function principalOf(
  keyId: string,
  holder: KeyHolder,
  rights: ReadonlySet<Right>,
  machines: readonly string[] | null,
): Principal {
  const { userId, userName } = holder;
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
