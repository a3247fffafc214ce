// Short-lived tokens (JWT, HS256): what a key hands to somebody who shall not have the key. Exactly one algorithm and one form are
// read; the key that it came from is asked anyway at every request, so that a token dies with its key.
import { z } from "zod";
import { readRights, rightsText } from "./access.ts";
import type { Right } from "./principal.ts";

/** Nobody needs one for longer: the key gives another. */
export const TOKEN_LIFE_MS = 15 * 60_000;

export interface Claims {
  readonly keyId: string;
  readonly userName: string;
  readonly rights: ReadonlySet<Right>;
  readonly machines: readonly string[] | null;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** A secret that signs tokens. Its id stands in them, so that it can be changed while older ones still live. */
export interface TokenKey {
  readonly kid: string;
  /** Hex. */
  readonly secret: string;
  readonly madeAtMs: number;
}

/** HMAC-SHA-256 of a text. */
export type Mac = (secretHex: string, text: string) => Uint8Array;
export type IsEqual = (a: Uint8Array, b: Uint8Array) => boolean;

export function writeToken(claims: Claims, { kid, secret }: TokenKey, mac: Mac): string {
  const payload: Payload = {
    iss: ISSUER,
    sub: claims.userName,
    key: claims.keyId,
    scope: rightsText(claims.rights),
    machines: claims.machines === null ? null : [...claims.machines],
    iat: Math.floor(claims.issuedAtMs / 1000),
    exp: Math.floor(claims.expiresAtMs / 1000),
  };
  const text = `${part({ alg: "HS256", typ: "JWT", kid })}.${part(payload)}`;
  return `${text}.${mac(secret, text).toBase64(URL_SAFE)}`;
}

/** Undefined for whatever is not a token of ours that lives: forged, altered, too old, of another form. */
export function readToken(
  text: string,
  {
    keys,
    mac,
    isEqual,
    nowMs,
  }: { keys: readonly TokenKey[]; mac: Mac; isEqual: IsEqual; nowMs: number },
): Claims | undefined {
  const [head, body, sign, ...more] = text.split(".");
  if (sign === undefined || more.length > 0 || text.length > LONGEST) return undefined;
  const header = headerSchema.safeParse(read(head!)).data;
  const key = keys.find(({ kid }) => kid === header?.kid);
  const signature = bytesOf(sign);
  if (key === undefined || signature === undefined) return undefined;
  const right = mac(key.secret, `${head}.${body}`);
  if (signature.length !== right.length || !isEqual(signature, right)) return undefined;
  const payload = payloadSchema.safeParse(read(body!)).data;
  if (payload === undefined || payload.exp * 1000 <= nowMs) return undefined;
  return {
    keyId: payload.key,
    userName: payload.sub,
    rights: readRights(payload.scope),
    machines: payload.machines,
    issuedAtMs: payload.iat * 1000,
    expiresAtMs: payload.exp * 1000,
  };
}

// --- internal ---

const ISSUER = "bsv";
const LONGEST = 16 * 1024;
const URL_SAFE = { alphabet: "base64url", omitPadding: true } as const;

const headerSchema = z.strictObject({
  alg: z.literal("HS256"),
  typ: z.literal("JWT"),
  kid: z.string(),
});
const payloadSchema = z.strictObject({
  iss: z.literal(ISSUER),
  sub: z.string(),
  key: z.string(),
  scope: z.string(),
  machines: z.array(z.string()).nullable(),
  iat: z.int(),
  exp: z.int(),
});
type Payload = z.output<typeof payloadSchema>;

const part = (value: object): string =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64(URL_SAFE);

function read(part: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytesOf(part)));
  } catch {
    return undefined; // no JSON: no token, as the schema then says
  }
}

/** Each value has one spelling; of any other nothing is read. */
function bytesOf(part: string): Uint8Array | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  const bytes = Buffer.from(part, "base64url");
  return bytes.toBase64(URL_SAFE) === part ? bytes : undefined;
}
