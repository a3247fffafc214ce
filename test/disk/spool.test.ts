import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Spool } from "#disk/spool.ts";

test("lines come back as they went in, again and again, across pieces of any size", () => {
  const home = mkdtempSync(`${tmpdir()}/bsv-spool-`);
  writeFileSync(`${home}/s`, "left by a run that was killed\n");
  const spool = new Spool(`${home}/s`);
  expect([...spool.lines()]).toEqual([]);
  const lines = Array.from({ length: 3000 }, (_, i) =>
    JSON.stringify(["é\udcff😀", "x".repeat(i % 997), i]),
  );
  lines.push(JSON.stringify("y".repeat(5 << 20)), "last");
  for (const line of lines) spool.append(line);
  expect([...spool.lines()]).toEqual(lines);
  expect([...spool.lines()]).toEqual(lines);
  spool.remove();
  expect(existsSync(`${home}/s`)).toBe(false);
  rmSync(home, { recursive: true });
});
