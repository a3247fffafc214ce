// Secrets are made here and leave as they are only once, towards whoever asked; what is kept of them is a hash. 256 random bits need
// no slow hash: nobody tries them all.
import { timingSafeEqual } from "node:crypto";
import type { ApiKey } from "#core/access/access.ts";

/** 64 hex digits. */
export const newSecret = (): string => randomHex(32);

export const newApiKey = (): ApiKey => ({ keyId: randomHex(6), secret: newSecret() });

/** A name for a session: no secret. */
export const newSessionId = (): string => randomHex(8);

/** In one step: it is done at every request. */
export const hashOfSecret = (secret: string): Uint8Array => Bun.CryptoHasher.hash("sha256", secret);

/** The same as 64 hex digits: cheaper where only they are needed. */
export const hashTextOfSecret = (secret: string): string =>
  Bun.CryptoHasher.hash("sha256", secret, "hex");

/** Takes as long wherever the first difference is. */
export const isSameSecret = (a: Uint8Array, b: Uint8Array): boolean => timingSafeEqual(a, b);

// --- internal ---

const randomHex = (bytes: number): string => crypto.getRandomValues(new Uint8Array(bytes)).toHex();
