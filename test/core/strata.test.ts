// A stratified sample has some of everything, and says no more of all than it can.
import { expect, test } from "bun:test";
import type { Entry } from "#core/entry.ts";
import { mostBad } from "#core/proof/sample.ts";
import { Strata } from "#core/proof/strata.ts";
import { file } from "#test/db/sample.ts";
import { Random } from "#test/db/random.ts";

const IS_SOAK = process.env["BSV_SOAK"] === "1";
const TRIALS = IS_SOAK ? 2000 : 40;

const letters = Array.from({ length: 5000 }, (_, nr) =>
  file(`/d/${nr}.txt`, nr, { sizeBytes: 900 }),
);
const image = file("/d/vm.img", 1, { sizeBytes: 1 << 30 });
const photos = Array.from({ length: 50 }, (_, nr) => file(`/p/${nr}.jpg`, nr, { sizeBytes: 2e6 }));

function drawn(wish: number, maxBytes: number, files: readonly Entry[], seed = 1) {
  const random = new Random(seed);
  const strata = new Strata(wish, maxBytes, (limit) => random.below(limit));
  for (const one of files) strata.add(one);
  return strata.draw();
}

test("the rarest kind and size is in the sample, none twice, and never more than was asked for", () => {
  for (const wish of [3, 10, 100, 10_000]) {
    const { entries } = drawn(wish, Infinity, [...letters, image, ...photos]);
    expect(entries.length).toBe(Math.min(wish, 5051));
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
    expect(entries).toContain(image);
    expect(entries.some(({ path }) => path.endsWith(".jpg"))).toBe(true);
  }
});

test("what is not drawn at all leaves nothing known; a sample of all tells of all", () => {
  expect(drawn(100, 1e8, [...letters, image, ...photos]).tellsAs).toBe(0);
  expect(drawn(9999, Infinity, [...letters, image, ...photos]).tellsAs).toBe(5051);
  expect(drawn(2, Infinity, [...letters, image, ...photos]).tellsAs).toBe(0);
});

test(`the bound holds: of ${TRIALS} samples of a tree with more bad files than it says, about 5 % find none at most`, () => {
  const files = [...letters, ...photos];
  const { tellsAs } = drawn(100, Infinity, files);
  const most = mostBad(0, tellsAs);
  const random = new Random(7);
  // Bad ones where they are hardest to meet, and spread over all.
  for (const pool of [letters, files]) {
    const bad = new Set<string>();
    while (bad.size <= most * files.length && bad.size < pool.length)
      bad.add(random.pick(pool).path);
    let missed = 0;
    for (let seed = 0; seed < TRIALS; seed++) {
      if (!drawn(100, Infinity, files, seed).entries.some(({ path }) => bad.has(path))) missed++;
    }
    expect(missed / TRIALS).toBeLessThanOrEqual(IS_SOAK ? 0.06 : 0.15); // 5 %, and what chance adds
  }
});
