// Whatever is asked of the routes about history, no answer is the server's own fault (I11). BSV_SOAK=1 asks 10,000 times each.
import { expect, test } from "bun:test";
import { Random } from "#test/db/random.ts";
import { file } from "#test/db/sample.ts";
import { foreign } from "#test/jobs/document.ts";
import { start } from "./running.ts";

const ASKED = process.env["BSV_SOAK"] === "1" ? 10_000 : 250;
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
];

const ROUTES: Readonly<Record<string, readonly string[]>> = {
  diff: ["from", "to", "kind", "path", "min_size", "max_size", "limit", "cursor", "portability"],
  log: ["path", "checksum", "limit", "cursor"],
  du: ["ref", "since", "by", "depth", "sort", "limit"],
  "/find": [
    "machine_id",
    "set_name",
    "as_of",
    "under",
    "path",
    "checksum",
    "min_size",
    "mtime_from",
    "limit",
    "cursor",
  ],
};

for (const [route, names] of Object.entries(ROUTES)) {
  test(`${ASKED} senseless questions to ${route}: none is answered with a 5xx`, async () => {
    const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000);
    const random = new Random(seed);
    let answered = 0;
    for (let i = 0; i < ASKED; i++) {
      const query = Array.from(
        { length: 1 + random.below(3) },
        () => `${random.pick([...names, ...names, "x"])}=${encodeURIComponent(random.pick(WORDS))}`,
      ).join("&");
      const accept = random.pick(["*/*", "application/x-ndjson", "text/html"]);
      const answer = await server.ask(`${route}?${query}`, { headers: { Accept: accept } });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw new Error(`seed ${seed}: ${answer.status} for ${query}`);
      if (answer.status === 200) answered++;
    }
    expect(answered).toBeGreaterThan(0);
  }, 600_000);
}
