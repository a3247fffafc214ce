// What a request says of who asks, read once. Nothing of it is believed yet.
import { readApiKey, type ApiKey } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { onlyHeader } from "#server/layers/visit.ts";
import { cookieOf, type SessionCookie } from "./cookie.ts";

/** `key`: undefined where what stands in its place is none. */
export type Credential =
  | { readonly kind: "key"; readonly key: ApiKey | undefined }
  | { readonly kind: "token"; readonly text: string }
  | { readonly kind: "session"; readonly cookie: SessionCookie }
  | { readonly kind: "none" };

/** From X-API-Key, or Authorization: Bearer; both, or something else there, is not understood. A cookie only where there is neither. */
export function credentialOf(request: Request): Credential {
  const key = onlyHeader(request, "x-api-key");
  const authorization = onlyHeader(request, "authorization");
  if (key === null && authorization === null) {
    const cookie = cookieOf(request);
    return cookie === undefined ? NONE : { kind: "session", cookie };
  }
  if (key !== null && authorization !== null) {
    throw new BsvError("invalid_request", "Say who you are once: X-API-Key or Authorization");
  }
  const text = key === null ? (BEARER.exec(authorization!)?.[1] ?? "") : key.trim();
  return text.includes(".") ? { kind: "token", text } : { kind: "key", key: readApiKey(text) };
}

/** What it calls itself, for counting failures; undefined where it has no name. */
export function nameIn(credential: Credential): string | undefined {
  switch (credential.kind) {
    case "key":
      return credential.key?.keyId;
    case "token": {
      const sign = credential.text.slice(credential.text.lastIndexOf(".") + 1);
      return sign.length === SIGN_LENGTH ? `token ${sign}` : undefined;
    }
    case "session":
      return `session ${credential.cookie.sessionId}`;
    case "none":
      return undefined;
  }
}

// --- internal ---

/** SHA-256 in base64url. */
const SIGN_LENGTH = 43;

const NONE: Credential = { kind: "none" };
const BEARER = /^Bearer +(\S+) *$/i;
