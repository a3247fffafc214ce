// An owner's share of the store: what is over it is refused with 507, undone to the last row, and nobody else's concern.
import { afterAll, expect, test } from "bun:test";
import { listAudit } from "#db/access/audit.ts";
import type { Entry } from "#core/entry.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
const many = (count: number, seed: number): Entry[] =>
  Array.from({ length: count }, (_, i) => ({ ...tree()[0]!, path: `/d${seed}/${i}`, inode: i }));

test("I8, I11: an owner's snapshots are counted; over its share 507, reading goes on, and room comes back", async () => {
  const server = await start({ limits: { owner_snapshots: 2 } });
  const sent = (n: number) => seen(server.send(ours(tree(), { timestamp: day(n) }).json));
  expect((await sent(1))[0]).toBe(201);
  expect((await sent(2))[0]).toBe(201);
  expect(await sent(3)).toMatchObject([507, { code: "over_quota" }]);
  expect((await sent(2))[0]).toBe(200); // what is there already costs nothing
  const [, list] = await seen(server.ask(""));
  expect(list).toHaveLength(2);
  const [{ snapshot_id: id }] = list as [{ snapshot_id: string }];
  expect((await server.ask(id, { method: "DELETE" })).status).toBe(200);
  expect((await sent(3))[0]).toBe(201);
});

test("I11: an owner's bytes are counted: one large snapshot is refused whole, and deleting gives back", async () => {
  const server = await start({ limits: { owner_size: 600_000 } });
  const send = async (count: number, n: number) => {
    const document = ours(many(count, n), { timestamp: day(n) });
    return [document.id, (await server.send(document.json)).status] as const;
  };
  const [first, status] = await send(2000, 1);
  expect(status).toBe(201);
  expect((await send(6_000, 2))[1]).toBe(507);
  expect((await server.ask("latest?files=false")).status).toBe(200);
  const [, sets] = await seen(server.ask(`${SET_PATH}/stats`));
  expect(sets).toMatchObject({ snapshots: 1, versions: 2000 });
  expect((await server.ask(first, { method: "DELETE" })).status).toBe(200);
  expect((await send(2000, 3))[1]).toBe(201);
});

test("I10: one owner's flood is not another's", async () => {
  const server = await startWithKeys({ limits: { owner_snapshots: 1 } });
  const push = async (key: string, machine_id: string, n: number) =>
    (
      await server.ask(`/machines/${machine_id}/backupsets/project-data`, {
        method: "POST",
        body: ours(tree(), { timestamp: day(n), machine_id }).json,
        headers: { ...bearer(key), "Content-Type": "application/json" },
      })
    ).status;
  const ada = await server.key("ada", ["push"]);
  const eve = await server.key("eve", ["push"]);
  expect(await push(eve, "eves", 1)).toBe(201);
  expect(await push(eve, "eves", 2)).toBe(507);
  expect(await push(eve, "eves-other", 3)).toBe(507);
  expect(await push(ada, "adas", 4)).toBe(201);
  await Bun.sleep(100);
  const { rows } = await listAudit(server.scope, { limit: 10 });
  expect(rows.filter(({ result }) => result === "over_quota")).toHaveLength(2);
  await server.stop();
});

test("I11: names that are reserved and never used are counted, too", async () => {
  const server = await startWithKeys({ limits: { owner_sets: 3 } });
  const key = await server.key("eve", ["push"]);
  const reserve = (nr: number) =>
    seen(
      server.ask(`/machines/eves-${nr}/backupsets/set/validate`, {
        method: "POST",
        headers: bearer(key),
      }),
    );
  for (const nr of [1, 2, 3]) expect((await reserve(nr))[0]).toBe(200);
  expect(await reserve(4)).toMatchObject([507, { code: "over_quota" }]);
  expect((await reserve(3))[0]).toBe(200); // hers already
  const read = bearer(await server.key("eve", ["read"]));
  expect((await seen(server.ask("/machines", { headers: read })))[1]).toHaveLength(3);
  const path = "/machines/eves-5/backupsets/project-data";
  const headers = { ...bearer(key), "Content-Type": "application/json" };
  const body = ours(tree(), { machine_id: "eves-5" }).json;
  expect((await server.ask(path, { method: "POST", headers, body })).status).toBe(507);
  await server.stop();
});
