// Long answers take turns: a page of one, then whatever else has come, then a page of the next. A hundred readers of large documents
// make each other wait, not those who ask for little.

let last: Promise<void> = Promise.resolve();

/** Resolves when it is the caller's turn to make a page. */
export function turn(): Promise<void> {
  last = last.then(nextRound);
  return last;
}

// --- internal ---

/** Sockets are looked at between two rounds of the event loop. */
const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
