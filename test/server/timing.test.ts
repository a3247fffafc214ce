// How long a refusal takes tells nothing: an unknown id is compared like a known one.
import { afterAll, expect, test } from "bun:test";
import { bearer, startWithKeys } from "./keys.ts";
import { stopAll } from "./running.ts";

const MANY = 1_000_000_000;
const server = await startWithKeys({
  limits: { requests: MANY, request_burst: MANY, failed_logins: MANY },
});
afterAll(async () => {
  await stopAll();
  await server.scope.store.close();
});

const ROUNDS = process.env["BSV_SOAK"] === "1" ? 5_000 : 250;

/** Nine tenths of the times. */
function middle(times: number[]): { low: number; median: number; high: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)]!;
  return { low: at(0.05), median: at(0.5), high: at(0.95) };
}

test("I10: times of an unknown id, a wrong secret and the right key overlap", async () => {
  const right = await server.key("ada", ["read"]);
  // As who guesses would: another one each time.
  const secret = () => crypto.getRandomValues(new Uint8Array(32)).toHex();
  const keys = {
    unknown: () => `bsv_${secret().slice(0, 12)}_${secret()}`,
    wrong: () => `${right.slice(0, 17)}${secret()}`,
    right: () => right,
  };
  const times: Record<string, number[]> = { unknown: [], wrong: [], right: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, key] of Object.entries(keys)) {
      const startedAt = performance.now();
      const answer = await server.ask("/auth/whoami", { headers: bearer(key()) });
      await answer.text();
      times[name]!.push(performance.now() - startedAt);
    }
  }
  const [a, b, c] = [times["unknown"]!, times["wrong"]!, times["right"]!].map(middle) as [
    ReturnType<typeof middle>,
    ReturnType<typeof middle>,
    ReturnType<typeof middle>,
  ];
  console.log(
    `median ms: unknown ${a.median.toFixed(3)}, wrong ${b.median.toFixed(3)}, right ${c.median.toFixed(3)}`,
  );
  // The right key is looked up once for many requests, so it tends to be quicker; its answer says that it is right anyway.
  for (const [one, other] of [
    [a, b],
    [a, c],
    [b, c],
  ] as const) {
    expect(one.low).toBeLessThan(other.high);
    expect(other.low).toBeLessThan(one.high);
  }
  // The two refusals do the very same.
  expect(a.median / b.median).toBeGreaterThan(0.8);
  expect(a.median / b.median).toBeLessThan(1.25);
});
