// A certificate and its private key, PEM, as a server speaks TLS with them; proved to belong together before anybody is asked to
// trust them.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import { readSecretFile } from "./secret-file.ts";

export interface CertificateFiles {
  /** The chain, the server's own first. */
  readonly cert: string;
  readonly key: string;
}

/** PEM texts. Throws `config_invalid` naming the file that is of no use, or whose key others can read. */
export function readCertificate(files: CertificateFiles): { cert: string; key: string } {
  const key = readSecretFile(files.key, "the private key");
  const cert = told(files.cert, "Can't read the certificate", () =>
    readFileSync(files.cert, "utf8"),
  );
  const own = told(files.cert, "There is no certificate in", () => new X509Certificate(cert));
  const secret = told(files.key, "There is no usable private key in", () => createPrivateKey(key));
  if (own.checkPrivateKey(secret)) return { cert, key };
  throw new BsvError("config_invalid", `${files.key} is not the key of ${files.cert}`, {
    details: { ...files },
  });
}

// --- internal ---

function told<T>(file: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new BsvError("config_invalid", `${what} ${file}: ${(cause as Error).message}`, {
      details: { file },
      cause,
    });
  }
}
