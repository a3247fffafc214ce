// Counts and hashes the list that a snapshot is sealed from. Making a line of each entry and hashing it takes as long as reading the
// entries from the store, so of a long list that is done in a thread of its own, while the store's transaction reads on.
import { receiveMessageOnPort } from "node:worker_threads";
import { EntryTally, type Tally } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import { buffersOf, type PackedRows } from "#db/packed-rows.ts";
import type { SealedList } from "#db/recording/read-back.ts";
import { newSha256 } from "#disk/sha256.ts";

/** What the thread is told first. */
export interface TallyStart {
  readonly port: MessagePort;
  /** Answers so far; shared, and notified. */
  readonly answered: Int32Array;
}

/** One comes to each page, and one to "end". */
export type TallyAnswer =
  | { readonly kind: "added" }
  | { readonly kind: "end"; readonly tally: Tally }
  | { readonly kind: "failed"; readonly error: unknown };

/** Runs `act` with what tallies lists of about so many entries: a long one in a thread, which is there before `act` begins. */
export async function withTallying<T>(
  entryCount: number,
  act: (tallied: (list: SealedList) => Tally) => Promise<T>,
): Promise<T> {
  if (entryCount < LONG) return act(talliedHere);
  const worker = new Worker(WORKER);
  try {
    await started(worker);
    return await act((list) =>
      list.packed === undefined ? talliedHere(list) : talliedThere(worker, list.packed()),
    );
  } finally {
    worker.terminate();
  }
}

/** In this thread. */
export function talliedHere(list: Iterable<Entry>): Tally {
  const tally = new EntryTally(newSha256);
  for (const entry of list) tally.add(entry);
  return tally.end();
}

// --- internal ---

declare const BSV_TALLY_WORKER: string | undefined;
/** In the compiled binary this may itself be a thread's code, whose URL is below the root that the constant is relative to. */
const WORKER =
  typeof BSV_TALLY_WORKER === "undefined"
    ? new URL("./tally-worker.ts", import.meta.url)
    : new URL(BSV_TALLY_WORKER, import.meta.url.replace(/\/root\/.*/s, "/root/"));

/** Below this many entries a thread's start costs more than it saves. */
const LONG = 50_000;
/** Pages on the way, a megabyte each at most. */
const MOST_OPEN = 4;
/**
 * A page takes some milliseconds: a thread that is silent for so many seconds has died. They are counted one by one, for all of them
 * pass at once to a process that is stopped meanwhile, as in a paused container.
 */
const SILENT_S = 60;

function started(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = ({ message }) =>
      reject(new Error(`The thread that hashes the list: ${message}`));
  });
}

/** Inside a transaction nothing may be awaited: answers are taken from the port while the event loop stands still. */
function talliedThere(worker: Worker, pages: Iterable<PackedRows>): Tally {
  const { port1: port, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const start: TallyStart = { port: port2, answered };
  worker.postMessage(start, [port2]);
  let openCount = 0;
  try {
    for (const page of pages) {
      port.postMessage(page, buffersOf(page));
      if (++openCount < MOST_OPEN) continue;
      nextAnswer();
      openCount--;
    }
    port.postMessage("end");
    for (;;) {
      const answer = nextAnswer();
      if (answer.kind === "end") return answer.tally;
    }
  } finally {
    port.close();
  }

  function nextAnswer(): Exclude<TallyAnswer, { kind: "failed" }> {
    for (let silentS = 0; silentS < SILENT_S; silentS++) {
      const before = Atomics.load(answered, 0);
      const received = receiveMessageOnPort(port) as { message: TallyAnswer } | undefined;
      if (received === undefined) {
        Atomics.wait(answered, 0, before, 1000);
        continue;
      }
      if (received.message.kind === "failed") throw received.message.error;
      return received.message;
    }
    throw new Error("The thread that hashes the list is silent");
  }
}
