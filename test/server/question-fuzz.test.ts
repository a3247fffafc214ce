// Whatever is asked of the routes that only tell, no answer is the server's own fault (I11). BSV_SOAK=1 asks 10,000 times each.
import { expect, test } from "bun:test";
import { Random } from "#test/db/random.ts";
import { file } from "#test/db/sample.ts";
import { foreign, SAID } from "#test/jobs/document.ts";
import { routes } from "#server/routes.ts";
import { start } from "./running.ts";

const ASKED = process.env["BSV_SOAK"] === "1" ? 10_000 : 150;
const server = await start();
for (const day of [1, 2, 3]) {
  const paths = ["/a", "/b/x", "/b/c/\udcff", "/b/c/\u001b[31m", "/é/y"].slice(0, day + 2);
  const timestamp = `2026-10-0${day}T00:00:00.000Z`;
  const document = foreign(
    paths.map((path) => file(path, day)),
    { timestamp },
  );
  expect((await server.send(JSON.stringify(document))).status).toBe(201);
}

const WORDS = [
  "latest",
  "latest~1",
  "latest~999999",
  "2026-10-02",
  "2026-99-99",
  "",
  "%",
  "\u0000",
  "\u001b",
  "/",
  "/b",
  "**/*",
  "*".repeat(40),
  "\\",
  "a/b@c",
  "-1",
  "0",
  "1",
  "1000",
  "1001",
  "true",
  "false",
  "asc",
  "desc",
  '[["/b","/b"]]',
  '[["/b","/b/c"],["/","/é"]]',
  "7d",
  "9".repeat(15),
  "9".repeat(400),
  "1e9",
  "NaN",
  "added,moved",
  "folder",
  "age",
  "growth",
  "true",
  "abcd",
  "zz",
  "AA",
  "cGF0aAAAAE5hTg",
  "dmVyc2lvbgBhAGIAeA",
  Buffer.from("\0\0").toString("base64url"),
  Buffer.from("version\0\0\0NaN").toString("base64url"),
  Buffer.from("holder\0\0\0-9e99").toString("base64url"),
  Buffer.from("m\0s\0x").toString("base64url"),
  "7",
  "all",
  "9007199254740993",
  "null",
  "14d",
  "1y6m",
  "999999y",
  "2026-10-01",
  "2026-13-45",
  "a,b;c",
  ";;;",
  "%00",
  "%ff%fe",
  "é",
  "'; DROP TABLE versions; --",
  "../..",
  "W10",
  "WzFd",
  "WyJ4Il0",
  "WzFlOTlfQ",
  "x".repeat(3000),
  "\u202e",
  "[object Object]",
  "__proto__",
];

/** Every question there is, with all its parameters: a new route is among them. */
const questions = routes
  .filter(({ method }) => method === "GET")
  .map((route) => ({ path: route.path, names: Object.keys(route.query?.shape ?? {}) }));

test("all lists and queries about history are asked", () => {
  const known = questions.map(({ path }) => path.split("/").at(-1));
  for (const verb of [
    "diff",
    "log",
    "du",
    "find",
    "dupes",
    "rollback",
    "prune",
    "stats",
    "query",
    "heads",
    "tags",
  ]) {
    expect(known).toContain(verb);
  }
});

/** What begins with a percent sign is sent as it is: no client would. */
const inQuery = (word: string): string => (word.startsWith("%") ? word : encodeURIComponent(word));

const PLACES = {
  machine_id: SAID.machine_id,
  set_name: SAID.backupset_name,
  snapshot_id: "latest",
};

for (const { path: pattern, names } of questions) {
  test(`${ASKED} senseless questions to ${pattern}: none is answered with a 5xx`, async () => {
    const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
    const random = new Random(seed);
    const row = (await (await server.ask("latest?files=false")).json()) as { snapshot_id: string };
    const places: Record<string, string> = { ...PLACES, snapshot_id: row.snapshot_id };
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? "none");
    for (let i = 0; i < ASKED; i++) {
      const query = Array.from(
        { length: 1 + random.below(3) },
        () => `${random.pick([...names, ...names, "x"])}=${inQuery(random.pick(WORDS))}`,
      ).join("&");
      const accept = random.pick(["*/*", "application/x-ndjson", "text/html"]);
      const answer = await server.ask(`${path}?${query}`, { headers: { Accept: accept } });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw new Error(`seed ${seed}: ${answer.status} for ${query}`);
    }
  }, 600_000);
}
