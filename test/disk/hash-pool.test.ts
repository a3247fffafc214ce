import { expect, test } from "bun:test";
import { DIGEST_BYTES, type HashAnswer, type HashBatch } from "#disk/hash-batch.ts";
import { HashPool } from "#disk/hash-pool.ts";

const frailWorker = new URL("./frail-hash-worker.ts", import.meta.url);
const batchOf = (...paths: string[]): HashBatch => ({
  root: "/",
  paths: paths.join("\0"),
  seen: new Float64Array(4 * paths.length),
  inodes: new BigUint64Array(paths.length),
  hasInodes: false,
});
const answerOf = (pool: HashPool, batch: HashBatch): Promise<HashAnswer> =>
  new Promise((hashed, failed) => pool.hash(batch, { hashed, failed }));

test("a thread that dies of one file costs only that file", async () => {
  const pool = new HashPool(2, frailWorker);
  const [first, second] = await Promise.all([
    answerOf(pool, batchOf("good", "deadly", "fine")),
    answerOf(pool, batchOf("other")),
  ]);
  expect(first!.digests.length).toBe(3 * DIGEST_BYTES);
  expect(first!.digests[0]).toBe(1);
  expect(first!.digests[DIGEST_BYTES]).toBe(0);
  expect(first!.digests[2 * DIGEST_BYTES]).toBe(1);
  expect(first!.odd).toHaveLength(1);
  expect(first!.odd[0]).toMatchObject({ index: 1, facts: undefined });
  expect(first!.odd[0]!.error).toStartWith("EHASH: ");
  expect(second!.odd).toEqual([]);
});

test("a thread that ends without a word is replaced too", async () => {
  const pool = new HashPool(1, frailWorker);
  const answer = await answerOf(pool, batchOf("exits"));
  expect(answer.odd[0]!.error).toStartWith("EHASH: ");
  expect((await answerOf(pool, batchOf("good"))).odd).toEqual([]);
});

test("when every thread dies of everything, the run ends instead of trying for ever", async () => {
  const pool = new HashPool(2, frailWorker);
  const everything = Array.from({ length: 40 }, () => "deadly");
  expect(answerOf(pool, batchOf(...everything))).rejects.toThrow("keep dying");
  await Bun.sleep(1);
});

test("a cancelled pool rejects what waits, and works again", async () => {
  const pool = new HashPool(1, frailWorker);
  const waiting = Array.from({ length: 5 }, () => answerOf(pool, batchOf("good")));
  pool.cancel(new Error("stopped"));
  const results = await Promise.allSettled(waiting);
  expect(results.every((result) => result.status === "rejected")).toBe(true);
  expect((await answerOf(pool, batchOf("good"))).odd).toEqual([]);
});

test("answers are taken without the event loop, and threads go on meanwhile", async () => {
  const pool = new HashPool(2, frailWorker);
  await answerOf(pool, batchOf("good")); // both threads are there
  let answerCount = 0;
  const count = { hashed: () => void answerCount++, failed: () => {} };
  for (let i = 0; i < 100; i++) pool.hash(batchOf("good"), count);
  const deadlineMs = performance.now() + 5000;
  while (answerCount < 100 && performance.now() < deadlineMs) pool.takeAnswers(1000);
  expect(answerCount).toBe(100);
});
