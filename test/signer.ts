// Keys for tests: random ones, and those of a given seed.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { Signer } from "#core/signature.ts";

export function newSigner(): Signer {
  return signerOf(generateKeyPairSync("ed25519").privateKey);
}

/** The key of RFC 8032's 32 secret bytes. */
export function signerOfSeed(seed: Buffer): Signer {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return signerOf(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
}

// --- internal ---

function signerOf(key: ReturnType<typeof createPrivateKey>): Signer {
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    publicKey: spki.subarray(-32).toString("hex"),
    sign: (text) => sign(null, Buffer.from(text), key).toString("hex"),
  };
}
