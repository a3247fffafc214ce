// This installation's Ed25519 key: a PKCS#8 file that only its user may read, in the configuration's folder and not beside the store, so
// that no copy of the store carries it. Whoever has a copy of it can sign in this machine's name.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BsvError } from "#core/errors.ts";
import {
  publicKeySchema,
  signatureSchema,
  type Signer,
  type VerifySignature,
} from "#core/signature.ts";
import { makePrivateDir, type Environment, type Home } from "./home.ts";
import { writeNewFile } from "./new-file.ts";

/** Where the key is: BSV_SIGNING_KEY, or `keys/signing.pem` beside the backupset file. */
export const signingKeyFile = (env: Environment, home: Home): string =>
  env["BSV_SIGNING_KEY"] || `${home.configDir}/keys/signing.pem`;

/** Makes a key, 0600, and beside it the public half for others. Throws `conflict` where there is one. */
export function makeSigningKey(file: string): { signer: Signer; publicFile: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  makePrivateDir(dirname(file));
  if (!writeNewFile(file, privateKey.export({ type: "pkcs8", format: "pem" }) as string)) {
    throw new BsvError("conflict", `There is a key already: ${file}`, {
      hint: "It stays. To change keys, move it away, make a new one, and say bsv push --adopt once",
      details: { file },
    });
  }
  const signer = readSigningKey(file)!;
  const publicFile = `${file}.pub`;
  writeNewFile(publicFile, `${signer.publicKey}\n`);
  return { signer, publicFile };
}

/** The key; undefined where there is none. Throws `config_invalid` for one that others can read, or that is none. */
export function readSigningKey(file: string): Signer | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
    throw new BsvError("config_invalid", `Others than you may read the signing key ${file}`, {
      hint: `chmod 600 ${file}; if somebody may have read it, make a new one`,
      details: { file },
    });
  }
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType !== "ed25519") throw new Error(`it is ${key.asymmetricKeyType}`);
    const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
    return {
      publicKey: publicKey.subarray(SPKI_PREFIX.length).toString("hex"),
      sign: (text) => sign(null, Buffer.from(text), key).toString("hex"),
    };
  } catch (cause) {
    throw new BsvError("config_invalid", `${file} is no Ed25519 key: ${(cause as Error).message}`, {
      hint: "bsv keygen makes one",
      details: { file },
      cause,
    });
  }
}

export const verifySignature: VerifySignature = ({ publicKey, signature }, text) => {
  if (!publicKeySchema.safeParse(publicKey).success) return false;
  if (!signatureSchema.safeParse(signature).success) return false;
  const der = Buffer.concat([SPKI_PREFIX, Buffer.from(publicKey, "hex")]);
  try {
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "hex"));
  } catch {
    return false; // 32 bytes that are no point of the curve: nobody's key, so nobody signed
  }
};

// --- internal ---

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
