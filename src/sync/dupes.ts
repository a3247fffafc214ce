// Duplicates among what a remote has recorded, group by group.
import { z } from "zod";
import type { GroupFacts, SuspectFacts } from "#core/dupes.ts";
import { isExactPath } from "#core/path-bytes.ts";
import { timestampText } from "#core/timestamp.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

export interface DupesQuestion {
  readonly minBytes: number;
  readonly asOfMs: number | undefined;
}

/** Groups of one set, or, without one, between all of them; most to reclaim first. */
export const fetchDupes = (
  remote: Remote,
  set: RemoteSet | undefined,
  question: DupesQuestion,
  signal: AbortSignal,
): AsyncGenerator<GroupFacts[]> => fetchGroups(remote, set, question, false, groups, signal);

/** The same for suspects. */
export const fetchSuspects = (
  remote: Remote,
  set: RemoteSet | undefined,
  question: DupesQuestion,
  signal: AbortSignal,
): AsyncGenerator<SuspectFacts[]> => fetchGroups(remote, set, question, true, suspects, signal);

// --- internal ---

const PAGE_SIZE = 200;
/** As many groups with the longest paths there are. */
const LIMIT_BYTES = 64 * 1024 * 1024;
/** The server looks at all checksums. */
const DEADLINE_MS = 5 * 60_000;

const place = {
  machine_id: z.string(),
  backupset_name: z.string(),
  path: z.string().refine((text) => !text.includes("\0") && isExactPath(text)),
};
const count = z.int().min(0);
const groups = z.array(
  z.object({
    checksum: z.string().regex(/^[0-9a-f]+$/),
    size: count,
    copies: count,
    files: count,
    reclaimable: count,
    paths: z.array(z.object({ ...place, linked: z.boolean() })),
  }),
);
const suspects = z.array(
  z.object({
    size: count,
    mtime: z
      .number()
      .min(-(2 ** 33))
      .max(2 ** 33),
    files: count,
    paths: z.array(z.object({ ...place, checksum: z.string().regex(/^[0-9a-f]+$/) })),
  }),
);

async function* fetchGroups<S extends z.ZodArray>(
  remote: Remote,
  set: RemoteSet | undefined,
  { minBytes, asOfMs }: DupesQuestion,
  isSuspect: boolean,
  schema: S,
  signal: AbortSignal,
): AsyncGenerator<z.infer<S>> {
  const read = jsonOf(schema, LIMIT_BYTES);
  const path = set === undefined ? ["dupes"] : [...setPath(set), "dupes"];
  const wish = {
    limit: String(PAGE_SIZE),
    min_size: String(minBytes),
    ...(asOfMs === undefined ? {} : { as_of: timestampText(asOfMs) }),
    ...(isSuspect ? { suspect: "true" } : {}),
  };
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { ...wish, ...(cursor === null ? {} : { cursor }) };
    const page: { rows: z.infer<S>; next: string | null } = await call(
      remote,
      {
        method: "GET",
        path,
        query,
        deadlineMs: DEADLINE_MS,
        read: async (answer, url) => ({
          rows: await read(answer, url),
          next: nextCursor(answer.headers.get("link")),
        }),
      },
      signal,
    );
    if (page.rows.length > 0) yield page.rows;
    if (page.next !== null && (page.next === cursor || page.rows.length === 0)) {
      throw senseless(remote.url, "never ends its list of groups");
    }
    cursor = page.next;
  } while (cursor !== null);
}
