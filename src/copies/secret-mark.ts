// What stands in records for words that may hold a secret: enough to tell two of them apart.
import { newSha256 } from "#disk/sha256.ts";

/** `#1f8a09c2` */
export function secretMark(words: string): string {
  const hasher = newSha256();
  hasher.update(words);
  return `#${hasher.digest("hex").slice(0, HASH_DIGITS)}`;
}

// --- internal ---

/** So few that a guessed secret is not proven by it. */
const HASH_DIGITS = 8;
