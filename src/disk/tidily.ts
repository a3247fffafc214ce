// A long loop that never yields leaves the garbage collector behind: a million files that pass through the store's transaction
// left 150 MB that nobody used any more. Collecting now and then keeps memory flat, and costs 2 % of the time.

const EVERY = 1 << 16;

/** Passes the items on, and collects garbage now and then. */
export function* tidily<T>(items: Iterable<T>): Generator<T> {
  let count = 0;
  for (const item of items) {
    if (++count % EVERY === 0) Bun.gc(true);
    yield item;
  }
}
