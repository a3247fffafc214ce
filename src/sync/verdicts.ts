// Verdicts of a remote on the snapshots it holds.
import { z } from "zod";
import type { Anomaly } from "#core/proof/anomalies.ts";
import { verdictSchema, type Verdict } from "#core/proof/verdict.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";
import { remoteMoment } from "./moment.ts";

/** Newest snapshot first. */
export async function* fetchVerdicts(
  remote: Remote,
  set: RemoteSet,
  isSuspiciousOnly: boolean,
  signal: AbortSignal,
): AsyncGenerator<Verdict[]> {
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = {
      ...(isSuspiciousOnly ? { suspicious: "true" } : {}),
      ...(cursor === null ? {} : { cursor }),
    };
    const path = [...setPath(set), "verdicts"];
    const page: { rows: Verdict[]; next: string | null } = await call(
      remote,
      {
        method: "GET",
        path,
        query,
        read: async (answer: Response, url: string) => ({
          rows: await jsonOf(z.array(verdictAnswer).max(1000), LIMIT_BYTES)(answer, url),
          next: nextCursor(answer.headers.get("link")),
        }),
      },
      signal,
    );
    if (page.rows.length > 0) yield page.rows;
    if (cursor !== null && page.next === cursor) throw senseless(remote.url, "goes in circles");
    cursor = page.next;
  } while (cursor !== null);
}

/** Says there that this snapshot and those before it are as they should be. */
export function acceptAtRemote(
  remote: Remote,
  snapshot: RemoteSet & { readonly snapshotId: string },
  why: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const path = [...setPath(snapshot), snapshot.snapshotId, "verdict"];
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ accepted: true, why });
  return call(remote, { method: "POST", path, headers, body, read: jsonOf(verdictAnswer) }, signal);
}

// --- internal ---

/** A thousand verdicts with all their reasons. */
const LIMIT_BYTES = 16 * 1024 * 1024;

const id = z.string().regex(/^[0-9a-f]{64}$/);

const verdictAnswer = z
  .object({
    snapshot_id: id,
    timestamp: remoteMoment,
    verdict: verdictSchema,
    reasons: z
      .array(
        z.object({
          kind: z.string().max(100),
          count: z.int(),
          of: z.int(),
          limit: z.number(),
          basis: z.string().max(1000),
          detail: z.string().max(1000).optional(),
        }),
      )
      .max(100),
    follows: id.nullable(),
    accepted: z.object({ at: remoteMoment, why: z.string().max(1000) }).nullable(),
  })
  .transform((row): Verdict => ({
    snapshotId: row.snapshot_id,
    timestampMs: row.timestamp,
    verdict: row.verdict,
    reasons: row.reasons as Anomaly[],
    follows: row.follows,
    measures: null, // the reasons say what counted
    accepted: row.accepted && { atMs: row.accepted.at, why: row.accepted.why },
  }));
