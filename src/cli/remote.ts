// The remote of a command line: --remote, BSV_REMOTE, or remote.url of the backupset file.
import { BsvError } from "#core/errors.ts";
import type { Context } from "./context.ts";

export const remoteFlag = {
  type: "string",
  valueHint: "URL",
  description: "The bsv server (default: BSV_REMOTE, then remote.url of the backupset file)",
} as const;

export async function requireRemote(context: Context, flag: string | undefined): Promise<string> {
  const { remoteUrl } = await context.settings({ remote: flag });
  if (remoteUrl.value !== undefined) return remoteUrl.value;
  throw new BsvError("usage", "No remote is named", {
    hint: "Say --remote https://host[:port], set BSV_REMOTE, or write remote: { url: … } into the backupset file",
  });
}
