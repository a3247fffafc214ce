// Two owners: whatever one of them does, what the other reads does not change by a byte.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { timestampText } from "#core/timestamp.ts";
import { routes } from "#server/routes.ts";
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
const T = Date.UTC(2026, 10, 1);
const DAY = 86_400_000;
/** Deeds between two looks; 20,000 in the soak. */
const AT_ONCE = 10;
const ROUNDS = process.env["BSV_SOAK"] === "1" ? 2_000 : 6;

const documentOf = (machine_id: string, day: number, seed: number) =>
  ours(tree(seed), {
    machine_id,
    backupset_name: "set",
    timestamp: timestampText(T + day * DAY),
  });
const asker =
  (key: string) =>
  (path: string, init: RequestInit = {}) =>
    server.ask(path, { ...init, headers: { ...bearer(key), ...json } });

const ada = asker(await server.key("ada", ["admin"]));
const bob = asker(await server.key("bob", ["read", "push"]));

for (const day of [0, 1, 2]) {
  const body = documentOf("bobs", day, day + 1).json;
  const sent = await bob("/machines/bobs/backupsets/set", { method: "POST", body });
  expect(sent.status).toBe(201);
}

const QUERIES: Record<string, string> = {
  log: "?path=/home",
  prune: "?keep_last=1",
  versions: "?keep_last=1",
};
const paths = routes
  .filter(({ method, needs }) => method === "GET" && (needs === "read" || needs === "anyone"))
  .map(({ path }) => path)
  .map((path) => path.replace("{machine_id}", "bobs").replace("{set_name}", "set"))
  .map((path) => path.replace("{snapshot_id}", documentOf("bobs", 0, 1).id))
  .map((path) => path + (QUERIES[path.slice(path.lastIndexOf("/") + 1)] ?? ""));

/** All that Bob can read, his own and what there might be beside it. */
async function bobsView(): Promise<Map<string, string>> {
  const view = new Map<string, string>();
  for (const path of [...paths, "/machines/adas/backupsets", "/machines/adas/backupsets/set"]) {
    expect(path).not.toContain("{");
    const answer = await bob(path);
    const headers = Object.fromEntries(answer.headers);
    delete headers["date"];
    delete headers["x-request-id"];
    const body = (await answer.text()).replaceAll(/"request_id":"[^"]*"/g, "");
    view.set(path, JSON.stringify([answer.status, headers, body]));
  }
  return view;
}

const deed = fc.record({
  kind: fc.constantFrom(
    "post",
    "post",
    "post",
    "delete",
    "tag",
    "reserve",
    "open",
    "bobs",
    "share",
  ),
  day: fc.nat(9),
  seed: fc.integer({ min: 1, max: 5 }),
});

async function act({ kind, day, seed }: { kind: string; day: number; seed: number }) {
  const at = "/machines/adas/backupsets/set";
  const { id, json: body } = documentOf("adas", day, seed);
  switch (kind) {
    case "post":
      return ada(at, { method: "POST", body });
    case "delete":
      return ada(`${at}/${id}`, { method: "DELETE" });
    case "tag":
      return ada(`${at}/${id}/tags`, { method: "POST", body: `{"add":["t${seed}"]}` });
    case "reserve":
      return ada(`/machines/adas-${seed}/backupsets/set/validate`, { method: "POST", body: "{}" });
    case "open":
      return ada(`${at}/uploads`, { method: "POST", body: `{"content_type":"application/json"}` });
    case "share":
      return ada("/machines/adas/readers/ada", { method: "PUT" });
    default: {
      // Bob's very names, which she knows.
      const mine = documentOf("bobs", day, seed);
      await ada("/machines/bobs/backupsets/set", { method: "POST", body: mine.json });
      return ada(`/machines/bobs/backupsets/set/${mine.id}`, { method: "DELETE" });
    }
  }
}

test("I10: what one owner does changes nothing that another reads", async () => {
  const before = await bobsView();
  let deeds = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (some) => {
      for (const one of some) {
        expect((await act(one)).status).toBeLessThan(500);
        deeds++;
      }
      expect(await bobsView()).toEqual(before);
    }),
    { numRuns: ROUNDS, seed: 7, endOnFailure: true },
  );
  expect(deeds).toBe(ROUNDS * AT_ONCE);
});
