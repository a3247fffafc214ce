// What can be done to API keys: made, rotated, revoked. The secret of a new one is in the summary, and nowhere else ever again.
import { apiKeyText } from "#core/access/access.ts";
import type { Right } from "#core/access/principal.ts";
import type { Run } from "#core/run.ts";
import type { Key } from "#core/access/access-facts.ts";
import { addKey, revokeKey, rotateKey } from "#db/access/keys.ts";
import type { Scope } from "#db/scope.ts";
import { hashOfSecret, newApiKey } from "./secret.ts";
import type { Asker } from "./user.ts";

export interface KeyInput {
  readonly user: string;
  readonly label: string | null;
  readonly rights: readonly Right[];
  readonly machines: readonly string[] | null;
  /** How long it lives; null: until it is revoked. */
  readonly lifeMs: number | null;
  readonly by: Asker;
}

export interface MadeKey {
  readonly key: Key;
  /** To be shown once. */
  readonly text: string;
}

export async function createKey(scope: Scope, input: KeyInput, run: Run): Promise<MadeKey> {
  const { by, lifeMs, ...wish } = input;
  const made = newApiKey();
  const atMs = run.now();
  const key = await addKey(
    scope,
    {
      ...wish,
      keyId: made.keyId,
      secretHash: hashOfSecret(made.secret),
      expiresAtMs: lifeMs === null ? null : atMs + lifeMs,
    },
    { ...by, atMs },
  );
  return { key, text: apiKeyText(made) };
}

export interface RotationInput {
  readonly keyId: string;
  /** How long both are valid. */
  readonly graceMs: number;
  readonly by: Asker;
}

export async function replaceKey(
  scope: Scope,
  { keyId, graceMs, by }: RotationInput,
  run: Run,
): Promise<MadeKey & { old: Key }> {
  const { keyId: newId, secret } = newApiKey();
  const rotation = { keyId, newId, secretHash: hashOfSecret(secret), graceMs };
  const { old, made } = await rotateKey(scope, rotation, { ...by, atMs: run.now() });
  return { old, key: made, text: apiKeyText({ keyId: newId, secret }) };
}

export function endKey(
  scope: Scope,
  { keyId, by }: { keyId: string; by: Asker },
  run: Run,
): Promise<Key> {
  return revokeKey(scope, keyId, { ...by, atMs: run.now() });
}
