// A hash worker that takes as many milliseconds for a batch as its first path says, for reading.test.ts.
import { DIGEST_BYTES } from "#disk/hash-batch.ts";
import { answerTasks } from "#disk/hash-thread.ts";

declare const self: Worker;

answerTasks(self, async ({ batch }) => {
  const paths = batch.paths.split("\0");
  await Bun.sleep(Number(paths[0]));
  return { digests: new Uint8Array(paths.length * DIGEST_BYTES).fill(1), odd: [] };
});
