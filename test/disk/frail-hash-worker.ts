// A hash worker that dies of files with deadly names, for hash-pool.test.ts.
import { DIGEST_BYTES } from "#disk/hash-batch.ts";
import { answerTasks } from "#disk/hash-thread.ts";

declare const self: Worker;

answerTasks(self, async ({ batch }) => {
  const paths = batch.paths.split("\0");
  const digests = new Uint8Array(paths.length * DIGEST_BYTES);
  for (const [index, path] of paths.entries()) {
    if (path === "deadly") throw new Error("I died");
    if (path === "exits") process.exit(0);
    digests[index * DIGEST_BYTES] = 1;
  }
  return { digests, odd: [] };
});
