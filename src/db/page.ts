// Lists are read in pages: a limit and an opaque cursor in, rows and the next cursor out. A cursor says where the last
// row stood, so a list that grows meanwhile is neither skipped nor repeated.
import { BsvError } from "#core/errors.ts";

export interface Page {
  limit: number;
  cursor?: string | undefined;
}

export interface Paged<Row> {
  rows: Row[];
  /** Null after the last row. */
  nextCursor: string | null;
}

type Place = (string | number)[];

/** Where the page starts: after this place, or undefined for the beginning. Throws `invalid_request` for a cursor of no ours. */
export function placeOf<P extends Place>(page: Page, example: P): P | undefined {
  if (page.cursor === undefined) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(page.cursor, "base64url").toString());
    const isOurs =
      Array.isArray(place) &&
      place.length === example.length &&
      example.every((part, index) => typeof part === typeof place[index]);
    if (isOurs) return place as P;
  } catch (error) {
    throw badCursor(page.cursor, error);
  }
  throw badCursor(page.cursor);
}

/** Makes a page of rows that were asked for with one more than the limit. */
export function paged<Row>(rows: Row[], page: Page, placeOfRow: (row: Row) => Place): Paged<Row> {
  if (rows.length <= page.limit) return { rows, nextCursor: null };
  const kept = rows.slice(0, page.limit);
  return { rows: kept, nextCursor: cursorOfPlace(placeOfRow(kept.at(-1)!)) };
}

/** What `placeOf` reads. */
export const cursorOfPlace = (place: Place): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

/** Of a page: a thousand usual headers of snapshots are some 400 KB, a thousand usual paths 100 KB. */
export const MOST_BYTES = 1024 * 1024;

/**
 * How many rows of these sizes a page takes, of `limit` at most: one at least, and then as many as are not too many bytes together. How
 * long a row is may be its sender's to choose, and a thousand of the longest are gigabytes.
 */
export function limitBySize(sizes: readonly number[], limit: number): number {
  let bytes = 0;
  for (const [count, size] of sizes.entries()) {
    bytes += size;
    if (bytes > MOST_BYTES && count > 0) return Math.min(count, limit);
  }
  return limit;
}

// --- internal ---

function badCursor(cursor: string, cause?: unknown): BsvError {
  return new BsvError("invalid_request", `Not a cursor of this list: ${cursor.slice(0, 100)}`, {
    hint: "Use the cursor of the last answer as it is, or start without one",
    cause,
  });
}
