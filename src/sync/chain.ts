// The chain of a backupset as a remote tells it. Its word alone: what it is worth is judged by signatures, receipts and our own history.
import { z } from "zod";
import type { Link } from "#core/chain/link.ts";
import { publicKeySchema, signatureSchema, type Signed } from "#core/signature.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";
import { remoteMoment } from "./moment.ts";

export interface RemoteLink extends Link {
  readonly clientId: string | null;
  /** The remote's own, for what it says of the snapshot's place; not yet proven. */
  readonly receipt: Signed | undefined;
}

/** All of it, oldest first. Throws `not_found` where the remote does not know the set. */
export async function fetchChain(
  remote: Remote,
  set: RemoteSet,
  signal: AbortSignal,
): Promise<RemoteLink[]> {
  const links: RemoteLink[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await fetchPage(remote, set, cursor, signal);
    links.push(...page.links);
    cursor = page.nextCursor;
    if (links.length > LINKS_LIMIT || (cursor !== null && page.links.length === 0)) {
      throw senseless(remote.url, "never ends its chain");
    }
  } while (cursor !== null);
  return links;
}

// --- internal ---

/** As for heads: an hourly scan makes this many in a century. */
const LINKS_LIMIT = 1_000_000;

interface Page {
  readonly links: RemoteLink[];
  readonly nextCursor: string | null;
}

const id = z.string().regex(/^[0-9a-f]{64}$/);
const signed = z
  .object({ public_key: publicKeySchema, signature: signatureSchema })
  .transform(({ public_key: publicKey, signature }): Signed => ({ publicKey, signature }));

const chainAnswer = z
  .array(
    z.object({
      snapshot_id: id,
      timestamp: remoteMoment,
      parent_id: id.nullable(),
      agent_id: z.string().max(128).nullable(),
      client_id: z
        .string()
        .regex(/^[0-9A-Za-z._:-]{1,128}$/)
        .optional(),
      seq: z.int().min(0).nullable(),
      received_at: remoteMoment.nullable(),
      signed: signed.optional(),
      receipt: signed.optional(),
      deleted_at: remoteMoment.optional(),
      why: z.string().max(4096).optional(),
    }),
  )
  .max(1000);

function fetchPage(
  remote: Remote,
  set: RemoteSet,
  cursor: string | null,
  signal: AbortSignal,
): Promise<Page> {
  const read = jsonOf(chainAnswer);
  const request = {
    method: "GET" as const,
    path: [...setPath(set), "chain"],
    query: { limit: "1000", ...(cursor === null ? {} : { cursor }) },
    read: async (answer: Response, url: string): Promise<Page> => ({
      links: (await read(answer, url)).map(linkOf),
      nextCursor: nextCursor(answer.headers.get("link")),
    }),
  };
  return call(remote, request, signal);
}

function linkOf(row: z.output<typeof chainAnswer>[number]): RemoteLink {
  return {
    snapshotId: row.snapshot_id,
    timestampMs: row.timestamp,
    parentId: row.parent_id,
    agentId: row.agent_id,
    clientId: row.client_id ?? null,
    seq: row.seq,
    receivedAtMs: row.received_at,
    signed: row.signed ?? null,
    receipt: row.receipt,
    deleted: row.deleted_at === undefined ? null : { atMs: row.deleted_at, why: row.why ?? "" },
  };
}
