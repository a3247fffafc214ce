// What a remote's retention would keep of a set, and why; and having it done there, where the guards stand.
import { z } from "zod";
import { FLAWS } from "#core/retention/prune-plan.ts";
import { judgeEntry } from "#core/entry-json.ts";
import type { GoneVersion } from "#core/retention/gone-version.ts";
import type { RetentionKeys } from "#core/retention/retention-keys.ts";
import { jsonOf, readText, senseless } from "./answer.ts";
import { call, deadlineFor } from "./call.ts";
import type { Remote } from "./remote.ts";
import { fetchPage, type Page, type RemotePage } from "./page.ts";
import { setPath, type RemoteSet } from "./set.ts";
import { remoteMoment } from "./moment.ts";

export interface RemotePrunePlan {
  readonly gone: { readonly versions: number; readonly bytes: number };
  /** Why it needs a confirmation. */
  readonly alarms: readonly string[];
  /** Newest first. */
  readonly verdicts: readonly RemoteVerdict[];
}

export type RemoteVerdict = z.output<typeof verdictLine>;

export async function fetchPrunePlan(
  remote: Remote,
  set: RemoteSet,
  rules: RetentionKeys,
  signal: AbortSignal,
): Promise<RemotePrunePlan> {
  const query = queryOf(rules);
  const headers = { Accept: "application/x-ndjson" };
  return call(
    remote,
    { method: "GET", path: [...setPath(set), "prune"], query, headers, read: readPlan },
    signal,
  );
}

/** Versions of files that would be recorded nowhere any more, oldest first. */
export function fetchGoneVersions(
  remote: Remote,
  set: RemoteSet,
  rules: RetentionKeys,
  page: Page,
  signal: AbortSignal,
): Promise<RemotePage<GoneVersion>> {
  const path = [...setPath(set), "prune", "versions"];
  return fetchPage(remote, path, page, queryOf(rules), goneVersion, signal);
}

/** Says how many were deleted. `expected` is how many shall be: the remote refuses any other number. */
export async function pruneAtRemote(
  remote: Remote,
  set: RemoteSet,
  rules: RetentionKeys,
  expected: number,
  signal: AbortSignal,
): Promise<number> {
  const { deleted } = await call(
    remote,
    {
      method: "POST",
      path: [...setPath(set), "prune"],
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...rules, yes_remove: expected }),
      deadlineMs: deadlineFor(0) + expected * DELETION_MS,
      read: jsonOf(z.object({ deleted: z.int().min(0) })),
    },
    signal,
  );
  return deleted;
}

// --- internal ---

/** For one snapshot of some million files, on a busy server. */
const DELETION_MS = 60_000;
/** A hundred thousand snapshots. */
const LIMIT_BYTES = 32 * 1024 * 1024;

/** Rules as a query says them. */
const queryOf = (rules: RetentionKeys): Record<string, string> =>
  Object.fromEntries(
    Object.entries(rules).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join(";") : String(value),
    ]),
  );

const goneVersion = z
  .object({ since: remoteMoment, content_kept: z.boolean().nullable(), entry: z.unknown() })
  .transform((row, context): GoneVersion => {
    const judged = judgeEntry(row.entry);
    if ("problem" in judged) {
      context.addIssue({ code: "custom", message: judged.problem });
      return z.NEVER;
    }
    return { entry: judged.entry, fromMs: row.since, isContentKept: row.content_kept };
  });

const summaryLine = z.object({
  gone: z.object({ versions: z.int().min(0), bytes: z.number().min(0) }),
  alarms: z.array(z.string().max(1000)).max(100),
});

const verdictLine = z
  .object({
    snapshot_id: z.string().regex(/^[0-9a-f]{64}$/),
    timestamp: remoteMoment,
    keep: z.boolean(),
    reasons: z.array(z.string().max(200)).max(1000),
    flaw: z.enum(FLAWS).nullable(),
  })
  .transform(
    ({ snapshot_id: snapshotId, timestamp: timestampMs, keep: isKept, reasons, flaw }) => ({
      snapshot: { snapshotId, timestampMs },
      isKept,
      reasons,
      flaw,
    }),
  );

async function readPlan(answer: Response, url: string): Promise<RemotePrunePlan> {
  const text = await readText(answer, url, LIMIT_BYTES);
  try {
    const [first, ...rest] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    return { ...summaryLine.parse(first), verdicts: rest.map((line) => verdictLine.parse(line)) };
  } catch (cause) {
    throw senseless(url, "is no plan of a prune", cause);
  }
}
