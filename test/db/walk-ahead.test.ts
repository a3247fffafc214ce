// A walk that a second thread makes ahead, against the same walk made at once: entries of every kind, pages of every size.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { compareKeys, type EntryKey } from "#core/order.ts";
import { view } from "#db/atomic.ts";
import { walkDifferences, type Difference } from "#db/comparison/difference.ts";
import { WalkAhead } from "#db/comparison/walk-ahead.ts";
import { newScope, newStoreFile } from "./fixture.ts";
import { Random } from "./random.ts";
import { randomList } from "./random-list.ts";
import { file, record } from "./sample.ts";

test("a walk that a second thread makes ahead gives what the walk gives, however it is cut into pages", async () => {
  const scope = await newScope();
  const random = new Random(Number(process.env["BSV_SEED"] ?? Date.now() % 1_000_000_000));
  for (let at = 1; at <= 4; at++) await record(scope, at * 1000, randomList(random));
  for (const [beforeMs, afterMs] of [
    [1000, 4000],
    [4000, 1000],
    [2000, 3000],
  ] as const) {
    const span = { setId: 1, beforeMs, afterMs };
    const { differences: wanted } = await view(scope, (database) =>
      walkDifferences(database, span, undefined, 1000),
    );
    for (const pageSize of [3, 5, 1000]) {
      const ahead = new WalkAhead(scope.store.file, span, pageSize);
      const told: Difference[] = [];
      let next: EntryKey | undefined;
      do {
        const page = (await ahead.next())!;
        told.push(...page.differences);
        if (page.differences.length > 0 && page.next !== undefined) {
          expect(compareKeys(page.differences.at(-1)!.key, page.next)).toBeLessThanOrEqual(0);
        }
        next = page.next;
      } while (next !== undefined);
      expect(await ahead.next()).toBeUndefined();
      await ahead.close();
      expect(told).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(10);
    }
  }
});

test("a store that the thread cannot read is left to whoever waits; a walk may be left off anywhere", async () => {
  const broken = newStoreFile();
  const scope = await newScope();
  await record(scope, 1000, [file("/a", 1)]);
  await record(scope, 2000, [file("/a", 2)]);
  const span = { setId: 1, beforeMs: 1000, afterMs: 2000 };
  const left = new WalkAhead(scope.store.file, span, 3);
  await left.close();
  await Bun.write(broken, "");
  writeFileSync(broken, "this is no store".repeat(100));
  const ahead = new WalkAhead(broken, span, 3);
  expect(await ahead.next()).toBeUndefined();
  expect(await ahead.next()).toBeUndefined();
  await ahead.close();
});
