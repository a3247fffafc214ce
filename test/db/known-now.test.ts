// What is known on between two writes is bounded, whatever is asked.
import { expect, test } from "bun:test";
import { knownNow } from "#db/access/known-now.ts";
import { newScope } from "./fixture.ts";

for (const [what, length, most] of [
  ["many questions", 10, 10_000],
  ["long questions", 80_000, 100],
] as const) {
  test(`I11: ${what} are forgotten when there are too many, and answered anew`, async () => {
    const { database } = (await newScope()).store;
    let asked = 0;
    const ask = (nr: number) => knownNow(database, `${nr}`.padEnd(length), () => ++asked);
    expect([ask(0), ask(0)]).toEqual([1, 1]);
    for (let nr = 1; nr < most; nr++) ask(nr);
    expect(asked).toBe(most);
    ask(most);
    expect(ask(0)).toBe(most + 2);
  });
}
