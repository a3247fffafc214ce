// What a request says of who asks, read once. Nothing of it is believed yet.
import { readApiKey, type ApiKey } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { onlyHeader } from "#server/layers/visit.ts";

/** `key`: undefined where what stands in its place is none. `none`: maybe a session's cookie. */
export type Credential =
  | { readonly kind: "key"; readonly key: ApiKey | undefined }
  | { readonly kind: "token"; readonly text: string }
  | { readonly kind: "none" };

/** From X-API-Key, or Authorization: Bearer; both, or something else there, is not understood. */
export function credentialOf(request: Request): Credential {
  const key = onlyHeader(request, "x-api-key");
  const authorization = onlyHeader(request, "authorization");
  if (key === null && authorization === null) return NONE;
  if (key !== null && authorization !== null) {
    throw new BsvError("invalid_request", "Say who you are once: X-API-Key or Authorization");
  }
  const text = key === null ? (BEARER.exec(authorization!)?.[1] ?? "") : key.trim();
  return text.includes(".") ? { kind: "token", text } : { kind: "key", key: readApiKey(text) };
}

// --- internal ---

const NONE: Credential = { kind: "none" };
const BEARER = /^Bearer +(\S+) *$/i;
