// Whatever an admin's key sends to whatever route, by whatever method: no answer is the server's own fault, and what is refused leaves
// the store as it was. Requests begin as ones that would do, and are spoilt in a few places. BSV_SOAK=1 sends 10,000 to each route;
// questions and bodies of snapshots have tests of their own, which spoil them more thoroughly.
import { afterAll, expect, test } from "bun:test";
import { routes } from "#server/routes.ts";
import type { Route } from "#server/route.ts";
import { Random } from "#test/db/random.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { damaged } from "./damage.ts";
import { bearer, startWithKeys } from "./keys.ts";
import { stopAll } from "./running.ts";
import { BODIES, nameOf, QUERIES } from "./samples.ts";

const SENT = process.env["BSV_SOAK"] === "1" ? 10_000 : 60;
const MANY = 1_000_000_000;
const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000);
const random = new Random(seed);

const server = await startWithKeys({
  limits: { requests: MANY, request_burst: MANY, failed_logins: MANY, uploads: MANY },
});
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});
const key = await server.key("root", ["admin"]);
const othersKey = await server.key("ada", ["read"]);

const SET = "/machines/box/backupsets/some-set";
const JSON_TYPE = "application/json";
interface Spoilt {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer<ArrayBuffer>;
}
const ask = (path: string, { headers, ...request }: Spoilt) =>
  server.ask(path, { ...request, headers: { ...bearer(key), ...headers } });
const json = { "Content-Type": JSON_TYPE };
let minutes = 0;
const document = () =>
  ours(tree(), {
    machine_id: "box",
    backupset_name: "some-set",
    timestamp: new Date(Date.UTC(2020, 0, 1) + ++minutes * 60_000).toISOString(),
  });
const { id, json: body } = document();
expect((await ask(SET, { method: "POST", headers: json, body })).status).toBe(201);
const opened = await ask(`${SET}/uploads`, {
  method: "POST",
  headers: json,
  body: `{"content_type":"application/json"}`,
});
const { upload_id } = (await opened.json()) as { upload_id: string };

/** What each place in a path means, here; the key that asks and its user are not among them. */
const PLACES: Record<string, string> = {
  machine_id: "box",
  set_name: "some-set",
  snapshot_id: id,
  upload_id,
  n: "1",
  user: "ada",
  key_id: othersKey.slice(4, 16),
  session_id: "0".repeat(16),
};
const WORDS = [
  "box",
  "some-set",
  "ada",
  "zoe",
  id,
  id.slice(0, 8),
  "latest",
  "..",
  "%2e%2e%2f",
  "%00",
  "%ff",
  "%",
  "a%0d%0aSet-Cookie:x=y",
  "x".repeat(300),
  "é",
  "*",
  "-1",
  "0",
  "999999999999999999999",
  "__proto__",
  "constructor",
  "' OR 1=1 --",
];
const VALUES: readonly unknown[] = [
  ...WORDS,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 2,
  "",
  "\0",
  "\ud800",
  "read",
  "7d",
  ["read"],
  ["push", "push"],
  ["lap*"],
  [],
  {},
  [[]],
  { a: { b: { c: {} } } },
  Array.from({ length: 1000 }, () => "x"),
  "correct horse battery",
];
const HEADERS: readonly Record<string, string>[] = [
  { Accept: "application/x-ndjson" },
  { "Accept-Encoding": "zstd;q=0.1, gzip;q=NaN, *" },
  { "If-None-Match": '*, "x", W/"' },
  { Range: "bytes=5-2" },
  { "Content-Type": "text/html" },
  { "Content-Type": `${JSON_TYPE}; charset=utf-16` },
  { "Content-Encoding": "gzip" },
  { "Content-Encoding": "zstd" },
  { "X-Agent-Id": "x".repeat(200) },
  { "X-Part-Sha256": "zz" },
  { "X-Public-Key": "AAAA" },
  { "X-Signature": "AAAA", "X-Public-Key": "AAAA" },
  { "X-Forwarded-For": "1.2.3.4, nonsense" },
  { Cookie: "__Host-bsv=0123456789abcdef.x" },
  { "X-API-Key": "nonsense" },
];

const sometimes = (oneIn: number): boolean => random.below(oneIn) === 0;

function pathOf(route: Route): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    sometimes(4) ? random.pick(WORDS) : PLACES[name]!,
  );
  const names = [...Object.keys(route.query?.shape ?? {}), "x"];
  const query = Array.from(
    { length: sometimes(3) ? random.below(4) : 0 },
    () => `${random.pick(names)}=${random.pick(WORDS)}`,
  ).join("&");
  const usual = sometimes(8) ? "" : (QUERIES[nameOf(route)] ?? "");
  return path + usual + (query && `${usual === "" ? "?" : "&"}${query}`);
}

function bodyOf(route: Route): string | Buffer<ArrayBuffer> {
  if (route.stream !== undefined) return damaged(document().json, random);
  const members: Record<string, unknown> = { ...BODIES[nameOf(route)] };
  const names = [...Object.keys(route.body?.shape ?? {}), "x"];
  for (let n = random.below(4); n > 0; n--) members[random.pick(names)] = random.pick(VALUES);
  if (sometimes(6)) delete members[random.pick(names)];
  const text = JSON.stringify(members);
  return sometimes(4) ? damaged(text, random) : text;
}

const reader = server.scope.store.database;
const version = () => JSON.stringify(reader.query("PRAGMA data_version").get());

/** Every row but what is noted in passing: the audit log, and when keys and sessions were last used. */
function standing(): string {
  const tables = reader
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('audit', 'sqlite_sequence')",
    )
    .all();
  const hasher = new Bun.CryptoHasher("sha256");
  for (const { name } of tables) {
    const columns = reader
      .query<{ name: string }, []>(`PRAGMA table_info(${name})`)
      .all()
      .map((column) => column.name)
      .filter((column) => !column.startsWith("last_used"));
    // Of long tables the last rows by their key.
    const rows = reader
      .query(`SELECT ${columns.join()} FROM ${name} ORDER BY 1 DESC LIMIT 500`)
      .values();
    const { n } = reader.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${name}`).get()!;
    hasher.update(JSON.stringify([name, n, rows]));
  }
  return hasher.digest("hex");
}

for (const route of routes) {
  test(`I2, I11: ${SENT} spoilt requests to ${nameOf(route)} (BSV_SEED=${seed})`, async () => {
    let known = standing();
    let seen = version();
    const statuses = new Map<number, number>();
    for (let sent = 0; sent < SENT; sent++) {
      const path = pathOf(route);
      const method = sometimes(20)
        ? random.pick(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
        : route.method;
      const mayHaveBody = method !== "GET" && method !== "HEAD";
      const given = mayHaveBody && !sometimes(20) ? bodyOf(route) : undefined;
      const headers = { ...(given && json), ...(sometimes(4) ? random.pick(HEADERS) : {}) };
      const answer = await ask(path, { method, headers, ...(given && { body: given }) });
      const said = await answer.text();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status >= 500) {
        throw new Error(`${answer.status} for ${method} ${path}\n${String(given)}\n${said}`);
      }
      if (version() === seen) continue;
      const now = standing();
      if (answer.status >= 400 && now !== known) {
        throw new Error(`${answer.status}, and yet written: ${method} ${path}\n${String(given)}`);
      }
      [known, seen] = [now, version()];
    }
    if (SENT > 1000) console.log(nameOf(route), JSON.stringify(Object.fromEntries(statuses)));
    expect([...statuses.values()].reduce((sum, n) => sum + n)).toBe(SENT);
  }, 3_600_000);
}
