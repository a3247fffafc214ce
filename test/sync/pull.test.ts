// Pull into a real store from a real server, from one that lies, and over links that break.
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { BsvError } from "#core/errors.ts";
import type { Run } from "#core/run.ts";
import { timestampText } from "#core/timestamp.ts";
import { entryPages } from "#db/entries.ts";
import { deleteSnapshot } from "#db/recording/erase.ts";
import type { Scope } from "#db/scope.ts";
import { documentText } from "#jobs/document-text.ts";
import { pull, type PullInput, type PullSummary } from "#jobs/pull.ts";
import { push } from "#jobs/push/push.ts";
import { newScope } from "#test/db/fixture.ts";
import { all, SET } from "#test/db/sample.ts";
import { damageIn, idsIn } from "#test/faults/prove.ts";
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
const HASTE = { attempts: 4, firstWaitMs: 5, longestWaitMs: 20 };

const liars: { stop(force: boolean): unknown }[] = [];
afterEach(() => {
  for (const liar of liars.splice(0)) liar.stop(true);
});

function pullFrom(remoteUrl: string, scope: Scope, wish: Partial<PullInput> = {}) {
  const input = { remoteUrl, dataDir: newFolder(), set: SET, isDryRun: false, patience: HASTE };
  return pull(scope, { ...input, ...wish }, run);
}

async function pushed(count: number, shape = {}): Promise<[Scope, TestServer]> {
  const [lost, server] = [await newScope(), await startServer()];
  await addSnapshots(lost, count, shape);
  const input = { remoteUrl: server.url, dataDir: newFolder(), sets: [SET], agentId: AGENT };
  await push(lost, { ...input, adopt: false, isDryRun: false, patience: HASTE }, run);
  return [lost, server];
}

const outcomes = (summary: PullSummary) => summary.pulled.map((one) => one.outcome);

async function textOf(scope: Scope, id: string): Promise<string> {
  const { findSnapshot } = await import("#db/find-snapshot.ts");
  return (await Array.fromAsync(documentText(scope, (await findSnapshot(scope, id))!))).join("");
}

test("a lost history comes back whole: the same ids, entries and documents", async () => {
  const [lost, server] = await pushed(6, { files: 500 });
  const found = await newScope();
  const summary = await pullFrom(server.url, found);
  expect(outcomes(summary)).toEqual(Array(6).fill("stored"));
  expect(summary.pulled.slice(1).every((one) => one.baseId !== null)).toBe(true);
  const ids = await idsIn(lost);
  expect(await idsIn(found)).toEqual(ids);
  for (const id of ids) {
    expect(await all(entryPages(found, id))).toEqual(await all(entryPages(lost, id)));
    expect(await textOf(found, id)).toBe(await textOf(lost, id));
  }
  expect(await pullFrom(server.url, found)).toMatchObject({ pulled: [], heldCount: 6 });
});

test("only the differences travel", async () => {
  const [, server] = await pushed(2, { files: 5000, churn: 50 });
  const [whole, difference] = (await pullFrom(server.url, await newScope())).pulled;
  expect(difference!.wireBytes * 20).toBeLessThan(whole!.wireBytes);
});

test("a broken pull goes on where it stopped", async () => {
  const [lost, server] = await pushed(6, { files: 300 });
  const found = await newScope();
  const link = through(server, (n) => (n > 3 ? { refuse: true } : {}));
  let stopped = 0;
  for (let left = 6; left > 0;) {
    const breaking = through(server, (n) => (n > 1 ? { refuse: true } : { cutDownAfter: 16_000 }));
    const summary = await pullFrom(breaking.url, found);
    if (summary.stopped === null) break;
    expect(summary.stopped.code).toBe("unreachable");
    stopped++;
    if (summary.waiting.length === left) break; // this link carries no more
    left = summary.waiting.length;
  }
  expect(stopped).toBeGreaterThan(0);
  await pullFrom(link.url, found).catch(() => undefined);
  await pullFrom(server.url, found);
  expect(await idsIn(found)).toEqual(await idsIn(lost));
  expect(await damageIn(found)).toEqual([]);
});

test("what was deleted here on purpose does not come back", async () => {
  const [, server] = await pushed(3);
  const here = await newScope();
  await pullFrom(server.url, here);
  const ids = await idsIn(here);
  await deleteSnapshot(here, ids[1]!, { nowMs: T0, why: "test" });
  expect(await pullFrom(server.url, here)).toMatchObject({ pulled: [], deletedHereCount: 1 });
  expect(await idsIn(here)).toHaveLength(2);
});

test("a remote that does not know the set says so", async () => {
  const server = await startServer();
  const error = await pullFrom(server.url, await newScope()).catch((thrown: unknown) => thrown);
  expect((error as BsvError).code).toBe("not_found");
});

test("I2: a remote that answers with anything but the snapshot asked for stores nothing", async () => {
  const [lost] = await pushed(2, { files: 30 });
  const ids = await idsIn(lost);
  const [first, second] = [await textOf(lost, ids[0]!), await textOf(lost, ids[1]!)];
  const json = { "Content-Type": "application/json" };
  const lies: [string, () => Response][] = [
    ["another snapshot, right in itself", () => new Response(second, { headers: json })],
    [
      "a changed entry",
      () => new Response(first.replace('"size":1', '"size":2'), { headers: json }),
    ],
    ["a lost entry", () => new Response(first.replace(/\{"path".*\n/, ""), { headers: json })],
    ["a cut end", () => new Response(first.slice(0, -20), { headers: json })],
    ["no JSON", () => new Response("<html>".repeat(1000), { headers: json })],
    ["a wrong id", () => new Response(first.replace(ids[0]!, "0".repeat(64)), { headers: json })],
    [
      "another encoding",
      () => new Response(first, { headers: { ...json, "Content-Encoding": "gzip" } }),
    ],
  ];
  for (const [what, lie] of lies) {
    const liar = Bun.serve({
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname.endsWith("/chain")) return Response.json([]);
        if (!pathname.endsWith("/heads")) return lie();
        return Response.json([{ snapshot_id: ids[0], timestamp: timestampText(T0) }]);
      },
    });
    liars.push(liar);
    const here = await newScope();
    const summary = await pullFrom(`http://127.0.0.1:${liar.port}`, here);
    expect([what, outcomes(summary)]).toEqual([what, ["refused"]]);
    expect(summary.pulled[0]!.problem).not.toBeNull();
    expect(await idsIn(here)).toEqual([]);
  }
});
