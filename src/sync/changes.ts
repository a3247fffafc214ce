// What changed between two snapshots a remote holds, page by page. Each entry is judged as one of a document is.
import { z } from "zod";
import type { ChangeFilter } from "#core/change-filter.ts";
import { CHANGE_KINDS, type FileChange } from "#core/changes.ts";
import type { RootMap } from "#core/root-map.ts";
import { jsonOf, senseless } from "./answer.ts";
import { call } from "./call.ts";
import { entryOrNull, exactPath } from "./entry-shape.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

export async function* fetchChanges(
  remote: Remote,
  from: RemoteSet & { readonly snapshotId: string },
  to: RemoteSet & { readonly snapshotId: string },
  { kinds = [], path, minBytes, maxBytes }: ChangeFilter,
  map: RootMap | undefined,
  signal: AbortSignal,
): AsyncGenerator<FileChange[]> {
  const wish = {
    from: from.snapshotId,
    to: `${to.machineId}/${to.setName}@${to.snapshotId}`,
    limit: String(PAGE_SIZE),
    ...(kinds.length === 0 ? {} : { kind: kinds.join(",") }),
    ...(path === undefined ? {} : { path }),
    ...(minBytes === undefined ? {} : { min_size: String(minBytes) }),
    ...(map === undefined
      ? {}
      : { map: JSON.stringify(map.pairs.map(({ before, after }) => [before, after])) }),
    ...(maxBytes === undefined ? {} : { max_size: String(maxBytes) }),
  };
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { ...wish, ...(cursor === null ? {} : { cursor }) };
    const page: ChangesPage = await call(
      remote,
      { method: "GET", path: [...setPath(from), "diff"], query, read: readPage },
      signal,
    );
    if (page.rows.length > 0) yield page.rows;
    if (page.nextCursor === cursor && cursor !== null)
      throw senseless(remote.url, "goes in circles");
    cursor = page.nextCursor;
  } while (cursor !== null);
}

// --- internal ---

const PAGE_SIZE = 1000;
/** A thousand changes of two entries each, with the longest paths there are. */
const LIMIT_BYTES = 64 * 1024 * 1024;

interface ChangesPage {
  rows: FileChange[];
  nextCursor: string | null;
}

const changesAnswer = z.array(
  z
    .object({
      kind: z.enum(CHANGE_KINDS),
      path: exactPath,
      from: exactPath.nullable().default(null),
      why: z.string().max(1024).nullable().default(null),
      before: entryOrNull,
      after: entryOrNull,
    })
    .refine(({ before, after }) => before !== null || after !== null, "is about nothing"),
);

async function readPage(answer: Response, url: string): Promise<ChangesPage> {
  const rows = await jsonOf(changesAnswer, LIMIT_BYTES)(answer, url);
  return { rows, nextCursor: nextCursor(answer.headers.get("link")) };
}
