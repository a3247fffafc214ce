// A list of the store as the pages it is read in, to its end or to a limit. No list is held in memory whole.
import type { Page, Paged } from "#db/page.ts";

const PAGE_SIZE = 1000;

export async function* pagesOf<T>(
  read: (page: Page) => Promise<Paged<T>>,
  limit = Infinity,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  for (let missing = limit; missing > 0; missing -= PAGE_SIZE) {
    const { rows, nextCursor } = await read({ limit: Math.min(PAGE_SIZE, missing), cursor });
    if (rows.length > 0) yield rows;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}

/** The same rows in full pages, so that a table's columns are as wide for one source of rows as for the next. */
export async function* fullPages<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T[]> {
  let kept: T[] = [];
  for await (const page of pages) {
    kept.push(...page);
    if (kept.length < PAGE_SIZE) continue;
    yield kept;
    kept = [];
  }
  if (kept.length > 0) yield kept;
}
