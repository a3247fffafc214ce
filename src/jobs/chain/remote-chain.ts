// What a remote holds of a chain: its links, and whether its headers are still what their ids say.
import { snapshotId as idOf } from "#core/document.ts";
import type { ChainFinding, Link } from "#core/chain/link.ts";
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import { newSha256 } from "#disk/sha256.ts";
import { fetchChain } from "#sync/chain.ts";
import { fetchSnapshots, REMOTE_PAGE } from "#sync/history.ts";
import type { Remote } from "#sync/remote.ts";

export interface RemoteChain {
  readonly links: readonly Link[];
  /** Headers that do not hash to their ids, or are not as the chain tells of them; undefined where we may not read them. */
  readonly changed: readonly ChainFinding[] | undefined;
}

/** A remote that does not know the set holds nothing of it: what it acknowledged says whether it should. */
export async function remoteChain(remote: Remote, set: SetName, run: Run): Promise<RemoteChain> {
  try {
    const links = await fetchChain(remote, set, run.signal);
    return { links, changed: await changedHeaders(remote, set, links, run).catch(mayNotRead) };
  } catch (error) {
    if (error instanceof BsvError && error.code === "not_found") return { links: [], changed: [] };
    throw error;
  }
}

// --- internal ---

/** A key to push with reads no headers: they tell which paths are witnessed. */
function mayNotRead(error: unknown): undefined {
  if (error instanceof BsvError && error.code === "forbidden") return undefined;
  throw error;
}

async function changedHeaders(
  remote: Remote,
  set: SetName,
  links: readonly Link[],
  run: Run,
): Promise<ChainFinding[]> {
  const changed: ChainFinding[] = [];
  const told = new Map(links.map((link) => [link.snapshotId, link]));
  let cursor: string | undefined;
  do {
    const page = { limit: REMOTE_PAGE, cursor, order: "asc" as const };
    const { rows, nextCursor } = await fetchSnapshots(remote, set, {}, page, run.signal);
    for (const { snapshotId, timestampMs, parentId, headerText } of rows) {
      const link = told.get(snapshotId);
      const isAsTold =
        link === undefined || (link.parentId === parentId && link.timestampMs === timestampMs);
      if (isAsTold && idOf(headerText, newSha256) === snapshotId) continue;
      const problem = "its header at the remote does not hash to its id";
      changed.push({ kind: "changed", snapshotId, timestampMs, problem });
    }
    cursor = rows.length === 0 ? undefined : (nextCursor ?? undefined);
  } while (cursor !== undefined);
  return changed;
}
