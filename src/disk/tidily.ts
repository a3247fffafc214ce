// A long loop that never yields leaves the garbage collector behind: a million files that pass through the store's transaction
// left 150 MB that nobody used any more. Collecting when the process has grown keeps memory flat; while it is small, nothing is done.

/** How often, in items, the memory is looked at: each of them leaves some KB. */
const EVERY = 1 << 11;

/** How large a process may be and grow before it is tidied up, in bytes. A collection costs as much as a thousand files. */
export interface Tidiness {
  readonly enoughBytes: number;
  readonly growthBytes: number;
}

/** Well below the 300 MB that a scan of a million files may take. */
const OF_SCANS: Tidiness = { enoughBytes: 220e6, growthBytes: 24e6 };
/** And below the 250 MB of a verification. */
export const OF_VERIFICATIONS: Tidiness = { enoughBytes: 140e6, growthBytes: 12e6 };

/** Passes the items on, and collects garbage when the process has grown. */
export function* tidily<T>(items: Iterable<T>, tidiness = OF_SCANS): Generator<T> {
  const tidy = tidier(tidiness);
  for (const item of items) {
    tidy();
    yield item;
  }
}

/** The same for a loop that is no generator: to be called for each item. */
export function tidier({ enoughBytes, growthBytes }: Tidiness): () => void {
  let count = 0;
  let limit = enoughBytes;
  return () => {
    if (++count % EVERY !== 0 || process.memoryUsage.rss() <= limit) return;
    Bun.gc(true);
    limit = Math.max(enoughBytes, process.memoryUsage.rss() + growthBytes);
  };
}
