// A thread that hashes batches of files, one after the other, with buffers it keeps. It knows nothing of scans.
import { inodeOf } from "./facts.ts";
import { fileHasher } from "./hash-file.ts";
import {
  DIGEST_BYTES,
  SEEN_NUMBERS,
  type HashAnswer,
  type HashBatch,
  type Odd,
} from "./hash-batch.ts";
import { answerTasks, type HashTask } from "./hash-thread.ts";

declare const self: Worker;

let task: HashTask;
const isCancelled = (): boolean => Atomics.load(task.generations, 0) !== task.generation;
const hashFile = fileHasher(isCancelled);

answerTasks(self, (next) => {
  task = next;
  return hashBatch(next.batch);
});

async function hashBatch(batch: HashBatch): Promise<HashAnswer> {
  const paths = batch.paths.split("\0");
  const digests = new Uint8Array(paths.length * DIGEST_BYTES);
  const odd: Odd[] = [];
  for (const [index, path] of paths.entries()) {
    if (isCancelled()) break;
    const at = index * SEEN_NUMBERS;
    const device = batch.seen[at]!;
    const sizeBytes = batch.seen[at + 1];
    const mtimeUs = batch.seen[at + 2];
    const ctimeUs = batch.seen[at + 3];
    const inode = inodeOf(batch.inodes[index]!);
    const expected = batch.hasInodes ? { device, inode } : undefined;
    const outcome = hashFile({ root: batch.root, path, expected });
    // Most files are small and answered at once: awaiting each would cost as much as hashing it.
    const hashed = outcome instanceof Promise ? await outcome : outcome;
    const { facts } = hashed;
    const isAsSeen =
      facts?.sizeBytes === sizeBytes &&
      facts?.mtimeUs === mtimeUs &&
      facts?.ctimeUs === ctimeUs &&
      (!batch.hasInodes || (facts?.inode === inode && facts?.device === device));
    if (hashed.kind === "read") {
      digests.set(hashed.digest.subarray(0, DIGEST_BYTES), index * DIGEST_BYTES);
      if (isAsSeen) continue;
    }
    odd.push({
      index,
      error: hashed.kind === "read" ? null : hashed.error,
      facts: isAsSeen ? undefined : facts,
    });
  }
  return { digests, odd };
}
