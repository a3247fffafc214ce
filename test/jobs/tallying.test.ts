// A list that is counted and hashed in a second thread, against the same one in this thread.
import { expect, test } from "bun:test";
import type { Tally } from "#core/document.ts";
import type { Entry } from "#core/entry.ts";
import type { PackedRows } from "#db/packed-rows.ts";
import type { SealedList } from "#db/recording/read-back.ts";
import type { Scope } from "#db/scope.ts";
import { talliedHere, withTallying } from "#jobs/ingest/tallying.ts";
import { newScope } from "#test/db/fixture.ts";
import { Random } from "#test/db/random.ts";
import { randomList } from "#test/db/random-list.ts";
import { file, record, sealFor, SET } from "#test/db/sample.ts";

/** So many that a thread is worth it. */
const MANY = 1_000_000;

/** Records a list; gives what a second thread made of it as the store gave it back. */
async function talliedThere(scope: Scope, atMs: number, entries: Entry[]): Promise<Tally> {
  let tally: Tally | undefined;
  await withTallying(MANY, (tallied) =>
    record(scope, atMs, entries, {
      seal(list) {
        tally = tallied({
          [Symbol.iterator]() {
            throw new Error("Not in this thread");
          },
          packed: () => list.packed!(),
        });
        return sealFor(SET, atMs)(list);
      },
    }),
  );
  return tally!;
}

test("I3: a second thread makes the same counts and tree_hash of a list, whatever is in it", async () => {
  const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
  const random = new Random(seed);
  const scope = await newScope();
  for (let at = 1; at <= 20; at++) {
    const entries = randomList(random);
    const tally = await talliedThere(scope, at * 1000, entries);
    expect([seed, tally]).toEqual([seed, talliedHere(entries)]);
  }
});

test("a list of just so many pages, or of nothing, ends where it ends", async () => {
  const scope = await newScope();
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, nr) => file(`/f/${String(nr).padStart(5, "0")}`, nr));
  for (const [nr, count] of [0, 1, 3999, 4000, 4001, 12_000, 20_000].entries()) {
    const entries = numbered(count);
    expect(await talliedThere(scope, (nr + 1) * 1000, entries)).toEqual(talliedHere(entries));
  }
});

test("a short list, and one that is not the store's, are hashed where they are", async () => {
  const entries = [file("/a", 1), file("/b", 2)];
  for (const count of [2, MANY]) {
    const tally = await withTallying(count, async (tallied) => tallied(entries));
    expect(tally).toEqual(talliedHere(entries));
  }
});

test("I1: what the thread cannot read undoes the recording, and keeps nobody waiting", async () => {
  const broken: SealedList = {
    *[Symbol.iterator]() {},
    packed: () => [{ count: 1 } as PackedRows],
  };
  const tallying = withTallying(MANY, async (tallied) => tallied(broken));
  expect(await tallying.catch((error: unknown) => error)).toBeInstanceOf(Error);
});

test.skipIf(process.env["BSV_SOAK"] !== "1")(
  "a process that is stopped for a minute does not take its own thread for dead",
  async () => {
    const command = [process.execPath, `${import.meta.dir}/child-tallying.ts`];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
    const said = child.stdout.getReader();
    expect(Buffer.from((await said.read()).value!).toString()).toBe("waiting\n");
    await Bun.sleep(200);
    child.kill("SIGSTOP");
    await Bun.sleep(62_000);
    child.kill("SIGCONT");
    expect(Buffer.from((await said.read()).value!).toString()).toBe("1000000\n");
    expect(await child.exited).toBe(0);
  },
  120_000,
);
