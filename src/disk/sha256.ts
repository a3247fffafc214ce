// The hash of the house. Everything that needs one is given this: core has none of its own.
import type { NewHasher } from "#core/document.ts";

export const newSha256: NewHasher = () => new Bun.CryptoHasher("sha256");
