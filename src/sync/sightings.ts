// Versions of files in a remote's history, page by page.
import { z } from "zod";
import { judgeEntry } from "#core/entry-json.ts";
import { nameSchema } from "#core/names.ts";
import { END_KINDS, type Sighting } from "#core/sighting.ts";
import { timestampText } from "#core/timestamp.ts";
import type { VersionFilter } from "#core/version-filter.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { remoteMoment } from "./moment.ts";

export interface Where {
  readonly machineId?: string | undefined;
  readonly setName?: string | undefined;
  /** A date, `latest`, `latest~3`. */
  readonly asOf?: string | undefined;
}

export interface VersionQuestion extends VersionFilter {
  readonly under?: string | undefined;
  readonly glob?: string | undefined;
}

export async function* fetchSightings(
  remote: Remote,
  where: Where,
  wanted: VersionQuestion,
  signal: AbortSignal,
): AsyncGenerator<Sighting[]> {
  const wish = queryOf({
    machine_id: where.machineId,
    set_name: where.setName,
    as_of: where.asOf,
    under: wanted.under,
    path: wanted.glob,
    checksum: wanted.checksum,
    min_size: wanted.minBytes?.toString(),
    max_size: wanted.maxBytes?.toString(),
    mtime_from: wanted.mtimeFromMs === undefined ? undefined : timestampText(wanted.mtimeFromMs),
    mtime_to: wanted.mtimeToMs === undefined ? undefined : timestampText(wanted.mtimeToMs),
  });
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { ...wish, ...(cursor === null ? {} : { cursor }) };
    const request = { method: "GET" as const, path: ["find"], query, read: readPage };
    const page: SightingsPage = await call(remote, request, signal);
    if (page.rows.length > 0) yield page.rows;
    if (cursor !== null && page.nextCursor === cursor) {
      throw senseless(remote.url, "goes in circles");
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
}

// --- internal ---

/** A thousand versions with the longest paths there are. */
const LIMIT_BYTES = 32 * 1024 * 1024;

interface SightingsPage {
  rows: Sighting[];
  nextCursor: string | null;
}

function queryOf(wishes: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wishes).filter((wish): wish is [string, string] => wish[1] !== undefined),
  );
}

const seenShape = {
  snapshot_id: z.string().regex(/^[0-9a-f]{64}$/),
  timestamp: remoteMoment,
};
const seen = z
  .object(seenShape)
  .transform(({ snapshot_id: snapshotId, timestamp: timestampMs }) => ({
    snapshotId,
    timestampMs,
  }));

const sightingShape = z
  .object({
    machine_id: nameSchema,
    backupset_name: nameSchema,
    first_seen: seen,
    last_seen: seen,
    snapshot_count: z.int().min(1),
    end: z
      .object({ kind: z.enum(END_KINDS), why: z.string().max(1024).nullable(), ...seenShape })
      .nullable(),
    entry: z.unknown(),
  })
  .transform((row, context): Sighting => {
    const judged = judgeEntry(row.entry);
    if ("problem" in judged) {
      context.addIssue({ code: "custom", message: judged.problem });
      return z.NEVER;
    }
    return {
      machineId: row.machine_id,
      setName: row.backupset_name,
      entry: judged.entry,
      first: row.first_seen,
      last: row.last_seen,
      snapshotCount: row.snapshot_count,
      end: row.end && {
        kind: row.end.kind,
        why: row.end.why,
        at: { snapshotId: row.end.snapshot_id, timestampMs: row.end.timestamp },
      },
    };
  });

async function readPage(answer: Response, url: string): Promise<SightingsPage> {
  const rows = await jsonOf(z.array(sightingShape), LIMIT_BYTES)(answer, url);
  return { rows, nextCursor: nextCursor(answer.headers.get("link")) };
}
