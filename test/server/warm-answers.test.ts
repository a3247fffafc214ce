// Much is known on while nobody writes to the store: principals, what they see, answers. Whoever asked before, and whatever: everybody
// gets to the byte what they would be the first to get.
import { afterAll, expect, test } from "bun:test";
import { shareMachine } from "#db/access/owners.ts";
import { recordAudit } from "#db/access/audit.ts";
import { routes } from "#server/routes.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { stopAll } from "./running.ts";
import { nameOf, QUERIES } from "./samples.ts";

const MANY = 1_000_000;
const server = await startWithKeys({
  limits: { requests: MANY, request_burst: MANY, failed_logins: MANY },
});
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const json = { "Content-Type": "application/json" };
const documentOf = (machine_id: string) => ours(tree(), { machine_id, backupset_name: "set" });

const ada = await server.key("ada", ["admin"]);
const eve = await server.key("eve", ["push", "read"]);
for (const [key, machine] of [
  [ada, "mach-a"],
  [ada, "mach-b"],
  [eve, "mach-e"],
] as const) {
  const init = { method: "POST", headers: { ...bearer(key), ...json } };
  const body = documentOf(machine).json;
  await server.ask(`/machines/${machine}/backupsets/set`, { ...init, body });
}
const by = { actor: "host", from: null, atMs: 0 };
await shareMachine(server.scope, "mach-a", { user: "eve", isShared: true }, by);

async function token(key: string, wish: object): Promise<string> {
  const init = { method: "POST", headers: { ...bearer(key), ...json }, body: JSON.stringify(wish) };
  return ((await (await server.ask("/auth/token", init)).json()) as { token: string }).token;
}
const adasRead = await server.key("ada", ["read"]);
const askers: Record<string, string> = {
  ada,
  adasRead,
  adasPush: await server.key("ada", ["push"]),
  adasBound: await server.key("ada", ["read"], ["mach-b"]),
  adasBoundPush: await server.key("ada", ["push"], ["mach-b"]),
  adasToken: await token(ada, { scopes: ["read"], machines: ["mach-a"] }),
  adasPushToken: await token(ada, { scopes: ["push"] }),
  eve,
  evesRead: await server.key("eve", ["read"]),
  evesPush: await server.key("eve", ["push"]),
  evesToken: await token(eve, { scopes: ["push"] }),
  root: await server.key("root", ["admin"]),
  rootsRead: await server.key("root", ["read"]),
  rootsBound: await server.key("root", ["admin"], ["mach-*"]),
  guessed: adasRead.slice(0, -2) + (adasRead.endsWith("00") ? "11" : "00"),
};

/** Answers of these differ from one time to the next. */
const LIVE = ["GET /keys", "GET /auth/sessions", "GET /audit", "GET /audit/verify"];
const questions = routes
  .filter(({ method, needs }) => method === "GET" && needs !== "nobody")
  .filter((route) => !LIVE.includes(nameOf(route)))
  .flatMap((route) => {
    const machines = route.path.includes("{machine_id}") ? ["a", "b", "e", "nil"] : [""];
    return machines.map((name) => {
      const machine = `mach-${name}`;
      const things: Record<string, string> = {
        machine_id: machine,
        set_name: "set",
        snapshot_id: documentOf(machine).id,
        upload_id: "00000000-0000-0000-0000-000000000000",
      };
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, part: string) => things[part]!);
      return path + (QUERIES[nameOf(route)] ?? "");
    });
  })
  .flatMap((path) => Object.keys(askers).map((asker) => ({ asker, path })));
type Question = (typeof questions)[number];

async function told({ asker, path }: Question): Promise<string> {
  const answer = await server.ask(path, { headers: bearer(askers[asker]!) });
  const { status, headers } = answer;
  const seen = ["etag", "link", "content-type"].map((name) => headers.get(name));
  return JSON.stringify([asker, path, status, seen, await answer.text()]);
}

/** In another order each time, the same in every run. */
const shuffled = (list: readonly Question[], seed: number): Question[] =>
  list.toSorted(
    (a, b) => Bun.hash.crc32(JSON.stringify([a, seed])) - Bun.hash.crc32(JSON.stringify([b, seed])),
  );

test("I10: whoever asked before, everybody is told what they would be the first to be told", async () => {
  const first = new Map<Question, string>();
  for (const question of questions) {
    // What was known is not any more: another process wrote.
    await recordAudit(server.scope, { actor: "host", what: "test", result: "ok", atMs: 0 });
    first.set(question, await told(question));
  }
  expect(questions.length).toBeGreaterThan(1000);
  for (const seed of [1, 2, 3]) {
    for (const question of shuffled(questions, seed)) {
      expect(await told(question)).toBe(first.get(question)!);
    }
  }
});
