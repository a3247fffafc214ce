// Push between two real stores through a real server, over links as they are.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { lockSet } from "#db/lock.ts";
import type { Scope } from "#db/scope.ts";
import { push, type PushInput, type PushSummary } from "#jobs/push/push.ts";
import { damageIn, idsIn } from "#test/faults/prove.ts";
import { newScope } from "#test/db/fixture.ts";
import { SET } from "#test/db/sample.ts";
import { addSnapshots, AGENT, DAY, T0 } from "./history.ts";
import { newFolder, startServer, through, type TestServer } from "./server.ts";

/** Real servers on a machine that may be busy. */
setDefaultTimeout(60_000);

const quiet = { progress() {}, trouble() {}, note() {} };
const run: Run = {
  signal: new AbortController().signal,
  monitor: quiet,
  now: () => T0 + 400 * DAY,
};
const HASTE = { attempts: 6, firstWaitMs: 5, longestWaitMs: 40 };

interface Wish extends Partial<PushInput> {
  run?: Run;
}

function pushTo(remoteUrl: string, scope: Scope, wish: Wish = {}): Promise<PushSummary> {
  const { run: given = run, ...input } = wish;
  return push(
    scope,
    {
      remoteUrl,
      dataDir: newFolder(),
      sets: [SET],
      agentId: AGENT,
      adopt: false,
      isDryRun: false,
      patience: HASTE,
      ...input,
    },
    given,
  );
}

const outcomes = (summary: PushSummary) => summary.sets[0]!.sent.map((one) => one.outcome);

async function expectSame(local: Scope, server: TestServer): Promise<void> {
  expect(await idsIn(server.scope)).toEqual(await idsIn(local));
  expect(await damageIn(server.scope)).toEqual([]);
}

test("a first push brings everything, oldest first, and the next one nothing", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 5);
  const summary = await pushTo(server.url, local);
  expect(outcomes(summary)).toEqual(Array(5).fill("stored"));
  const times = summary.sets[0]!.sent.map((one) => one.timestampMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  await expectSame(local, server);
  const again = await pushTo(server.url, local);
  expect(again.sets[0]).toMatchObject({ sent: [], heldCount: 5, waiting: [] });
});

test("a second push of the same set ends at once, and leaves nothing in the spool when it is done", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 1);
  const dataDir = newFolder();
  const lock = await lockSet(dataDir, SET, "pushed");
  const refused = await pushTo(server.url, local, { dataDir }).catch((error: unknown) => error);
  expect((refused as BsvError).code).toBe("locked");
  lock.release();
  expect(outcomes(await pushTo(server.url, local, { dataDir }))).toEqual(["stored"]);
  expect(readdirSync(join(dataDir, "spool", "push"))).toEqual([]);
});

test("where the remote holds the one before, only the difference is sent", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const [first] = await addSnapshots(local, 2, { files: 5000, churn: 50 });
  const [whole, difference] = (await pushTo(server.url, local)).sets[0]!.sent;
  expect(whole!.baseId).toBeNull();
  expect(whole!.lineCount).toBe(5000);
  expect(difference!.baseId).toBe(first!.snapshotId);
  expect(difference!.lineCount).toBe(50);
  expect(difference!.wireBytes * 50).toBeLessThan(whole!.wireBytes);
  await expectSame(local, server);
});

test("a dry run says what waits, and neither sends nor reserves anything", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 3);
  const summary = await pushTo(server.url, local, { isDryRun: true });
  expect(summary.sets[0]!.waiting).toHaveLength(3);
  expect(summary.sets[0]!.sent).toEqual([]);
  expect(await idsIn(server.scope)).toEqual([]);
});

test("the queue outlives offline days: nothing is lost, and all goes when the remote is back", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 2);
  await pushTo(server.url, local);
  await server.stop();
  await addSnapshots(local, 2);
  const offline = await pushTo(server.url, local);
  expect(offline.stopped?.code).toBe("unreachable");
  expect(offline.sets[0]!.waiting).toHaveLength(4);
  await addSnapshots(local, 1);
  await server.start();
  expect(outcomes(await pushTo(server.url, local))).toEqual(["stored", "stored", "stored"]);
  await expectSame(local, server);
});

test("a snapshot from before all others finds its place, as a difference to the one after it", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const [first] = await addSnapshots(local, 2, { files: 200 });
  await pushTo(server.url, local);
  await addSnapshots(local, 1, { files: 200, startMs: T0 - 9 * DAY });
  const summary = await pushTo(server.url, local);
  expect(summary.sets[0]!.sent).toMatchObject([{ outcome: "stored", baseId: first!.snapshotId }]);
  await expectSame(local, server);
});

test("a server restored from an old backup is sent what it lost", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 3);
  await pushTo(server.url, local);
  const backup = await server.backUp();
  await addSnapshots(local, 3);
  await pushTo(server.url, local);
  await server.restore(backup);
  const summary = await pushTo(server.url, local);
  expect(outcomes(summary)).toEqual(["stored", "stored", "stored"]);
  expect(summary.sets[0]!.sent[0]!.baseId).not.toBeNull();
  await expectSame(local, server);
});

