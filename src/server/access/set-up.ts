// The first start: while there are no users, whoever has the terminal has a token that makes the first one. It lives in this process
// alone, for an hour, and once.
import { hashOfSecret, isSameSecret, newSecret } from "#jobs/access/secret.ts";

export const SET_UP_LIFE_MS = 3_600_000;

export class SetUp {
  /** To be shown on the terminal. */
  readonly token: string;
  readonly expiresAtMs: number;
  readonly #hash: Uint8Array;

  constructor(nowMs: number) {
    const secret = newSecret();
    this.token = `bsv_setup_${secret}`;
    this.expiresAtMs = nowMs + SET_UP_LIFE_MS;
    this.#hash = hashOfSecret(this.token);
  }

  isRight(token: string, nowMs: number): boolean {
    return isSameSecret(hashOfSecret(token), this.#hash) && nowMs < this.expiresAtMs;
  }
}
