// After the snapshots go the records of what was verified against them, oldest first. A remote that never heard of such records is told
// nothing; what it lacks is asked by its newest ones, for records are only ever added, in order.
import { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { SetName } from "#db/backupsets.ts";
import type { Scope } from "#db/scope.ts";
import { listVerifications } from "#db/proof/verifications.ts";
import type { Remote } from "#sync/remote.ts";
import { fetchNewestVerifications, postVerification } from "#sync/verifications.ts";

/** How many were sent. */
export async function sendVerifications(
  scope: Scope,
  remote: Remote,
  set: SetName,
  run: Run,
): Promise<number> {
  const newest = await listVerifications(scope, set, {}, { limit: 1 });
  if (newest.rows.length === 0) return 0;
  const there = await newestThere(remote, set, run);
  if (there === undefined) return 0;
  const waiting: Verification[] = [];
  for (let cursor: string | undefined, isMore = true; isMore;) {
    const { rows, nextCursor } = await listVerifications(scope, set, {}, { limit: PAGE, cursor });
    const recent = rows.filter(({ startedAtMs }) => startedAtMs >= there.sinceMs);
    waiting.push(...recent.filter(({ id }) => !there.ids.has(id)));
    cursor = nextCursor ?? undefined;
    isMore = cursor !== undefined && recent.length === rows.length;
  }
  for (const done of waiting.toReversed()) await postVerification(remote, set, done, run.signal);
  return waiting.length;
}

// --- internal ---

const PAGE = 100;

/** Undefined where the remote is of a version without such records. */
async function newestThere(remote: Remote, set: SetName, { signal, monitor }: Run) {
  try {
    return await fetchNewestVerifications(remote, set, signal);
  } catch (error) {
    if (!(error instanceof BsvError) || error.code !== "not_found") throw error;
    monitor.note(`${remote.url} takes no records of verifications: it is of an older version`);
    return undefined;
  }
}
