// Lists that are each in one order, read page by page, as one list in that order: of several sets what is first of all comes first,
// and whoever wants only some asks each for no more pages than that takes. What is equal comes in the order of the lists.

export async function* mergedPages<T>(
  lists: readonly AsyncGenerator<readonly T[]>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<readonly T[]> {
  const heads: Head<T>[] = [];
  for (const list of lists) {
    const head = { list, page: [], at: 0 };
    if (await isThere(head)) heads.push(head);
  }
  let merged: T[] = [];
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (compare(next(b), next(a)) < 0 ? b : a));
    merged.push(next(first));
    first.at++;
    if (merged.length < PAGE_SIZE && first.at < first.page.length) continue;
    yield merged;
    merged = [];
    if (!(await isThere(first))) heads.splice(heads.indexOf(first), 1);
  }
}

// --- internal ---

const PAGE_SIZE = 200;

interface Head<T> {
  readonly list: AsyncGenerator<readonly T[]>;
  page: readonly T[];
  at: number;
}

const next = <T>({ page, at }: Head<T>): T => page[at]!;

/** Fetches the next page where this one is told. */
async function isThere<T>(head: Head<T>): Promise<boolean> {
  while (head.at >= head.page.length) {
    const { value, done } = await head.list.next();
    if (done === true) return false;
    head.page = value;
    head.at = 0;
  }
  return true;
}
