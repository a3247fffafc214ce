// Paths of tens of kilobytes, as only an import can bring them: pages are short then, and nothing is left out.
import { expect, test } from "bun:test";
import { carryPages } from "#db/carry.ts";
import { changePages } from "#db/comparison/changes.ts";
import { entryPages } from "#db/entries.ts";
import { momentOf } from "#db/owned.ts";
import { MOST_BYTES } from "#db/page.ts";
import { versionPages } from "#db/recording/whole-set.ts";
import { whenFitting } from "#db/search/content-filter.ts";
import { searchAll } from "#db/search/search-all.ts";
import { findSuspects } from "#db/search/suspects.ts";
import { usage } from "#db/search/usage.ts";
import { newScope } from "./fixture.ts";
import { all, file, record, SET } from "./sample.ts";

const T = Date.UTC(2026, 0, 5);
const LONG = "x".repeat(60_000);
const COUNT = 300; // twenty pages of them, and more than are sorted
const list = (seed: number) =>
  Array.from({ length: COUNT }, (_, nr) =>
    file(`/${1000 + nr}${LONG}/f`, seed + nr, { mtimeUs: nr }),
  );

test("I12: no page holds more of them than some megabytes, and all of them come", async () => {
  const scope = await newScope();
  const { row: first } = await record(scope, T, list(1));
  const { row: second } = await record(scope, T + 1, list(5000));
  const other = { machineId: "other", setName: "set" };
  const { row: there } = await record(scope, T, list(5000), { set: other });

  let pages = 0;
  for await (const page of entryPages(scope, first.snapshotId)) {
    pages++;
    const bytes = page.reduce((sum, { path }) => sum + path.length, 0);
    expect(bytes).toBeLessThan(MOST_BYTES + 2 * LONG.length);
  }
  expect(pages).toBeGreaterThan(15);
  expect(await all(entryPages(scope, first.snapshotId))).toEqual(list(1));
  const carried = await all(carryPages(scope, second.snapshotId));
  expect(carried.map(({ entry }) => entry)).toEqual(list(5000));
  for (const [from, kind] of [
    [first, "modified"],
    [there, undefined],
  ] as const) {
    const changes = await all(changePages(scope, from, second));
    expect(new Set(changes.map((change) => change.kind))).toEqual(new Set(kind && [kind]));
    expect(changes.length).toBe(kind === undefined ? 0 : COUNT);
  }
  expect((await all(versionPages(scope, SET))).length).toBe(2 * COUNT);
  const { setId } = momentOf(scope, first.snapshotId, "gone");
  const last = `**/${1000 + COUNT - 1}*/f`;
  expect(await whenFitting(scope, setId, { pathGlob: last })).not.toEqual([]);
  // A cursor travels in an address and in a header.
  for (const under of [undefined, "/", `/1007${LONG}`]) {
    const found = await allPages((cursor) => {
      expect((cursor ?? "").length).toBeLessThan(4000);
      return searchAll(scope, SET, { under }, { limit: 3, cursor });
    });
    expect(found.length).toBe(under?.endsWith("x") ? 2 : 2 * COUNT);
  }
  const suspects = await findSuspects(scope, [second, there], { isAcross: true, minBytes: 1 });
  expect(suspects).toEqual([]);
  const wish = { by: "extension", depth: 0, order: "size", since: first } as const;
  expect(await usage(scope, second, wish)).toMatchObject([
    { size: { files: COUNT }, growth: { files: 0, bytes: COUNT * 4999 } },
  ]);
});

async function allPages<Row>(
  page: (cursor: string | undefined) => Promise<{ rows: Row[]; nextCursor: string | null }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    rows.push(...next.rows);
    cursor = next.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
