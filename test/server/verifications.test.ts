// Records of verifications over HTTP: added once, told in pages, changed by nobody.
import { afterAll, expect, test } from "bun:test";
import { noFindings } from "#core/proof/finding.ts";
import { verificationFacts, type VerificationFacts } from "#core/proof/verification.ts";
import { foreign, ours, SAID, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const facts = (nr: number, more: Partial<VerificationFacts> = {}): VerificationFacts => ({
  ...verificationFacts({
    id: String(nr).padStart(32, "0"),
    machineId: SAID.machine_id,
    setName: SAID.backupset_name,
    snapshotId: "a".repeat(64),
    copy: "nas",
    target: "/mnt/nas",
    startedAtMs: Date.UTC(2026, 10, nr),
    durationMs: 5,
    method: "read",
    coverage: {
      filesTotal: 2,
      filesChecked: 2,
      bytesTotal: 9,
      bytesChecked: 9,
      filesCompared: 2,
      filesBad: 1,
      notChecked: {},
    },
    counts: { ...noFindings(), intact: 1, corrupted: 1 },
    bytesRead: 9,
    isComplete: true,
    cut: null,
    listed: [{ kind: "corrupted", path: "/x/\udcff<b>" }],
  }),
  ...more,
});

test("GET and POST …/verifications and …/{snapshot_id}/verifications: added once, filtered, in pages", async () => {
  const server = await start();
  await server.send(JSON.stringify(foreign(tree(), { snapshot_id: "abc123" })));
  const [, { snapshot_id: id }] = (await seen(server.ask("abc123"))) as [
    number,
    { snapshot_id: string },
  ];
  const post = (body: object) =>
    seen(
      server.ask("verifications", {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    );
  const [one, two, source] = [facts(1), facts(2, { snapshot_id: id }), facts(3, { copy: null })];
  for (const body of [one, two, source]) {
    expect(await post(body)).toEqual([201, { id: body.id, status: "stored" }]);
  }
  // I8: what was found stays found, whatever comes later under its id.
  const mended = { ...one, counts: { ...one.counts, corrupted: 0 } };
  expect(await post(mended)).toEqual([200, { id: one.id, status: "exists" }]);
  const ids = async (path: string) =>
    ((await seen(server.ask(path)))[1] as VerificationFacts[]).map((told) => Number(told.id));
  expect(await ids("verifications")).toEqual([3, 2, 1]);
  expect(await ids("verifications?copy=nas")).toEqual([2, 1]);
  expect(await ids("verifications?source=true")).toEqual([3]);
  expect(await ids(`${id}/verifications`)).toEqual([2]);
  expect(await ids("abc123/verifications")).toEqual([2]);
  const page = await server.ask("verifications?limit=2&findings=true");
  expect((await page.json()) as object).toEqual([source, two]);
  const next = /<([^>]+)>/.exec(page.headers.get("Link")!)![1]!;
  expect(await ids(next)).toEqual([1]);
  const { findings: _, ...short } = one;
  expect(await seen(server.ask(next.replace("&findings=true", "")))).toEqual([200, [short]]);

  for (const wrong of [
    { ...one, machine_id: "other" },
    { ...one, id: "x" },
    { ...one, more: 1 },
    { ...one, counts: { intact: 1 } },
    { ...one, started_at: "yesterday" },
    {},
  ]) {
    expect(await post(wrong)).toMatchObject([400, { code: "invalid_request" }]);
  }
  expect(await seen(server.ask("nobody/verifications"))).toMatchObject([
    404,
    { code: "not_found" },
  ]);
  expect(await seen(server.ask("/machines/m/backupsets/none/verifications"))).toMatchObject([
    404,
    {},
  ]);
});

test("I10: a key that may only push is told which records are there, and nothing of what they found", async () => {
  const server = await startWithKeys();
  const push = await server.key("ada", ["push"]);
  const read = await server.key("ada", ["read"]);
  const ask = (key: string, query: string) =>
    seen(server.ask(`${SET_PATH}/verifications${query}`, { headers: bearer(key) }));
  await add(server, push, SET_PATH, ours(tree()).json);
  expect(await add(server, push, `${SET_PATH}/verifications`, JSON.stringify(facts(1)))).toBe(201);
  const { id, snapshot_id, started_at } = facts(1);
  expect(await ask(push, "?limit=100")).toEqual([200, [{ id, snapshot_id, started_at }]]);
  for (const query of ["?findings=true", "?copy=nas", "?source=true"]) {
    expect(await ask(push, query)).toMatchObject([403, { code: "forbidden" }]);
  }
  expect(await ask(read, "?findings=true")).toEqual([200, [facts(1)]]);
  await server.stop();
});

test("I8, I11: records are counted to their owner's share, and refused over it", async () => {
  const server = await startWithKeys({ limits: { owner_size: 400_000 } });
  const push = await server.key("ada", ["push"]);
  await add(server, push, SET_PATH, ours(tree()).json);
  const listed = Array.from({ length: 900 }, (_, i) => ({
    kind: "corrupted",
    path: `/very/long/${i}`,
  }));
  const record = (nr: number) => JSON.stringify(facts(nr, { findings: listed as [] }));
  const statuses: number[] = [];
  for (let nr = 1; nr <= 28 && statuses.at(-1) !== 507; nr++) {
    statuses.push(await add(server, push, `${SET_PATH}/verifications`, record(nr)));
  }
  expect(statuses.at(-1)).toBe(507);
  expect(statuses.length).toBeGreaterThan(2);
  // What is there already costs nothing, and nothing came of the one that was refused.
  expect(await add(server, push, `${SET_PATH}/verifications`, record(1))).toBe(200);
  const [, told] = await seen(server.ask(`${SET_PATH}/verifications`, { headers: bearer(push) }));
  expect(told).toHaveLength(statuses.length - 1);
  await server.stop();
});

// --- internal ---

const add = async (
  server: { ask: (path: string, init: RequestInit) => Promise<Response> },
  key: string,
  path: string,
  body: string,
): Promise<number> => {
  const headers = { ...bearer(key), "Content-Type": "application/json" };
  return (await server.ask(path, { method: "POST", body, headers })).status;
};
