// What signs tokens: in a file of its own beside the store, so that no backup of the store holds it. Changed every month; an older
// one is kept for as long as a token of its may live.
import { BsvError } from "#core/errors.ts";
import {
  TOKEN_LIFE_MS,
  type Claims,
  type TokenKey,
  readToken,
  writeToken,
} from "#core/access/token.ts";
import { readSecretFileIfAny, writeSecretFile } from "#disk/secret-file.ts";
import { isSameSecret, newSecret, newSessionId } from "./secret.ts";

export class TokenKeys {
  readonly #file: string;
  /** The newest first. */
  #keys: readonly TokenKey[];

  private constructor(file: string, keys: readonly TokenKey[]) {
    this.#file = file;
    this.#keys = keys;
  }

  /** Throws `config_invalid` when others may read the file, or it is not what was written. */
  static open(dataDir: string): TokenKeys {
    const file = `${dataDir}/token-keys.json`;
    const text = readSecretFileIfAny(file, "the tokens' keys in");
    return new TokenKeys(file, text === undefined ? [] : keysIn(text, file));
  }

  issue(claims: Omit<Claims, "issuedAtMs" | "expiresAtMs">, nowMs: number, lifeMs: number): string {
    const life = { issuedAtMs: nowMs, expiresAtMs: nowMs + Math.min(lifeMs, TOKEN_LIFE_MS) };
    return writeToken({ ...claims, ...life }, this.#current(nowMs), mac);
  }

  read(text: string, nowMs: number): Claims | undefined {
    return readToken(text, { keys: this.#keys, mac, isEqual: isSameSecret, nowMs });
  }

  // --- internal ---

  #current(nowMs: number): TokenKey {
    const newest = this.#keys[0];
    if (newest !== undefined && nowMs - newest.madeAtMs < KEY_LIFE_MS) return newest;
    const made = { kid: newSessionId(), secret: newSecret(), madeAtMs: nowMs };
    this.#keys = [made, ...(newest === undefined ? [] : [newest])];
    writeSecretFile(this.#file, `${JSON.stringify({ keys: this.#keys })}\n`);
    return made;
  }
}

// --- internal ---

const KEY_LIFE_MS = 30 * 24 * 3_600_000;

function mac(secretHex: string, text: string): Uint8Array {
  const hasher = new Bun.CryptoHasher("sha256", Uint8Array.fromHex(secretHex));
  return hasher.update(text).digest();
}

function keysIn(text: string, file: string): TokenKey[] {
  try {
    const { keys } = JSON.parse(text) as { keys: TokenKey[] };
    if (keys.every(isTokenKey)) return keys;
  } catch {
    // told below: neither the text nor what JSON.parse says of it may be shown
  }
  throw new BsvError("config_invalid", `${JSON.stringify(file)} is not what bsv wrote there`, {
    hint: "Remove it: tokens that are out become worthless, keys stay as they are",
  });
}

const isTokenKey = ({ kid, secret, madeAtMs }: TokenKey): boolean =>
  typeof kid === "string" && /^[0-9a-f]{64}$/.test(secret) && Number.isFinite(madeAtMs);
