// Records of verifications over HTTP: added once, told in pages, changed by nobody.
import { afterAll, expect, test } from "bun:test";
import { noFindings } from "#core/proof/finding.ts";
import { verificationFacts, type VerificationFacts } from "#core/proof/verification.ts";
import { foreign, SAID, tree } from "#test/jobs/document.ts";
import { seen, start, stopAll } from "./running.ts";

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
