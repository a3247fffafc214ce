// pull: a set's history comes back from a remote, oldest first, each snapshot judged like an upload: what does not
// hash to the id that was asked for is not stored. What is here already is not fetched, so a broken pull just goes on.
import { join } from "node:path";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { Inbox } from "#disk/inbox.ts";
import { makePrivateDir } from "#disk/home.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { downloadSnapshot } from "#sync/download.ts";
import { openRemote, type Remote } from "#sync/remote.ts";
import { isWorthWaiting, type Patience } from "#sync/retry.ts";
import { fetchHeads } from "#sync/set.ts";
import { allHeads } from "./all-heads.ts";
import { ingest } from "./ingest.ts";

export interface PullInput {
  readonly remoteUrl: string;
  readonly dataDir: string;
  readonly set: SetName;
  readonly isDryRun: boolean;
  readonly patience?: Patience;
}

export interface Pulled {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly outcome: "stored" | "exists" | "gone" | "conflict" | "refused";
  /** Null when it came in full. */
  readonly baseId: string | null;
  readonly wireBytes: number;
  readonly fileCount: number;
  readonly problem: string | null;
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
  const remote = openRemote(input.remoteUrl, input.patience);
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

  const totalFiles = summary.waiting.length;
  while (summary.waiting.length > 0) {
    const next = summary.waiting[0]!;
    const base = there.findLast(
      (head) => head.timestampMs < next.timestampMs && held.has(head.snapshotId),
    );
    try {
      const pulled = await fetchOne(scope, remote, input, next, base?.snapshotId ?? null, run);
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

/** As a server takes it: 32 GiB of text are a hundred million entries. */
const DOCUMENT_LIMIT_BYTES = 32 * 1024 ** 3;

/** Downloads, judges and stores one snapshot. */
async function fetchOne(
  scope: Scope,
  remote: Remote,
  input: PullInput,
  head: { snapshotId: string; timestampMs: number },
  baseId: string | null,
  run: Run,
): Promise<Pulled> {
  const { snapshotId, timestampMs } = head;
  const spool = join(input.dataDir, "spool");
  makePrivateDir(spool);
  const pulled = await withWorkFolder(spool, async (workFolder): Promise<Pulled> => {
    const inbox = new Inbox(join(workFolder, "body"));
    const facts = { snapshotId, timestampMs, baseId, fileCount: 0, problem: null };
    try {
      const got = await downloadSnapshot(remote, input.set, snapshotId, baseId, inbox, run.signal);
      const { row, status } = await ingest(
        scope,
        {
          ...got,
          parts: [inbox.file],
          set: input.set,
          expectedId: snapshotId,
          receivedAtMs: run.now(),
          workFolder,
          limitBytes: DOCUMENT_LIMIT_BYTES,
        },
        run,
      );
      const { sizeBytes: wireBytes } = inbox;
      return { ...facts, outcome: status, wireBytes, fileCount: row.fileCount };
    } catch (error) {
      const outcome = error instanceof BsvError ? outcomeOf[error.code] : undefined;
      if (outcome === undefined) throw error;
      const problem = outcome === "gone" ? null : (error as Error).message;
      return { ...facts, outcome, wireBytes: inbox.sizeBytes, problem };
    } finally {
      inbox.close();
    }
  });
  if (pulled.outcome !== "refused" || baseId === null) return pulled;
  // A difference may fail where the whole does not: the remote's base or its arithmetic is damaged.
  return fetchOne(scope, remote, input, head, null, run);
}

/** What an error says of this one snapshot; all others say something of the whole run. */
const outcomeOf: Partial<Record<ErrorCode, "gone" | "conflict" | "refused">> = {
  // Deleted at the remote since it told us of it.
  gone: "gone",
  not_found: "gone",
  conflict: "conflict",
  malformed: "refused",
  invalid_document: "refused",
  base_missing: "refused",
  too_large: "refused",
};

function nothingThere(remote: Remote, { machineId, setName }: SetName): BsvError {
  return new BsvError("not_found", `The remote ${remote.url} holds no ${machineId}/${setName}`, {
    hint: "See what it holds with: bsv machines --remote, bsv sets --remote",
  });
}
