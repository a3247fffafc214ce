import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Spool } from "#disk/spool.ts";

test("values come back as they went in, again and again, across pieces of any size", () => {
  const home = mkdtempSync(`${tmpdir()}/bsv-spool-`);
  writeFileSync(`${home}/s`, "left by a run that was killed\n");
  const spool = new Spool<unknown>(`${home}/s`);
  expect([...spool.values()]).toEqual([]);
  const values: unknown[] = Array.from({ length: 3000 }, (_, i) => [
    "é\udcff😀\n",
    "x".repeat(i % 997),
    i,
  ]);
  values.push("y".repeat(5 << 20), "last");
  for (const value of values) spool.append(value);
  expect([...spool.values()]).toEqual(values);
  expect([...spool.values()]).toEqual(values);
  spool.remove();
  expect(existsSync(`${home}/s`)).toBe(false);
  rmSync(home, { recursive: true });
});
