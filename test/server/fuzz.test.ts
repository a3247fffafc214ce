// Bodies no writer would send, to every endpoint that takes one: no 5xx, and what is refused leaves the store as it was.
import { afterAll, expect, test } from "bun:test";
import { Random } from "#test/db/random.ts";
import { foreign, ours, tree } from "#test/jobs/document.ts";
import { damaged } from "./damage.ts";
import { seen, SET_PATH, start, stopAll } from "./running.ts";

afterAll(stopAll);

const RUNS = process.env["BSV_SOAK"] === "1" ? 5000 : 400;
const seed = Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000);
const server = await start();
await server.ask("validate", { method: "POST" });

const random = new Random(seed);
const JSON_TYPE = "application/json";
let moments = 0;
const timestamp = () => new Date(Date.UTC(2020, 0, 1) + ++moments * 1000).toISOString();

/** What an endpoint should get, were nothing done to it. */
const endpoints: Record<string, () => [path: string, method: string, type: string, body: string]> =
  {
    "POST …/{set_name}, a foreign document": () => [
      SET_PATH,
      "POST",
      JSON_TYPE,
      JSON.stringify(foreign(tree(), { timestamp: timestamp() })),
    ],
    "POST …/{set_name}, format 1": () => [
      SET_PATH,
      "POST",
      JSON_TYPE,
      ours(tree(), { timestamp: timestamp() }).json,
    ],
    "POST …/{set_name}, NDJSON": () => [
      SET_PATH,
      "POST",
      "application/x-ndjson",
      ours(tree(), { timestamp: timestamp() }).ndjson,
    ],
    "POST …/{set_name}, a difference": () => [
      SET_PATH,
      "POST",
      "application/x-ndjson",
      ours(tree(), { timestamp: timestamp() }).difference(known, []),
    ],
    "POST …/validate": () => [
      `${SET_PATH}/validate`,
      "POST",
      JSON_TYPE,
      `{"description":"x","agent_id":"a","adopt":true}`,
    ],
    "POST …/uploads": () => [
      `${SET_PATH}/uploads`,
      "POST",
      JSON_TYPE,
      `{"content_type":"application/json","content_encoding":"gzip"}`,
    ],
    "POST …/uploads/{upload_id}": () => [
      `${SET_PATH}/uploads/${random.pick([upload, crypto.randomUUID(), "x"])}`,
      "POST",
      JSON_TYPE,
      random.pick(["", "{}"]),
    ],
  };
const before = ours(tree(), { timestamp: timestamp() });
await server.send(before.json);
const known = before.id;
const opened = await server.ask("uploads", {
  method: "POST",
  headers: { "Content-Type": JSON_TYPE },
  body: `{"content_type":"application/json"}`,
});
const upload = ((await opened.json()) as { upload_id: string }).upload_id;

/** The newest thousand ids, which is all unless the test is soaked. */
const stored = async () => {
  const [, rows] = await seen(server.ask("query?order=desc"));
  return (rows as { snapshot_id: string }[]).map((row) => row.snapshot_id).join(" ");
};

for (const [name, intended] of Object.entries(endpoints)) {
  test(`I2, I11: ${RUNS} damaged bodies to ${name}: no 5xx, and nothing is left of what is refused (BSV_SEED=${seed})`, async () => {
    let last = await stored();
    const statuses = new Map<number, number>();
    for (let run = 0; run < RUNS; run++) {
      const [path, method, type, text] = intended();
      const encoding =
        random.below(10) === 0 ? random.pick(["gzip", "zstd", "br", "x"]) : undefined;
      const plain = damaged(text, random);
      const isZipped = encoding === "gzip" && random.below(2) === 0;
      const body = isZipped ? Bun.gzipSync(plain) : plain;
      const headers = {
        "Content-Type": random.below(20) === 0 ? random.pick(["text/plain", "", JSON_TYPE]) : type,
        ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
      };
      const answer = await server.ask(path, { method, headers, body });
      const said = await answer.text();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status >= 500 && answer.status !== 503)
        throw new Error(`${said}\n${plain.toString()}`);
      if (answer.status === 429) continue;
      const now = answer.status < 300 || run % 25 === 0 ? await stored() : last;
      if (answer.status >= 400) expect(now).toBe(last);
      last = now;
    }
    expect(Math.max(...statuses.keys())).toBeLessThan(500);
  }, 3_600_000);
}
