// The folder of one job: gone with the job, or with a later one.
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { withWorkFolder } from "#disk/work-folder.ts";

const home = mkdtempSync(`${tmpdir()}/bsv-work-folder-`);
afterAll(() => rmSync(home, { recursive: true }));

const DAY_S = 24 * 3600;
const NOBODY = 999_999_999;

function left(name: string, ageS: number): void {
  mkdirSync(`${home}/${name}/inner`, { recursive: true });
  const then = Date.now() / 1000 - ageS;
  utimesSync(`${home}/${name}`, then, then);
}

test("what a killed job left goes with a later one, and nothing that may be in use or is another's", async () => {
  left(`bsv-work-${NOBODY}-aaaaaa`, 2 * DAY_S);
  left(`bsv-work-${process.pid}-bbbbbb`, 2 * DAY_S); // the same number in a container before
  const kept = [
    `bsv-work-${process.ppid}-cccccc`,
    `bsv-work-${NOBODY}-dddddd`,
    `bsv-work-${process.pid}-eeeeee`,
    `bsv-work-mine`,
    `bsv-work-${NOBODY}-ffffff`,
  ];
  left(kept[0]!, 2 * DAY_S);
  left(kept[1]!, 60);
  left(kept[2]!, 60);
  left(kept[3]!, 2 * DAY_S);
  symlinkSync("bsv-work-mine", `${home}/${kept[4]}`);
  await withWorkFolder(home, async (folder) => {
    expect(readdirSync(home).sort()).toEqual([...kept, folder.slice(home.length + 1)].sort());
  });
  expect(readdirSync(home).sort()).toEqual(kept.toSorted());
});
