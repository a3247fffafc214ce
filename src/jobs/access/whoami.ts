// Asks a remote whose key this is.
import type { Run } from "#core/run.ts";
import { fetchSelf, type RemoteSelf } from "#sync/auth.ts";
import { openRemote } from "#sync/remote.ts";

export type { RemoteSelf };

export interface WhoamiInput {
  readonly remoteUrl: string;
  readonly apiKey: string | undefined;
  readonly authorities: string | undefined;
}

/** `url` is the remote's address as it is remembered. Throws `unauthenticated`. */
export async function whoami(
  { remoteUrl, ...access }: WhoamiInput,
  run: Run,
): Promise<RemoteSelf & { url: string }> {
  const remote = openRemote(remoteUrl, access);
  return { ...(await fetchSelf(remote, run.signal)), url: remote.url };
}

/** As keys are stored under it: what a request would go to. Throws `usage`. */
export const addressOf = (remoteUrl: string): string => openRemote(remoteUrl).url;
