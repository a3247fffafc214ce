// Where the bytes of a remote's snapshot are.
import { z } from "zod";
import type { UsageKind, UsageOrder, UsageRow } from "#core/usage.ts";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

type RemoteSnapshotName = RemoteSet & { readonly snapshotId: string };

export interface UsageRequest {
  readonly by: UsageKind;
  readonly depth: number;
  readonly order: UsageOrder;
  readonly since?: RemoteSnapshotName | undefined;
}

/** The largest groups, as many as one answer has. */
export function fetchUsage(
  remote: Remote,
  snapshot: RemoteSnapshotName,
  { by, depth, order, since }: UsageRequest,
  signal: AbortSignal,
): Promise<UsageRow[]> {
  const query = {
    ref: snapshot.snapshotId,
    by,
    depth: String(depth),
    sort: order,
    ...(since === undefined ? {} : { since: since.snapshotId }),
  };
  const read = jsonOf(usageAnswer, LIMIT_BYTES);
  const path = [...setPath(snapshot), "du"];
  return call(remote, { method: "GET", path, query, deadlineMs: DEADLINE_MS, read }, signal);
}

// --- internal ---

/** A thousand groups with the longest names there are. */
const LIMIT_BYTES = 32 * 1024 * 1024;
/** The server reads the whole list of a snapshot, and all versions since another. */
const DEADLINE_MS = 10 * 60_000;

const amount = z.object({ files: z.int(), bytes: z.int() });
const NOTHING = { files: 0, bytes: 0 };

const usageAnswer = z
  .array(
    z
      .object({
        group: z.string(),
        files: z.int(),
        bytes: z.int(),
        growth: amount.default(NOTHING),
        unknown: amount.default(NOTHING),
        churn: amount.default(NOTHING),
      })
      .transform(({ group, files, bytes, ...more }): UsageRow => ({
        group,
        size: { files, bytes },
        ...more,
      })),
  )
  .max(1000);
