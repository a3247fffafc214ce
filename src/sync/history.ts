// What a remote holds, for people to look at: machines, backupsets, snapshots without their files. Pages in, pages out; a header
// that is none is refused like any other senseless answer.
import { z } from "zod";
import { headerSchema } from "#core/document.ts";
import { jsonText } from "#core/entry.ts";
import { nameSchema } from "#core/names.ts";
import { verdictSchema, type Verdict } from "#core/proof/verdict.ts";
import { withoutStoreMembers } from "#core/store-members.ts";
import { tagSchema } from "#core/tag.ts";
import { timestampText } from "#core/timestamp.ts";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import { remoteMoment } from "./moment.ts";
import { fetchPage, type Page, type RemotePage } from "./page.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

export interface RemoteMachine {
  readonly machineId: string;
  readonly createdAtMs: number;
}

export interface RemoteBackupset extends RemoteSet {
  readonly createdAtMs: number;
  readonly description: string | null;
}

/** As its header tells of it, and what the remote says beside that: an old one does not say all. */
export interface RemoteSnapshot extends RemoteSet {
  readonly snapshotId: string;
  readonly timestampMs: number;
  readonly headerText: string;
  readonly fileCount: number;
  readonly totalSizeBytes: number;
  readonly errorCount: number;
  readonly treeHash: string;
  readonly parentId: string | null;
  readonly agentId: string | null;
  readonly receivedAtMs?: number;
  readonly clientId?: string;
  readonly isFutureDated?: true;
  readonly tags?: readonly string[];
  readonly verdict?: Verdict["verdict"];
}

export interface RemoteFilter {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly hasErrors?: boolean | undefined;
  readonly idPrefix?: string | undefined;
}

/** Headers may be long where a set has thousands of roots; so many fit into an answer all the same. */
export const REMOTE_PAGE = 250;

export function fetchMachines(
  remote: Remote,
  page: Page,
  signal: AbortSignal,
): Promise<RemotePage<RemoteMachine>> {
  return fetchPage(remote, ["machines"], page, {}, machineAnswer, signal);
}

export function fetchBackupsets(
  remote: Remote,
  machineId: string,
  page: Page,
  signal: AbortSignal,
): Promise<RemotePage<RemoteBackupset>> {
  const path = ["machines", machineId, "backupsets"];
  return fetchPage(remote, path, page, {}, backupsetAnswer, signal);
}

/** Snapshots of the set that fit the filter, by timestamp. */
export function fetchSnapshots(
  remote: Remote,
  set: RemoteSet,
  { fromMs, toMs, hasErrors, idPrefix }: RemoteFilter,
  { order, ...page }: Page & { readonly order: "asc" | "desc" },
  signal: AbortSignal,
): Promise<RemotePage<RemoteSnapshot>> {
  const filter = {
    order,
    ...(fromMs === undefined ? {} : { from: timestampText(fromMs) }),
    ...(toMs === undefined ? {} : { to: timestampText(toMs) }),
    ...(hasErrors === undefined ? {} : { has_errors: String(hasErrors) }),
    ...(idPrefix === undefined ? {} : { snapshot_id: idPrefix }),
  };
  return fetchPage(remote, [...setPath(set), "query"], page, filter, snapshotAnswer, signal);
}

/** The latest one, or the one with this id (or its foreign writer's). Throws not_found. */
export function fetchSnapshot(
  remote: Remote,
  set: RemoteSet,
  which: string,
  signal: AbortSignal,
): Promise<RemoteSnapshot> {
  const path = [...setPath(set), which];
  const request = { path, query: { files: "false" }, read: jsonOf(snapshotAnswer) };
  return call(remote, { method: "GET", ...request }, signal);
}

/** Deletes it there; a tombstone stays. */
export async function eraseSnapshot(
  remote: Remote,
  set: RemoteSet,
  snapshotId: string,
  why: string,
  signal: AbortSignal,
): Promise<{ deletedAtMs: number }> {
  const read = jsonOf(z.object({ snapshot_id: z.literal(snapshotId), deleted_at: remoteMoment }));
  const request = { path: [...setPath(set), snapshotId], query: { why }, read };
  const { deleted_at: deletedAtMs } = await call(remote, { method: "DELETE", ...request }, signal);
  return { deletedAtMs };
}

// --- internal ---

const machineAnswer = z
  .object({ machine_id: nameSchema, created_at: remoteMoment })
  .transform((row): RemoteMachine => ({ machineId: row.machine_id, createdAtMs: row.created_at }));

const backupsetAnswer = z
  .object({
    machine_id: nameSchema,
    backupset_name: nameSchema,
    created_at: remoteMoment,
    description: z.string().nullable(),
  })
  .transform((row): RemoteBackupset => ({
    machineId: row.machine_id,
    setName: row.backupset_name,
    createdAtMs: row.created_at,
    description: row.description,
  }));

const headerAnswer = z.looseObject({
  snapshot_id: z.string().regex(/^[0-9a-f]{64}$/),
  ...headerSchema.shape,
  timestamp: remoteMoment,
  received_at: remoteMoment.optional(),
  client_id: z.string().max(128).optional(),
  future_dated: z.literal(true).optional(),
  tags: z.array(tagSchema).max(1000).optional(),
  verdict: verdictSchema.nullish(),
});

/** Checked, and then taken as it came: a schema would put its keys into another order. */
const snapshotAnswer = z.unknown().transform((raw, context): RemoteSnapshot => {
  const parsed = headerAnswer.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    context.addIssue({ code: "custom", message, path });
    return z.NEVER;
  }
  const { data } = parsed;
  const { snapshot_id: _, ...header } = withoutStoreMembers(raw as Record<string, unknown>);
  return {
    snapshotId: data.snapshot_id,
    machineId: data.machine_id,
    setName: data.backupset_name,
    timestampMs: data.timestamp,
    headerText: jsonText(header),
    fileCount: data.summary.file_count,
    totalSizeBytes: data.summary.total_size,
    errorCount: data.summary.error_count,
    treeHash: data.tree_hash ?? "",
    parentId: data.parent_id ?? null,
    agentId: data.agent_id ?? null,
    ...(data.received_at === undefined ? {} : { receivedAtMs: data.received_at }),
    ...(data.client_id === undefined ? {} : { clientId: data.client_id }),
    ...(data.future_dated === undefined ? {} : { isFutureDated: data.future_dated }),
    ...(data.tags === undefined ? {} : { tags: data.tags }),
    ...(data.verdict ? { verdict: data.verdict } : {}),
  };
});
