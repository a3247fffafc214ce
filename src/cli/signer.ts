// This installation's signing key, where it has one.
import type { Signer } from "#core/signature.ts";

export async function signerOf(): Promise<Signer | undefined> {
  const { readSigningKey } = await import("#disk/signing-key.ts");
  return readSigningKey(await signingKeyPlace());
}

export async function signingKeyPlace(): Promise<string> {
  const [{ signingKeyFile }, { findHome }] = await Promise.all([
    import("#disk/signing-key.ts"),
    import("#disk/home.ts"),
  ]);
  return signingKeyFile(process.env, findHome(process.env));
}
