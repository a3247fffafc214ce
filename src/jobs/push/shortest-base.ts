// Which snapshot to send a difference against: the one with the shortest difference, where "nothing" is a candidate
// too, for after a great change the whole list may be shorter than what was removed and what was added.
import { deltaPages } from "#db/comparison/delta.ts";
import type { Scope } from "#db/scope.ts";

/** Reads all differences side by side, a page each; the first that ends is the shortest, and the others are not read further. */
export async function shortestBase(
  scope: Scope,
  bases: readonly string[],
  snapshotId: string,
  signal: AbortSignal,
): Promise<string | null> {
  if (bases.length === 0) return null;
  const candidates = [...bases, null].map((baseId) => ({
    baseId,
    lineCount: 0,
    pages: deltaPages(scope, baseId, snapshotId),
  }));
  try {
    for (;;) {
      const ended: typeof candidates = [];
      for (const candidate of candidates) {
        signal.throwIfAborted();
        const page = await candidate.pages.next();
        if (page.done) ended.push(candidate);
        else candidate.lineCount += page.value.length;
      }
      ended.sort((a, b) => a.lineCount - b.lineCount);
      if (ended[0] !== undefined) return ended[0].baseId;
    }
  } finally {
    for (const { pages } of candidates) await pages.return(undefined);
  }
}
