// The key a remote is asked with: BSV_API_KEY, then the one that `bsv login` stored for exactly this address.
import { readApiKey } from "#core/access/access.ts";
import { BsvError } from "#core/errors.ts";
import { storedKey } from "#disk/key-ring.ts";
import { findHome } from "#disk/home.ts";
import { addressOf } from "#jobs/access/whoami.ts";

/** Undefined where there is none: the remote may not ask for one. */
export function apiKeyFor(remoteUrl: string): string | undefined {
  const said = process.env["BSV_API_KEY"];
  if (said) return checkedKey(said.trim(), "BSV_API_KEY");
  return storedKey(findHome(process.env).configDir, addressOf(remoteUrl));
}

/** A key, or a token made of one. The text itself is never shown. */
export function checkedKey(text: string, from: string): string {
  if (readApiKey(text) !== undefined || /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return text;
  throw new BsvError("usage", `${from} holds no API key`, {
    hint: "A key begins with bsv_, as `bsv key create` wrote it",
  });
}
