// A thread that walks through the differences of two moments of a set, page by page, ahead of who tells them: finding the rows takes
// as long as telling them. It has a connection of its own, and reads each page in a short transaction.
import type { EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { everything } from "#db/scope.ts";
import { buffersOf, packed } from "#db/packed-rows.ts";
import { openStore, type Store } from "#db/store/store.ts";
import { walkRows } from "./difference.ts";
import type { WalkOrder, WalkPage } from "./walk-ahead.ts";

declare const self: Worker;

/** Of a walk in order, little is read twice. */
const CACHE_KIB = 16 * 1024;

let store: Store | undefined;
let place: EntryKey | undefined;
let isOver = false;
/** Orders are done one after the other. */
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<WalkOrder | "close">) => {
  last = last.then(() => (data === "close" ? close() : read(data)));
};

// --- internal ---

async function read({ file, span, pageSize }: WalkOrder): Promise<void> {
  if (isOver) return;
  try {
    store ??= await openStore(file, { cacheKib: CACHE_KIB });
    const { rows, next } = await view(everything(store), (database) =>
      walkRows(database, span, place, pageSize),
    );
    place = next;
    isOver = next === undefined;
    const page = { rows: packed(rows), next };
    self.postMessage(page satisfies WalkPage, buffersOf(page.rows));
  } catch {
    // Whoever waits reads it himself then, and meets the same trouble, which is told there.
    self.postMessage("failed" satisfies WalkPage);
  }
}

async function close(): Promise<void> {
  await store?.close();
  process.exit(0); // of a worker: its thread ends
}
