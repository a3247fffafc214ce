// The audit log is a chain: whoever changes, removes or cuts off a row is found out by verifying it.
import { expect, test } from "bun:test";
import { listAudit, recordAudit, verifyAudit } from "#db/access/audit.ts";
import { everything } from "#db/scope.ts";
import { openStore } from "#db/store/store.ts";
import { newScope } from "./fixture.ts";

const event = (nr: number) => ({
  actor: "alice/0123456789ab",
  what: "key.create",
  target: `key ${nr}`,
  from: "192.0.2.7",
  result: "ok",
  atMs: 1_000 * nr,
});

async function withThree() {
  const scope = await newScope();
  for (const nr of [1, 2, 3]) await recordAudit(scope, event(nr));
  return scope;
}

test("I9: events are told newest first, as they were recorded, and their chain holds", async () => {
  const scope = await withThree();
  const { rows, nextCursor } = await listAudit(scope, { limit: 2 });
  expect(rows).toMatchObject([
    { seq: 3, ...event(3) },
    { seq: 2, ...event(2) },
  ]);
  const rest = await listAudit(scope, { limit: 2, cursor: nextCursor! });
  expect(rest.rows).toMatchObject([{ seq: 1, ...event(1) }]);
  expect(await verifyAudit(scope)).toEqual({ rows: 3, head: rows[0]!.hash, broken: null });
});

test("I9: no statement changes or removes an event", async () => {
  const { database } = (await withThree()).store;
  expect(() => database.run("UPDATE audit SET result = 'denied'")).toThrow("only added to");
  expect(() => database.run("DELETE FROM audit WHERE seq = 3")).toThrow("only added to");
});

test("I9: an event that was changed, taken out or cut off with the triggers gone is named", async () => {
  for (const [sql, seq] of [
    ["UPDATE audit SET actor = 'mallory' WHERE seq = 2", 2],
    ["UPDATE audit SET at_ms = 0 WHERE seq = 1", 1],
    ["DELETE FROM audit WHERE seq = 2", 2],
    ["DELETE FROM audit WHERE seq = 3", 3],
    [
      "INSERT INTO audit SELECT -7, at_ms, actor, what, target, came_from, result, hash FROM audit WHERE seq = 2",
      -7,
    ],
  ] as const) {
    const scope = await withThree();
    const { database } = scope.store;
    database.run("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_cut");
    database.run(sql);
    expect([sql, await verifyAudit(scope)]).toMatchObject([sql, { broken: { seq } }]);
  }
});

test("I9: a log that is written to while it is verified is whole", async () => {
  const scope = await withThree();
  const other = everything(await openStore(scope.store.file));
  for (let nr = 4; nr < 50; nr++) {
    const [proof] = await Promise.all([verifyAudit(scope), recordAudit(other, event(nr))]);
    expect(proof.broken).toBeNull();
  }
  await other.store.close();
});

test("I10: what others did is not told to one who sees only his own", async () => {
  const scope = await withThree();
  expect((await listAudit({ ...scope, owner: 1 }, { limit: 10 })).rows).toEqual([]);
});
