// What was asked before is answered from memory, but never with what is no longer so, and never with what others may see.
import { afterAll, expect, test } from "bun:test";
import { deleteSnapshot } from "#db/recording/erase.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { AskedBefore } from "#server/answers/asked-before.ts";
import { file } from "#test/db/sample.ts";
import { newScope } from "#test/db/fixture.ts";
import { foreign, SAID } from "#test/jobs/document.ts";
import type { House } from "#server/house.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { start, stopAll } from "./running.ts";

afterAll(stopAll);

const day = (nr: number, size = nr): string =>
  JSON.stringify(foreign([file("/a", size)], { timestamp: `2026-10-0${nr}T00:00:00.000Z` }));
const LISTS = [
  "",
  "query?from=2026-01-01",
  "heads",
  "log?path=/a",
  "diff?from=2026-10-01",
  "du",
  "prune?keep_last=1",
  "stats",
];

test("an answer is never older than the last write: of an upload, a tag, a deletion, through the server or beside it", async () => {
  const server = await start();
  await server.send(day(1));
  const ask = async () => Promise.all(LISTS.map(async (path) => (await server.ask(path)).text()));
  const answers = [await ask()];
  expect(await ask()).toEqual(answers[0]!);
  await server.send(day(2));
  answers.push(await ask());
  expect(answers[1]!.map((answer, nr) => answer === answers[0]![nr])).toEqual(
    LISTS.map(() => false),
  );
  const [, { snapshot_id: id }] = JSON.parse(answers[1]![0]!) as [object, { snapshot_id: string }];
  await server.ask(`${id}/tags`, {
    method: "POST",
    body: '{"add":["kept"]}',
    headers: { "Content-Type": "application/json" },
  });
  expect(await (await server.ask("prune?keep_tags=kept")).text()).toContain("kept");
  const beside = everything(await openStore(`${server.dataDir}/bsv.db`)); // as another process
  await deleteSnapshot(beside, id, { nowMs: Date.now(), why: "test" });
  await beside.store.close();
  expect(JSON.parse(await (await server.ask("")).text())).toHaveLength(1);
});

test("a kept answer comes in the form that each asker accepts, and says that there are others", async () => {
  const server = await start();
  for (let nr = 1; nr <= 9; nr++) await server.send(day(nr));
  const ask = (encoding: string) => server.ask("", { headers: { "Accept-Encoding": encoding } });
  const plain = await (await ask("identity")).text();
  expect(plain.length).toBeGreaterThan(1024);
  for (const encoding of ["zstd", "gzip", "identity", "gzip", "zstd"]) {
    const answer = await ask(encoding);
    expect(answer.headers.get("vary")).toBe("Accept-Encoding");
    const expected = encoding === "identity" ? null : encoding;
    expect(answer.headers.get("content-encoding")).toBe(expected);
    expect(await answer.text()).toBe(plain);
  }
});

test("I10: what one user was answered is not what another is answered", async () => {
  const server = await startWithKeys();
  const [ann, bob] = [await server.key("ann", ["push", "read"]), await server.key("bob", ["read"])];
  const headers = { "Content-Type": "application/json", ...bearer(ann) };
  expect((await server.ask("", { method: "POST", body: day(1), headers })).status).toBe(201);
  for (const path of [
    ...LISTS,
    "/machines",
    `/machines/${SAID.machine_id}/backupsets`,
    "/find?path=/a",
  ]) {
    const seen = [];
    for (const key of [ann, ann, bob, ann]) {
      const answer = await server.ask(path, { headers: bearer(key) });
      seen.push(`${answer.status} ${await answer.text()}`);
    }
    expect([path, seen[1], seen[3]]).toEqual([path, seen[0]!, seen[0]!]);
    expect([path, seen[2] === seen[0], /snapshot_id|"\/a"|"machine_id"/.test(seen[2]!)]).toEqual([
      path,
      false,
      false,
    ]);
  }
  await server.stop();
});

test("I11: fifty who ask at once wait for one answer; failures and streams are kept for nobody", async () => {
  const house = { scope: await newScope(), now: () => 0 } as unknown as House;
  const asked = new AskedBefore();
  let found = 0;
  const ask = (path: string, answer: () => Response) =>
    asked.answer(house, new Request(`http://host${path}`), async () => {
      found++;
      await Bun.sleep(5);
      return answer();
    });
  const whole = () => new Response("[]", { headers: { "Content-Length": "2", Link: "<x>" } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask("/a", whole)));
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(
    answers.map(() => "[]"),
  );
  expect([found, answers[49]!.headers.get("link")]).toEqual([1, "<x>"]);
  for (const path of ["/stream", "/stream"])
    await (await ask(path, () => new Response("x"))).text();
  expect(found).toBe(3);
  const failing = () => {
    throw new Error("no");
  };
  for (const path of ["/bad", "/bad"]) await ask(path, failing).catch(() => undefined);
  expect(found).toBe(5);
});

for (const [what, path, headers, length] of [
  ["long answers", "", {}, 500_000],
  ["long headers of who asks", "", { Accept: "x".repeat(500_000) }, 2],
  ["long addresses", "x".repeat(500_000), {}, 2],
] as const) {
  test(`I11: what is kept is bounded, and the oldest goes: ${what}`, async () => {
    const house = { scope: await newScope(), now: () => 0 } as unknown as House;
    const asked = new AskedBefore();
    let found = 0;
    const bytes = new Uint8Array(length);
    const ask = (nr: number) =>
      asked.answer(house, new Request(`http://host/${path}${nr}`, { headers }), async () => {
        found++;
        return new Response(bytes, { headers: { "Content-Length": String(length) } });
      });
    for (let nr = 0; nr < 100; nr++) await ask(nr);
    await ask(99);
    expect(found).toBe(100);
    await ask(0);
    expect(found).toBe(101);
  });
}
