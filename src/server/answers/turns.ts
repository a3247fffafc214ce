// Long answers take turns: a page of one, then whatever else has come, then a page of the next. A hundred readers of large documents
// make each other wait, not those who ask for little.

let last: Promise<void> = Promise.resolve();

/** Resolves when it is the caller's turn to make a page. */
export function turn(): Promise<void> {
  last = last.then(someRounds);
  return last;
}

// --- internal ---

/** A small request takes a few rounds of the event loop, from its socket to its answer. They cost microseconds where nobody asks. */
const ROUNDS = 4;

async function someRounds(): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) await new Promise((resolve) => setImmediate(resolve));
}
