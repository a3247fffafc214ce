// The remote of a command line: --remote, BSV_REMOTE, or remote.url of the backupset file.
import { BsvError } from "#core/errors.ts";
import type { RemoteHistory } from "#jobs/remote-history.ts";
import type { Context } from "./context.ts";

/** For commands that need one. */
export const remoteFlag = {
  type: "string",
  valueHint: "URL",
  description: "The bsv server (default: BSV_REMOTE, then remote.url of the backupset file)",
} as const;

/** For commands that look into this store unless told otherwise. */
export const remoteInstead = {
  type: "string",
  valueHint: "URL",
  description: "Look at this bsv server instead; `default` is the one that push sends to",
} as const;

/** Where, with which key, and what proves that it is there. */
export interface RemoteAccess {
  readonly remoteUrl: string;
  readonly apiKey: string | undefined;
  readonly authorities: string | undefined;
}

export async function requireRemote(
  context: Context,
  flag: string | undefined,
): Promise<RemoteAccess> {
  const remoteUrl = await remoteUrlFrom(context, flag);
  const { apiKeyFor } = await import("./api-key.ts");
  return { remoteUrl, apiKey: apiKeyFor(remoteUrl), authorities: await authoritiesOf(context) };
}

/** The certificates of --cacert or BSV_CACERT, by which a remote is known instead of the system's. Throws `usage` where it holds none. */
export async function authoritiesOf({ globals }: Context): Promise<string | undefined> {
  const said = globals.cacert;
  const file = said ? said : process.env["BSV_CACERT"];
  if (!file) return undefined;
  const { readWholeText } = await import("#disk/whole-text.ts");
  const text = await readWholeText(file, MOST_CERTIFICATE_BYTES);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  const from = said ? "--cacert" : "BSV_CACERT";
  throw new BsvError("usage", `There is no certificate in ${JSON.stringify(file)}, of ${from}`);
}

export async function remoteUrlFrom(context: Context, flag: string | undefined): Promise<string> {
  const remote = flag === "default" ? undefined : flag;
  const { remoteUrl } = await context.settings({ remote });
  if (remoteUrl.value !== undefined) return remoteUrl.value;
  throw new BsvError("usage", "No remote is named", {
    hint: "Say --remote https://host[:port], set BSV_REMOTE, or write remote: { url: … } into the backupset file",
  });
}

/** What the remote holds, if --remote was given. */
export async function remoteHistory(
  context: Context,
  flag: string | undefined,
): Promise<RemoteHistory | undefined> {
  if (flag === undefined) return undefined;
  const { RemoteHistory } = await import("#jobs/remote-history.ts");
  const { remoteUrl, ...access } = await requireRemote(context, flag);
  return new RemoteHistory(remoteUrl, context.run, access);
}

// --- internal ---

/** All that a system trusts is some 200 KB. */
const MOST_CERTIFICATE_BYTES = 4 * 1024 * 1024;
