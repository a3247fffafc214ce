// `bsv scrub` as a user sees it.
import { expect, test } from "bun:test";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { Home, type Ran } from "./harness.ts";

test("what was read, what it found, and whether the cycle will be kept", async () => {
  using home = new Home({ BSV_MACHINE_ID: "devbox-001" });
  const { folder } = home;
  writeFileSync(`${folder}/bsv.yaml`, "backupsets: { photos: { paths: [tree] } }\n");
  mkdirSync(`${folder}/tree`);
  for (let nr = 0; nr < 40; nr++) write(nr, `content of ${nr}`);
  await home.run(["scan", "-q"]);
  function write(nr: number, text: string): void {
    writeFileSync(`${folder}/tree/${nr}.jpg`, text);
    utimesSync(`${folder}/tree/${nr}.jpg`, 1_700_000_000, 1_700_000_000);
  }
  const told = ({ stdout, stderr, exit }: Ran): string =>
    `${stdout}${stderr}(exit ${exit})`
      .replaceAll(folder, "HOME")
      .replaceAll(/\b[0-9a-f]{8}\b/g, "SNAPSHOT")
      .replaceAll(/\d{4}-\d\d-\d\d( \d\d:\d\d:\d\dZ)?/g, "TIME")
      .replaceAll(/[\d.]+ K?i?B a day/g, "SO MUCH a day")
      .replaceAll(/in 0:\d\d/g, "in 0:00");
  expect(told(await home.run(["scrub", "photos"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 40 files, 510 B
    scrub: none corrupted; 2 of 40 files checked, 24 B of 510 B compared, 38 not checked: 38 NOT_DUE; 24 B read now in 0:00
    longest ago: just now
    cycle of 30d: kept; at SO MUCH a day all is read again by TIME
    (exit 0)"
  `);

  const sampled = told(await home.run(["scrub", "photos", "--sample", "30"]));
  expect(sampled).toContain("0 bad of 30 sampled: fewer than 9.6 % bad with 95 % confidence\n");

  write(7, "kontent of 7");
  const all = await home.run(["scrub", "photos", "--sample", "40"]);
  expect(all.exit).toBe(4);
  expect(told(all)).toContain("corrupted         12 B  HOME/tree/7.jpg");
  const { stdout } = await home.run([
    "scrub",
    "photos",
    "--cycle",
    "1h",
    "--max-bytes",
    "1",
    "--json",
  ]);
  const summary = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(summary).toMatchObject({ type: "summary", method: "scrub", cycle: { missed: false } });
  expect((await home.run(["scrub", "nothing"])).exit).toBe(5);
});
