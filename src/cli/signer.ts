// This installation's signing key, where it has one.
import { BsvError } from "#core/errors.ts";
import type { Signer } from "#core/signature.ts";

/** Undefined where there is none; one that was named must be there. */
export async function signerOf(): Promise<Signer | undefined> {
  const { readSigningKey } = await import("#disk/signing-key.ts");
  const file = await signingKeyPlace();
  const signer = readSigningKey(file);
  if (signer !== undefined || !process.env["BSV_SIGNING_KEY"]) return signer;
  throw new BsvError("config_invalid", `BSV_SIGNING_KEY names ${file}, and there is no key`, {
    hint: "`bsv keygen` makes one there",
    details: { file },
  });
}

export async function signingKeyPlace(): Promise<string> {
  const [{ signingKeyFile }, { findHome }] = await Promise.all([
    import("#disk/signing-key.ts"),
    import("#disk/home.ts"),
  ]);
  return signingKeyFile(process.env, findHome(process.env));
}
