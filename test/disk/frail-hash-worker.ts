// A hash worker that dies of files with deadly names, for hash-pool.test.ts.
import { DIGEST_BYTES, type HashAnswer } from "#disk/hash-batch.ts";
import type { HashTask } from "#disk/hash-worker.ts";

declare const self: Worker;

self.onmessage = (event: MessageEvent<HashTask>) => {
  const paths = event.data.batch.paths.split("\0");
  const digests = new Uint8Array(paths.length * DIGEST_BYTES);
  for (const [index, path] of paths.entries()) {
    if (path === "deadly") throw new Error("I died");
    if (path === "exits") process.exit(0);
    digests[index * DIGEST_BYTES] = 1;
  }
  const answer: HashAnswer = { digests, odd: [] };
  self.postMessage(answer);
};
