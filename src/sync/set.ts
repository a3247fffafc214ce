// A backupset at a remote: what it holds of its history, and whether we may write to it.
import { z } from "zod";
import { isName } from "#core/names.ts";
import { parseTimestamp } from "#core/timestamp.ts";
import { BsvError } from "#core/errors.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import { type Remote } from "./remote.ts";

export interface RemoteSet {
  readonly machineId: string;
  readonly setName: string;
}

/** A snapshot the remote holds, or (with `isDeleted`) held and will not take again. */
export interface Head {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly isDeleted: boolean;
}

/** An hourly scan makes this many in a century; a remote that tells of more is not telling the truth. */
const HEADS_LIMIT = 1_000_000;
/** The first question of a run: a laptop without network should say so within seconds. Once something is sent, patience pays. */
const ATTEMPTS_AT_FIRST = 4;

/** Where the set stands at a remote; names are checked, since they become a path. */
export function setPath(set: RemoteSet): string[] {
  if (!isName(set.machineId) || !isName(set.setName)) {
    throw new BsvError("internal", `Not a set: ${JSON.stringify(set)}`);
  }
  return ["machines", set.machineId, "backupsets", set.setName];
}

/** All heads of the set by id, oldest first; empty when the remote does not know the set. */
export async function fetchHeads(
  remote: Remote,
  set: RemoteSet,
  signal: AbortSignal,
): Promise<Map<string, Head>> {
  const attempts = Math.min(ATTEMPTS_AT_FIRST, remote.patience.attempts);
  const hasty: Remote = { ...remote, patience: { ...remote.patience, attempts } };
  const heads: Head[] = [];
  let cursor: string | null = null;
  do {
    const page: HeadsPage | null = await headsPage(
      cursor === null ? hasty : remote,
      set,
      cursor,
      signal,
    );
    if (page === null) return new Map();
    heads.push(...page.heads);
    cursor = page.nextCursor;
    if (heads.length > HEADS_LIMIT || (cursor !== null && page.heads.length === 0)) {
      throw senseless(remote.url, "never ends its list of heads");
    }
  } while (cursor !== null);
  heads.sort((a, b) => a.timestampMs - b.timestampMs);
  return new Map(heads.map((head) => [head.snapshotId, head]));
}

/** Reserves the set's name for this installation, or confirms that it is ours. Throws agent_conflict if it is not. */
export async function validateSet(
  remote: Remote,
  set: RemoteSet,
  {
    agentId,
    adopt,
    publicKey,
  }: { agentId: string; adopt: boolean; publicKey?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  const request = {
    method: "POST" as const,
    path: [...setPath(set), "validate"],
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      agent_id: agentId,
      ...(adopt ? { adopt, public_key: publicKey } : {}),
    }),
    read: jsonOf(validation),
  };
  const { valid } = await call(remote, request, signal).catch((error: unknown) => {
    throw error instanceof BsvError && error.code === "agent_conflict" ? sayAdopt(error) : error;
  });
  if (valid) return;
  const name = `${set.machineId}/${set.setName}`;
  throw new BsvError("remote_refused", `The remote ${remote.url} does not take the name ${name}`);
}

/** Says there what a set is, for people. It must exist: else its name would be reserved. */
export async function describeAtRemote(
  remote: Remote,
  set: RemoteSet,
  description: string,
  signal: AbortSignal,
): Promise<void> {
  const request = {
    method: "POST" as const,
    path: [...setPath(set), "validate"],
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ description }),
    read: jsonOf(validation),
  };
  await call(remote, request, signal);
}

// --- internal ---

function sayAdopt(cause: BsvError): BsvError {
  return new BsvError(cause.code, cause.message, {
    cause,
    details: cause.details,
    hint: "If this installation took the other's place, say bsv push --adopt once; else give this machine another machine_id",
  });
}

const validation = z.object({ valid: z.boolean() });

const headsAnswer = z
  .array(
    z.object({
      snapshot_id: z.string().regex(/^[0-9a-f]{64}$/),
      timestamp: z.string().transform((text, context) => {
        const timestampMs = parseTimestamp(text);
        if (timestampMs !== undefined) return timestampMs;
        context.addIssue({ code: "custom", message: "is no timestamp" });
        return z.NEVER;
      }),
      deleted_at: z.string().nullable().optional(),
    }),
  )
  .max(1000);

interface HeadsPage {
  heads: Head[];
  nextCursor: string | null;
}

async function headsPage(
  remote: Remote,
  set: RemoteSet,
  cursor: string | null,
  signal: AbortSignal,
): Promise<HeadsPage | null> {
  const read = jsonOf(headsAnswer);
  try {
    return await call(
      remote,
      {
        method: "GET",
        path: [...setPath(set), "heads"],
        query: { limit: "1000", ...(cursor === null ? {} : { cursor }) },
        read: async (answer, url) => ({
          heads: (await read(answer, url)).map((row) => ({
            snapshotId: row.snapshot_id,
            timestampMs: row.timestamp,
            isDeleted: typeof row.deleted_at === "string",
          })),
          nextCursor: nextCursor(answer.headers.get("link")),
        }),
      },
      signal,
    );
  } catch (error) {
    // Only a bsv server says not_found in this way; any other 404 is remote_refused.
    if (error instanceof BsvError && error.code === "not_found" && cursor === null) return null;
    throw error;
  }
}
