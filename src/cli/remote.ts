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

/** Where, and with which key. */
export interface RemoteAccess {
  readonly remoteUrl: string;
  readonly apiKey: string | undefined;
}

export async function requireRemote(
  context: Context,
  flag: string | undefined,
): Promise<RemoteAccess> {
  const remoteUrl = await remoteUrlFrom(context, flag);
  const { apiKeyFor } = await import("./api-key.ts");
  return { remoteUrl, apiKey: apiKeyFor(remoteUrl) };
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
  const { remoteUrl, apiKey } = await requireRemote(context, flag);
  return new RemoteHistory(remoteUrl, context.run, apiKey);
}
