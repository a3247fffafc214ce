// Queries no client would send, to the routes that only tell: an answer or a refusal, never a 5xx.
import { afterAll, expect, test } from "bun:test";
import { Random } from "#test/db/random.ts";
import { ours, tree } from "#test/jobs/document.ts";
import { start, stopAll } from "./running.ts";

afterAll(stopAll);

const RUNS = process.env["BSV_SOAK"] === "1" ? 10_000 : 300;
const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000);

const ROUTES: Readonly<Record<string, readonly string[]>> = {
  prune: [
    "keep_last",
    "keep_daily",
    "keep_within",
    "keep_within_weekly",
    "keep_tags",
    "limit",
    "cursor",
  ],
  dupes: ["min_size", "as_of", "suspect", "limit", "cursor"],
  "/dupes": ["min_size", "as_of", "suspect", "limit", "cursor"],
  stats: ["limit"],
  "/stats": ["x"],
};
const VALUES = [
  "",
  "0",
  "1",
  "7",
  "-1",
  "1e9",
  "all",
  "9007199254740993",
  "true",
  "false",
  "null",
  "14d",
  "1y6m",
  "999999y",
  "2026-10-01",
  "2026-13-45",
  "latest",
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
  "NaN",
];

test.each(Object.entries(ROUTES))(
  `${RUNS} queries to %s, none of them a 5xx (seed ${seed})`,
  async (route, names) => {
    const server = await start();
    await server.send(ours(tree(3), {}).json);
    const random = new Random(seed);
    for (let run = 0; run < RUNS; run++) {
      const query = Array.from({ length: random.below(4) }, () => {
        const value = random.pick(VALUES);
        const text = value.startsWith("%") ? value : encodeURIComponent(value);
        return `${random.below(9) === 0 ? random.pick(VALUES.slice(0, 9)) : random.pick(names)}=${text}`;
      }).join("&");
      const answer = await server.ask(`${route}?${query}`);
      await answer.text();
      expect({ query, isFine: answer.status < 500 }).toEqual({ query, isFine: true });
    }
  },
  600_000,
);
