// A long loop that never yields leaves the garbage collector behind: a million files that pass through the store's transaction
// left 150 MB that nobody used any more. Collecting when the process has grown keeps memory flat; while it is small, nothing is done.

/** How often, in items, the memory is looked at. */
const EVERY = 1 << 14;
/** Well below the 300 MB that a million files may take. */
const ENOUGH_BYTES = 220e6;
/** A collection costs as much as a thousand files: so much must have come since the last one. */
const GROWTH_BYTES = 24e6;

/** Passes the items on, and collects garbage when the process has grown. */
export function* tidily<T>(items: Iterable<T>): Generator<T> {
  const tidy = tidier(ENOUGH_BYTES);
  for (const item of items) {
    tidy();
    yield item;
  }
}

/** The same for a loop that is no generator: to be called for each item. What is enough is less, where less is promised. */
export function tidier(enoughBytes = 140e6): () => void {
  let count = 0;
  let limit = enoughBytes;
  return () => {
    if (++count % EVERY !== 0 || process.memoryUsage.rss() <= limit) return;
    Bun.gc(true);
    limit = Math.max(enoughBytes, process.memoryUsage.rss() + GROWTH_BYTES);
  };
}
