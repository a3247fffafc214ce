// What was verified goes to the server with the snapshots, once, and again where the server lost it.
import { expect, test } from "bun:test";
import { noFindings } from "#core/proof/finding.ts";
import { NOBODY } from "#core/run.ts";
import type { Verification } from "#core/proof/verification.ts";
import type { Scope } from "#db/scope.ts";
import { listVerifications, recordVerification } from "#db/proof/verifications.ts";
import { push } from "#jobs/push/push.ts";
import { newScope } from "#test/db/fixture.ts";
import { SET } from "#test/db/sample.ts";
import { addSnapshots, AGENT, DAY, T0 } from "./history.ts";
import { newFolder, startServer } from "./server.ts";

const done = (nr: number): Verification => ({
  id: String(nr).padStart(32, "0"),
  ...SET,
  snapshotId: "a".repeat(64),
  copy: "nas",
  target: "/mnt/nas",
  startedAtMs: T0 + nr * 1000,
  durationMs: 5,
  method: "read",
  coverage: {
    filesTotal: 9999,
    filesChecked: 9999,
    bytesTotal: 9,
    bytesChecked: 9,
    filesCompared: 9999,
    filesBad: 1000,
    notChecked: {},
  },
  counts: { ...noFindings(), corrupted: 1000 },
  bytesRead: 9,
  isComplete: true,
  cut: null,
  listed: Array.from({ length: 1000 }, (_, at) => ({
    kind: "corrupted",
    path: `/data/\udcff${"long/".repeat(20)}${at}`,
    expected: { size: 1 },
  })),
});

async function all(scope: Scope): Promise<Verification[]> {
  return (await listVerifications(scope, SET, {}, { limit: 1000 })).rows;
}

test("I3: records of verifications are pushed once, in order, and anew where the server lost them", async () => {
  const [local, server] = [await newScope(), await startServer()];
  await addSnapshots(local, 2);
  const pushed = async () => {
    const input = {
      remoteUrl: server.url,
      dataDir: newFolder(),
      sets: [SET],
      agentId: AGENT,
      adopt: false,
      isDryRun: false,
    };
    const run = { signal: new AbortController().signal, monitor: NOBODY, now: () => T0 + 9 * DAY };
    return (await push(local, input, run)).sets[0]!.verificationCount;
  };
  expect(await pushed()).toBe(0);
  for (let nr = 1; nr <= 130; nr++) await recordVerification(local, { ...done(nr), listed: [] });
  await recordVerification(local, done(131));
  expect(await pushed()).toBe(131);
  expect(await pushed()).toBe(0);
  const there = await all(server.scope);
  expect(there.map(({ id }) => id)).toEqual((await all(local)).map(({ id }) => id));
  const [newest] = there;
  expect(newest!.counts.corrupted).toBe(1000); // counted, though not all were sent by name
  expect(newest!.listed.length).toBeGreaterThan(50);
  expect(newest!.listed[0]).toEqual({ kind: "corrupted", path: done(131).listed[0]!["path"] });
  server.scope.store.database.run("DELETE FROM verifications WHERE nr > 40"); // as an old backup of it has them
  expect(await pushed()).toBe(91);
  expect((await all(server.scope)).length).toBe(131);
});
