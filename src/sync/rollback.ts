// The way back to a snapshot as a remote plans it, page by page. Each entry is judged as one of a document is.
import { z } from "zod";
import { nameSchema } from "#core/names.ts";
import {
  ROLLBACK_ACTIONS,
  ROLLBACK_CONFLICTS,
  type ContentSource,
  type RollbackStep,
} from "#core/rollback.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { entryOrNull, exactPath } from "./entry-shape.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

export async function* fetchRollback(
  remote: Remote,
  target: RemoteSet & { readonly snapshotId: string },
  path: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<RollbackStep[]> {
  const where = [...setPath(target), target.snapshotId, "rollback"];
  let against: string | null = null;
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = {
      limit: String(PAGE_SIZE),
      ...(path === undefined ? {} : { path }),
      ...(against === null ? {} : { against }),
      ...(cursor === null ? {} : { cursor }),
    };
    const page: StepsPage = await call(
      remote,
      { method: "GET", path: where, query, read: readPage },
      signal,
    );
    if (page.rows.length > 0) yield page.rows;
    if (page.nextCursor === cursor && cursor !== null)
      throw senseless(remote.url, "goes in circles");
    cursor = page.nextCursor;
    against = page.against;
  } while (cursor !== null);
}

// --- internal ---

const PAGE_SIZE = 1000;
/** A thousand steps of two entries each, with the longest paths there are. */
const LIMIT_BYTES = 64 * 1024 * 1024;

interface StepsPage {
  rows: RollbackStep[];
  nextCursor: string | null;
  against: string | null;
}

const source = z.discriminatedUnion("place", [
  z.object({ place: z.enum(["copy", "here"]), path: exactPath }),
  z
    .object({
      place: z.literal("elsewhere"),
      machine_id: nameSchema,
      backupset_name: nameSchema,
      path: exactPath,
    })
    .transform(
      ({ place, machine_id: machineId, backupset_name: setName, path }): ContentSource => ({
        place,
        machineId,
        setName,
        path,
      }),
    ),
  z.object({ place: z.literal("nowhere") }),
]);

const stepsAnswer = z.array(
  z
    .object({
      action: z.enum(ROLLBACK_ACTIONS),
      path: exactPath,
      conflict: z.enum(ROLLBACK_CONFLICTS).nullable().default(null),
      why: z.string().max(1024).nullable().default(null),
      source: source.nullable().default(null),
      target: entryOrNull,
      present: entryOrNull,
    })
    .refine(({ target, present }) => target !== null || present !== null, "is about nothing")
    .transform((step): RollbackStep => ({ ...step, collidesWith: null })),
);

async function readPage(answer: Response, url: string): Promise<StepsPage> {
  const rows = await jsonOf(stepsAnswer, LIMIT_BYTES)(answer, url);
  const link = answer.headers.get("link");
  const against = /[?&]against=([0-9a-f]{64})/.exec(link ?? "")?.[1] ?? null;
  return { rows, nextCursor: nextCursor(link), against };
}