test("a base that the remote lost in the meantime: the whole is sent instead", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const [first] = await addSnapshots(local, 1);
  await pushTo(server.url, local);
  await addSnapshots(local, 1);
  const meddling = {
    ...quiet,
    progress() {
      void deleteSnapshot(server.scope, first!.snapshotId, { nowMs: T0, why: "test" });
    },
  };
  const summary = await pushTo(server.url, local, { run: { ...run, monitor: meddling } });
  expect(summary.sets[0]!.sent).toMatchObject([{ outcome: "stored", baseId: null }]);
  expect(await damageIn(server.scope)).toEqual([]);
});

test("what was deleted at the remote stays deleted, and counts as done", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const rows = await addSnapshots(local, 3);
  await pushTo(server.url, local);
  await deleteSnapshot(server.scope, rows[1]!.snapshotId, { nowMs: T0, why: "test" });
  const summary = await pushTo(server.url, local);
  expect(summary.sets[0]).toMatchObject({ sent: [], deletedThereCount: 1, waiting: [] });
});

test("I3: other content under the same time is reported, and the other snapshots go on", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const rows = await addSnapshots(local, 3);
  await addSnapshots(server.scope, 1, { startMs: rows[1]!.timestampMs, files: 3 });
  const summary = await pushTo(server.url, local);
  expect(outcomes(summary)).toEqual(["stored", "conflict", "stored"]);
  expect(summary.sets[0]!.sent[1]!.problem).toContain("another snapshot");
  expect(await idsIn(server.scope)).toHaveLength(3);
});

test("I3: a conflict that arises while pushing is reported just so", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const rows = await addSnapshots(local, 2);
  let rival: Promise<unknown> | undefined;
  const shape = { startMs: rows[0]!.timestampMs, files: 3 };
  const progress = () => void (rival ??= addSnapshots(server.scope, 1, shape));
  const summary = await pushTo(server.url, local, {
    run: { ...run, monitor: { ...quiet, progress } },
  });
  await rival;
  expect(outcomes(summary)).toEqual(["conflict", "stored"]);
  expect(await damageIn(server.scope)).toEqual([]);
});

test("another installation under this machine's name is refused until it says --adopt", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 1);
  await pushTo(server.url, local);
  await addSnapshots(local, 1);
  const stranger = { agentId: "another-installation" };
  const refused = await pushTo(server.url, local, stranger).catch((error: unknown) => error);
  expect((refused as BsvError).code).toBe("agent_conflict");
  expect((refused as BsvError).hint).toContain("--adopt");
  expect(outcomes(await pushTo(server.url, local, { ...stranger, adopt: true }))).toEqual([
    "stored",
  ]);
});

test("I9: a parent that the remote does not hold is told as a gap", async () => {
  const [local, server] = [await newScope(), await startServer()];
  const rows = await addSnapshots(local, 3);
  await deleteSnapshot(local, rows[1]!.snapshotId, { nowMs: T0, why: "test" });
  const summary = await pushTo(server.url, local);
  expect(summary.sets[0]!.sent.map((one) => one.gap)).toEqual([null, rows[1]!.snapshotId]);
});

test("I3: whatever answers are lost, pushed by several at once, each snapshot is there once", async () => {
  for (let round = 0; round < 8; round++) {
    const [local, server] = [await newScope(), await startServer()];
    await addSnapshots(local, 3, { files: 50 });
    const pushes = [0, 1, 2].map((lane) => {
      const link = through(server, (n) =>
        (n * 7 + round + lane) % 3 === 0 ? { loseAnswer: true } : {},
      );
      return pushTo(link.url, local);
    });
    for (const summary of await Promise.all(pushes)) {
      expect(summary.stopped).toBeNull();
      expect(summary.sets[0]!.waiting).toEqual([]);
    }
    await expectSame(local, server);
  }
}, 60_000);

test("a server that restarts in the middle of a push is waited for", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 12, { files: 50 });
  const link = through(server);
  let restarts: Promise<void> | undefined;
  const restart = async () => {
    for (let i = 0; i < 3; i++) {
      await Bun.sleep(40);
      await server.stop();
      await Bun.sleep(20);
      await server.start();
    }
  };
  const monitor = { ...quiet, progress: () => void (restarts ??= restart()) };
  const patience = { attempts: 200, firstWaitMs: 5, longestWaitMs: 50 };
  const summary = await pushTo(link.url, local, { patience, run: { ...run, monitor } });
  await restarts;
  expect(summary.stopped).toBeNull();
  await expectSame(local, server);
}, 30_000);

test("a large first push over a link that breaks all the time resumes until it is there", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 1, { files: 60_000 });
  const link = through(server, (n) => (n % 4 === 0 ? {} : { cutUpAfter: 400 * 1024 }));
  const dataDir = newFolder();
  let runs = 1;
  let summary = await pushTo(link.url, local, { dataDir });
  for (; summary.stopped !== null && runs < 20; runs++) {
    summary = await pushTo(link.url, local, { dataDir });
  }
  expect(summary.sets[0]!.sent).toMatchObject([{ outcome: "stored" }]);
  expect(summary.sets[0]!.sent[0]!.wireBytes).toBeGreaterThan(2 * 1024 * 1024);
  await expectSame(local, server);
}, 60_000);
