// pull: a set's history comes back from a remote, oldest first, each snapshot judged like an upload: what does not
// hash to the id that was asked for is not stored. What is here already is not fetched, so a broken pull just goes on.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { openRemote, type Remote } from "#sync/remote.ts";
import { isWorthWaiting, type Patience } from "#sync/retry.ts";
import { fetchChain, type RemoteLink } from "#sync/chain.ts";
import { fetchHeads } from "#sync/set.ts";
import { allHeads } from "./all-heads.ts";
import { fetchOne, type Pulled } from "./fetch-one.ts";

export interface PullInput {
  readonly remoteUrl: string;
  /** What the remote is asked with; undefined: it may not ask. */
  readonly apiKey?: string | undefined;
  /** What vouches for it, instead of the system. */
  readonly authorities?: string | undefined;
  readonly dataDir: string;
  readonly set: SetName;
  readonly isDryRun: boolean;
  /** For tests: how long to wait for a remote that does not answer. */
  readonly patience?: Patience;
}

export interface PullSummary extends SetName {
  readonly remoteUrl: string;
  readonly isDryRun: boolean;
  readonly pulled: Pulled[];
  heldCount: number;
  /** Deleted here on purpose: they stay deleted. */
  deletedHereCount: number;
  waiting: { snapshotId: string; timestampMs: number }[];
  /** Why the run stopped early; a later one goes on. */
  stopped: BsvError | null;
}

export async function pull(scope: Scope, input: PullInput, run: Run): Promise<PullSummary> {
  const remote = openRemote(input.remoteUrl, input);
  const summary: PullSummary = {
    ...input.set,
    remoteUrl: remote.url,
    isDryRun: input.isDryRun,
    pulled: [],
    heldCount: 0,
    deletedHereCount: 0,
    waiting: [],
    stopped: null,
  };
  const there = [...(await fetchHeads(remote, input.set, run.signal)).values()];
  if (there.length === 0) throw nothingThere(remote, input.set);
  const here = new Map((await allHeads(scope, input.set)).map((head) => [head.snapshotId, head]));
  const held = new Set<string>();
  for (const head of there.filter((one) => !one.isDeleted)) {
    const known = here.get(head.snapshotId);
    if (known === undefined) summary.waiting.push(head);
    else if (known.deletedAtMs !== null) summary.deletedHereCount++;
    else held.add(head.snapshotId);
  }
  summary.heldCount = held.size;
  if (input.isDryRun) return summary;

  const way = { remote, set: input.set, dataDir: input.dataDir };
  const totalFiles = summary.waiting.length;
  const links = totalFiles === 0 ? new Map() : await linksAt(remote, input.set, run);
  while (summary.waiting.length > 0) {
    const next = summary.waiting[0]!;
    const base = there.findLast(
      (head) => head.timestampMs < next.timestampMs && held.has(head.snapshotId),
    );
    try {
      const pulled = await fetchOne(
        scope,
        way,
        { ...next, ...links.get(next.snapshotId) },
        base?.snapshotId ?? null,
        run,
      );
      if (pulled.outcome === "stored" || pulled.outcome === "exists") held.add(next.snapshotId);
      summary.pulled.push(pulled);
    } catch (error) {
      if (!isWorthWaiting(error)) throw error;
      summary.stopped = error;
      break;
    }
    summary.waiting.shift();
    const files = summary.pulled.length;
    const bytes = summary.pulled.reduce((sum, one) => sum + one.wireBytes, 0);
    run.monitor.progress({ phase: "fetch", files, bytes, totalFiles });
  }
  return summary;
}

// --- internal ---

/** What stands beside each document there: its signature, and its foreign writer's name for it. */
async function linksAt(remote: Remote, set: SetName, run: Run): Promise<Map<string, RemoteLink>> {
  try {
    const links = await fetchChain(remote, set, run.signal);
    return new Map(links.map((link) => [link.snapshotId, link]));
  } catch (error) {
    // A bsv from before there were signatures.
    if (error instanceof BsvError && error.code === "not_found") return new Map();
    throw error;
  }
}

function nothingThere(remote: Remote, { machineId, setName }: SetName): BsvError {
  return new BsvError("not_found", `The remote ${remote.url} holds no ${machineId}/${setName}`, {
    hint: "See what it holds with: bsv machines --remote, bsv sets --remote",
  });
}
