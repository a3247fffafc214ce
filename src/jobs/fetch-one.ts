// Fetching one snapshot from a remote into a store: downloaded, judged like an upload, and stored only if it is the one that
// was asked for.
import { join } from "node:path";
import { BsvError, type ErrorCode } from "#core/errors.ts";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import type { Run } from "#core/run.ts";
import type { Signed } from "#core/signature.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { makePrivateDir } from "#disk/home.ts";
import { Inbox } from "#disk/inbox.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { downloadSnapshot } from "#sync/download.ts";
import type { Remote } from "#sync/remote.ts";
import { ingest } from "./ingest/ingest.ts";

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

/** What is to be fetched, and what is known to stand beside it. */
interface Head {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly signed?: Signed | null;
  readonly clientId?: string | null;
}

interface Way {
  readonly remote: Remote;
  readonly set: SetName;
  readonly dataDir: string;
}

/** Downloads, judges and stores one snapshot. */
export async function fetchOne(
  scope: Scope,
  way: Way,
  head: Head,
  baseId: string | null,
  run: Run,
): Promise<Pulled> {
  const { snapshotId, timestampMs, signed, clientId } = head;
  const { remote, set } = way;
  const spool = join(way.dataDir, "spool");
  makePrivateDir(spool);
  const pulled = await withWorkFolder(spool, async (workFolder): Promise<Pulled> => {
    const inbox = new Inbox(join(workFolder, "body"));
    const facts = { snapshotId, timestampMs, baseId, fileCount: 0, problem: null };
    try {
      const got = await downloadSnapshot(remote, set, snapshotId, baseId, inbox, run.signal);
      const { row, status } = await ingest(
        scope,
        {
          ...got,
          parts: [inbox.file],
          set,
          expectedId: snapshotId,
          signed: signed ?? undefined,
          clientId: clientId ?? undefined,
          receivedAtMs: run.now(),
          workFolder,
          limits: DEFAULT_LIMITS,
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
  return fetchOne(scope, way, head, null, run);
}

// --- internal ---

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
