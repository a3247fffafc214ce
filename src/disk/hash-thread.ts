// How a hash thread and its pool talk: over a port, because answers on a port can be taken even while the event loop stands still,
// and with a count that rises at each answer, to be waited for.
import type { HashAnswer, HashBatch } from "./hash-batch.ts";

export interface HashTask {
  readonly batch: HashBatch;
  /** Rises when the run is aborted; shared by all threads. */
  readonly generations: Int32Array;
  readonly generation: number;
}

/** The first and only message to a thread itself. */
export interface HashStart {
  readonly port: MessagePort;
  /** Answers of all threads so far; shared, and notified. */
  readonly answered: Int32Array;
}

/** For the thread: answers each task that comes, one after the other. */
export function answerTasks(thread: Worker, answer: (task: HashTask) => Promise<HashAnswer>): void {
  thread.onmessage = ({ data: { port, answered } }: MessageEvent<HashStart>) => {
    const send = (said: HashAnswer): void => {
      port.postMessage(said, [said.digests.buffer as ArrayBuffer]);
      Atomics.add(answered, 0, 1);
      Atomics.notify(answered, 0);
    };
    // Whatever goes wrong in answering ends the thread, and its pool hears of that.
    port.onmessage = ({ data: task }: { data: HashTask }) => void answer(task).then(send);
  };
}
