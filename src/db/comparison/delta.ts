// The delta from one snapshot of a set to another, in the one order, in pages: what a push sends and a diff shows.
import { BsvError } from "#core/errors.ts";
import { put, type Change } from "#core/delta.ts";
import type { EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { shortDifferences, walkDifferences, type Difference, type Span } from "./difference.ts";
import { entryPages } from "#db/entries.ts";
import { momentOf } from "#db/owned.ts";
import type { Scope } from "#db/scope.ts";

const PAGE_SIZE = 1000;

/** Turns the list of `fromId` (null: the empty list) into that of `toId`. Throws `not_found`, or `gone` later on. */
export async function* deltaPages(
  scope: Scope,
  fromId: string | null,
  toId: string,
  { pageSize = PAGE_SIZE }: { pageSize?: number } = {},
): AsyncGenerator<Change[]> {
  if (fromId === null) {
    for await (const page of entryPages(scope, toId, { pageSize })) yield page.map(put);
    return;
  }
  for await (const page of differencePages(scope, fromId, toId, pageSize)) {
    yield page.map(({ key, after }) => ({ key, entry: after }));
  }
}

/** For this room: all keys at which two snapshots of a set differ. */
export async function* differencePages(
  scope: Scope,
  fromId: string,
  toId: string,
  pageSize = PAGE_SIZE,
): AsyncGenerator<Difference[]> {
  const short = await view(scope, (database) => {
    const span = spanOf(scope, fromId, toId, "not_found");
    return shortDifferences(database, span);
  });
  if (short !== undefined) {
    for (let start = 0; start < short.length; start += pageSize) {
      yield short.slice(start, start + pageSize);
    }
    return;
  }
  let after: EntryKey | undefined;
  do {
    const page = await view(scope, (database) =>
      walkDifferences(database, spanOf(scope, fromId, toId, "gone"), after, pageSize),
    );
    if (page.differences.length > 0) yield page.differences;
    after = page.next;
  } while (after !== undefined);
}

// --- internal ---

function spanOf(scope: Scope, fromId: string, toId: string, code: "not_found" | "gone"): Span {
  const before = momentOf(scope, fromId, code);
  const after = momentOf(scope, toId, code);
  if (before.setId !== after.setId) {
    throw new BsvError("not_found", `Snapshots ${fromId} and ${toId} are of different backupsets`);
  }
  return { setId: after.setId, beforeMs: before.atMs, afterMs: after.atMs };
}
