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

interface Spread {
  readonly low: number;
  readonly high: number;
}

const sortedAt = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)]!;
const median = (times: readonly number[]): number => sortedAt(times, 0.5);
const middleHalf = (times: readonly number[]): Spread => ({
  low: sortedAt(times, 0.25),
  high: sortedAt(times, 0.75),
});
const nineTenths = (times: readonly number[]): Spread => ({
  low: sortedAt(times, 0.05),
  high: sortedAt(times, 0.95),
});

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
  const [unknown, wrong, known] = [times["unknown"]!, times["wrong"]!, times["right"]!];
  console.log(
    `median ms: unknown ${median(unknown).toFixed(3)}, wrong ${median(wrong).toFixed(3)}, right ${median(known).toFixed(3)}`,
  );
  // The two refusals do the very same.
  expectOverlap(middleHalf(unknown), middleHalf(wrong));
  expect(median(unknown) / median(wrong)).toBeGreaterThan(0.8);
  expect(median(unknown) / median(wrong)).toBeLessThan(1.25);
  // The right key is looked up once for many requests, so it tends to be quicker; its answer says that it is right anyway.
  expectOverlap(nineTenths(unknown), nineTenths(known));
  expectOverlap(nineTenths(wrong), nineTenths(known));
});

function expectOverlap(one: Spread, other: Spread): void {
  expect(one.low).toBeLessThan(other.high);
  expect(other.low).toBeLessThan(one.high);
}
