// A stolen key that may push, and everything it can send, in any order: what was there before stays, as it was, where it was; and no
// retention takes the junk for a reason to delete the good without somebody being asked.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { timestampText } from "#core/timestamp.ts";
import { entryPages } from "#db/entries.ts";
import { prunePlan } from "#db/retention/prune-plan.ts";
import { querySnapshots } from "#db/query.ts";
import { all } from "#test/db/sample.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { stopAll } from "./running.ts";

const MANY = 1_000_000;
const server = await startWithKeys({
  limits: { requests: MANY, request_burst: MANY, uploads: MANY },
});
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const json = { "Content-Type": "application/json" };
const DAY = 86_400_000;
const NOW = Date.now();
const IS_SOAK = process.env["BSV_SOAK"] === "1";

const documentOf = (setName: string, ms: number, seed: number) =>
  ours(tree(seed), {
    machine_id: "box",
    backupset_name: setName,
    timestamp: timestampText(ms),
    summary: { file_count: 7, total_size: 1024 * seed + 34, error_count: 2, complete: true },
  });

const asker = (key: string) => (path: string, init: RequestInit) =>
  server.ask(`/machines/box/backupsets/${path}`, { ...init, headers: { ...bearer(key), ...json } });

/** Good snapshots, one a day, the newest of today; the server got each when it was made. */
async function goodSet(name: string, days: number): Promise<void> {
  const send = asker(await server.key("ada", ["push"]));
  for (let day = days - 1; day >= 0; day--) {
    const body = documentOf(name, NOW - day * DAY - 1000, days - day).json;
    expect((await send(name, { method: "POST", body })).status).toBe(201);
  }
  server.scope.store.database.run(
    `UPDATE snapshots SET received_at_ms = timestamp_ms + 500 WHERE backupset_name = '${name}'`,
  );
}

/** Every word of the set as it stands, by snapshot. */
async function standing(setName: string): Promise<Map<string, string>> {
  const set = { machineId: "box", setName };
  const page = { limit: 10_000, order: "asc" as const };
  const { rows } = await querySnapshots(server.scope, set, {}, page);
  const texts = new Map<string, string>();
  for (const row of rows) {
    const entries = await all(entryPages(server.scope, row.snapshotId));
    const { seq, receivedAtMs, timestampMs, headerText, tags } = row;
    texts.set(
      row.snapshotId,
      JSON.stringify([seq, receivedAtMs, timestampMs, headerText, tags, entries]),
    );
  }
  return texts;
}

/** One thing that can be sent; times are those of good snapshots, or near them, or far off. */
const deed = fc.record({
  kind: fc.constantFrom("post", "parts", "drop", "adopt", "delete", "tag", "owner", "garbage"),
  day: fc.nat(6),
  offMs: fc.constantFrom(0, 1, -1, 500, -DAY, DAY, 30 * DAY, -3650 * DAY, 36_500 * DAY),
  seed: fc.integer({ min: 1, max: 9 }),
});

test("I8: no combination of calls with a key that may push removes, replaces, hides or re-dates anything", async () => {
  await goodSet("good", 7);
  const before = await standing("good");
  const ids = [...before.keys()];
  const send = asker(await server.key("ada", ["push"]));
  const act = async ({
    kind,
    day,
    offMs,
    seed,
  }: typeof deed extends fc.Arbitrary<infer T> ? T : never) => {
    const body = documentOf("good", NOW - day * DAY - 1000 + offMs, seed).json;
    const id = ids[day]!;
    switch (kind) {
      case "post":
        return send("good", { method: "POST", body });
      case "parts":
      case "drop": {
        const opened = await send("good/uploads", {
          method: "POST",
          body: JSON.stringify({ content_type: "application/json", snapshot_id: id }),
        });
        const { upload_id } = (await opened.json()) as { upload_id: string };
        const upload = `good/uploads/${upload_id}`;
        await send(`${upload}/parts/1`, { method: "PUT", body });
        return send(upload, { method: kind === "drop" ? "DELETE" : "POST" });
      }
      case "adopt":
        return send("good/validate", {
          method: "POST",
          body: JSON.stringify({ adopt: true, agent_id: `thief-${seed}`, description: "gone" }),
        });
      case "delete":
        return send(`good/${id}`, { method: "DELETE" });
      case "tag":
        return send(`good/${id}/tags`, { method: "POST", body: `{"remove":["kept"]}` });
      case "owner":
        return send("../owner", { method: "PUT", body: `{"user":"ada"}` });
      case "garbage":
        return send("good", { method: "POST", body: body.slice(0, -seed) });
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 12 }), async (deeds) => {
      for (const one of deeds) expect((await act(one)).status).toBeLessThan(500);
    }),
    { numRuns: IS_SOAK ? 300 : 6, seed: 1 },
  );
  const after = await standing("good");
  for (const [id, text] of before) expect(after.get(id)).toBe(text);
  expect(after.size).toBeGreaterThan(before.size);
});

test("I8: junk of any date makes no retention delete a good snapshot unasked", async () => {
  const policies = [{ last: 5 }, { daily: 7 }, { last: 2, daily: 14, weekly: 4 }, { hourly: 24 }];
  await goodSet("flooded", 7);
  const set = { machineId: "box", setName: "flooded" };
  const goodIds = [...(await standing("flooded")).keys()];
  const going = async (policy: (typeof policies)[number]) => {
    const { verdicts, alarms } = await prunePlan(server.scope, set, policy, NOW + 1000);
    const ids = verdicts.filter(({ isKept }) => !isKept).map(({ snapshot }) => snapshot.snapshotId);
    return { ids: ids.filter((id) => goodIds.includes(id)), alarms };
  };
  const honest = await Promise.all(policies.map(going));
  const send = asker(await server.key("ada", ["push"]));
  const offsets = [1, 60_000, -1, 7 * DAY, -400 * DAY, ...(IS_SOAK ? [2, 3, -2, 400 * DAY] : [])];
  for (let day = 0; day < 7; day++) {
    for (const offMs of offsets) {
      const body = documentOf("flooded", NOW - day * DAY - 1000 + offMs, 20 + day).json;
      expect((await send("flooded", { method: "POST", body })).status).toBe(201);
    }
  }
  for (const [nr, policy] of policies.entries()) {
    const { ids, alarms } = await going(policy);
    const unasked = alarms.length > 0 ? [] : ids.filter((id) => !honest[nr]!.ids.includes(id));
    expect([policy, unasked]).toEqual([policy, []]);
  }
});
