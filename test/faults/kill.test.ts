import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KILLS, killOver, type Victim } from "./kill.ts";

const folder = mkdtempSync(join(tmpdir(), "bsv-kill-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recorder = (file: string, mode: string): Victim => ({
  start: () =>
    Bun.spawn(["bun", join(import.meta.dir, "recorder.ts"), file, mode], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    }),
  acknowledged: (line) => line,
  longestMs: 400,
});

test("I1, I2: killed while it records, a store has all that was acknowledged and nothing by half", async () => {
  const file = join(folder, "honest", "bsv.db");
  const toll = await killOver(recorder(file, "honest"), file);
  expect(toll.damage).toEqual([]);
  expect(toll.kills).toBe(KILLS);
  expect(toll.acknowledged).toBeGreaterThan(KILLS / 5);
}, 3_600_000);

test("the harness sees a recorder that acknowledges before it commits", async () => {
  const file = join(folder, "early", "bsv.db");
  const toll = await killOver(recorder(file, "early"), file, 200);
  expect(toll.damage).not.toEqual([]);
}, 60_000);
